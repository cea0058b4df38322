"""Digests: one mail per person and day, at eight in the morning of the person's first site."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import actions
from accounts.system import system_actor
from audit.acting import as_actor
from outbox import digests, posting
from outbox.models import Message, Notice
from protocol.roles import Role
from protocol.words import sentence
from tests import people

DAY = date(2031, 3, 4)
# 08:00 in Shanghai, which has no summer time.
MORNING = datetime(2031, 3, 4, 0, 0, tzinfo=UTC)


def a_notice(user, site=None, *, about=None, due_on=DAY, text="Screening", number="S-001") -> Notice:
    return Notice(
        kind="test",
        about=about or uuid.uuid4(),
        recipient=user,
        site=site or user.standing_grants[0].site,
        subject_number=number,
        text=sentence(text).to_json(),
        path="/subjects/1/",
        due_on=due_on,
        created_at=MORNING,
    )


def notify(*notices: Notice) -> None:
    with as_actor(system_actor("follow-up")):
        posting.notify(notices)


def waiting() -> int:
    with as_actor(system_actor("outbox")):
        return Notice.objects.filter(digest=None).count()


def gathered(at: datetime = MORNING) -> list[Message]:
    digests.gather(at=at)
    return list(Message.objects.filter(kind="digest").order_by("created_at", "id"))


@pytest.fixture
def coordinator(db):
    return people.a_user(Role.COORDINATOR, people.a_site(), delegated=False)


class TestNotices:
    def test_the_same_thing_is_kept_once_per_person_and_day(self, coordinator):
        about = uuid.uuid4()

        notify(a_notice(coordinator, about=about))
        notify(a_notice(coordinator, about=about), a_notice(coordinator, about=about, due_on=DAY + timedelta(days=1)))

        assert waiting() == 2

    def test_any_number_is_kept(self, coordinator, monkeypatch):
        monkeypatch.setattr(posting, "NOTICES_AT_ONCE", 2)

        notify(*(a_notice(coordinator) for _ in range(5)))

        assert waiting() == 5

    def test_a_notice_of_another_site_does_not_exist(self, coordinator):
        notify(a_notice(coordinator))

        with as_actor(people.a_user(Role.COORDINATOR, people.a_site(), delegated=False)):
            assert not Notice.objects.exists()


class TestDigest:
    def test_everything_of_a_day_comes_in_one_mail(self, coordinator):
        notify(a_notice(coordinator), a_notice(coordinator), a_notice(coordinator, due_on=DAY - timedelta(days=3)))

        (digest,) = gathered()

        assert digest.recipient == coordinator.email
        assert digest.subject == "What is due on 2031-03-04: 3"
        assert digest.body.count("- Screening\n  http://localhost:8000/subjects/1/") == 3

    @pytest.mark.parametrize(("early", "digests"), [(timedelta(seconds=1), 0), (timedelta(0), 1)])
    def test_it_comes_at_eight_in_the_morning_there(self, coordinator, early, digests):
        notify(a_notice(coordinator))

        assert len(gathered(MORNING - early)) == digests

    def test_twice_changes_nothing(self, coordinator):
        notify(a_notice(coordinator))

        assert len(gathered()) == len(gathered(MORNING + timedelta(minutes=1))) == 1
        assert waiting() == 0

    def test_what_comes_up_after_the_digest_waits_for_the_next_morning(self, coordinator):
        notify(a_notice(coordinator))
        gathered()
        notify(a_notice(coordinator))

        assert len(gathered(MORNING + timedelta(hours=10))) == 1
        assert len(gathered(MORNING + timedelta(days=1))) == 2

    def test_the_demonstration_does_not_wait_for_the_next_morning(self, coordinator, settings):
        settings.DIGEST_HOUR, settings.DIGESTS_A_DAY = 0, 100
        notify(a_notice(coordinator))
        gathered(MORNING - timedelta(hours=7))
        notify(a_notice(coordinator))

        assert len(gathered(MORNING - timedelta(hours=6))) == 2

    def test_what_is_due_tomorrow_is_not_told_today(self, coordinator):
        notify(a_notice(coordinator, due_on=DAY + timedelta(days=1)))

        assert gathered() == []

    def test_three_days_without_beat_end_in_one_digest(self, coordinator):
        notify(*(a_notice(coordinator, due_on=DAY + timedelta(days=days)) for days in range(3)))

        (digest,) = gathered(MORNING + timedelta(days=3, hours=5))

        assert digest.subject == "What is due on 2031-03-07: 3"

    def test_it_speaks_the_language_of_its_reader(self, coordinator):
        actions.choose_language(coordinator, by=coordinator, at=timezone.now(), language="zh-hans")
        notify(a_notice(coordinator))

        assert "- 筛选\n" in gathered()[0].body

    def test_sites_stand_apart_each_with_its_own(self, coordinator):
        other = people.a_site("ZZ", name="Last of all")
        actions.give_grant(coordinator, by=people.set_up(), at=timezone.now(), role=Role.COORDINATOR, site=other)
        notify(a_notice(coordinator, other, number="ZZ-1"), a_notice(coordinator))

        body = gathered()[0].body

        assert body.index("Test site") < body.index("ZZ Last of all")


class TestWhoIsTold:
    def test_who_was_deactivated_gets_no_mail(self, coordinator):
        notify(a_notice(coordinator))
        actions.deactivate_user(coordinator, by=people.an_administrator(), at=timezone.now(), reason="left")

        assert gathered() == []

    def test_who_has_left_the_site_is_not_told_and_it_is_forgotten(self, coordinator):
        notify(a_notice(coordinator, people.a_site()))

        assert gathered() == []
        assert waiting() == 0

    def test_the_zone_of_the_first_site_decides(self, coordinator):
        later = people.a_site(time_zone="Pacific/Kiritimati")
        actions.give_grant(coordinator, by=people.set_up(), at=timezone.now(), role=Role.COORDINATOR, site=later)
        notify(a_notice(coordinator, later))

        assert gathered(MORNING - timedelta(hours=1)) == []  # 13:00 on Kiritimati, 07:00 in Shanghai
        assert len(gathered()) == 1


class TestDays:
    @pytest.mark.parametrize(
        ("zone", "before", "from_on", "day"),
        [
            # UTC+14: the first to have a morning, while it is still yesterday in Greenwich
            ("Pacific/Kiritimati", "2031-03-03T17:59:59", "2031-03-03T18:00:00", "2031-03-04"),
            # UTC-12 in the name turned round: the last to have one
            ("Etc/GMT+12", "2031-03-04T19:59:59", "2031-03-04T20:00:00", "2031-03-04"),
            # the night that summer time begins in Lisbon: 01:00 becomes 02:00, so eight comes an hour sooner
            ("Europe/Lisbon", "2031-03-30T06:59:59", "2031-03-30T07:00:00", "2031-03-30"),
            # the night that it ends
            ("Europe/Lisbon", "2031-10-26T07:59:59", "2031-10-26T08:00:00", "2031-10-26"),
            ("Asia/Kathmandu", "2031-03-04T02:14:59", "2031-03-04T02:15:00", "2031-03-04"),
        ],
    )
    def test_morning_is_the_site_s_own(self, db, zone, before, from_on, day):
        user = people.a_user(Role.COORDINATOR, people.a_site(time_zone=zone), delegated=False)
        notify(a_notice(user, due_on=date.fromisoformat(day)))

        assert gathered(datetime.fromisoformat(before + "+00:00")) == []
        (digest,) = gathered(datetime.fromisoformat(from_on + "+00:00"))

        assert digest.about == f"{user.pk}:{day}"


def test_four_sweeps_at_once_make_one_digest(committing_db):
    user = people.a_user(Role.COORDINATOR, people.a_site(), delegated=False)
    notify(*(a_notice(user) for _ in range(50)))
    gate = threading.Barrier(4)

    def sweep():
        gate.wait()
        digests.gather(at=MORNING)
        connection.close()

    sweeps = [threading.Thread(target=sweep) for _ in range(4)]
    for each in sweeps:
        each.start()
    for each in sweeps:
        each.join()

    assert Message.objects.get().subject.endswith(": 50")
    assert waiting() == 0
