"""Reminders: what is due at a site, by its own day, is told once to those who enter data there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import Site
from accounts.roles import Permission
from accounts.system import system_actor
from audit import clock
from audit.door import acting, as_actor, record
from casebook.models import Visit
from eligibility.models import Determination
from followup import reminders, tasks
from followup.actions import visits
from outbox import digests
from outbox.models import Message, Notice
from protocol.roles import Role
from protocol.words import Sentence
from randomization import selectors as randomization
from rehearsal import walk
from rehearsal.cast import Cast
from rehearsal.followup_answers import operation, pathology
from rehearsal.walk import Course, Walk, a_screened_subject, evaluate
from tests import people
from tests.eligibility_ground import disagree, evaluate_now
from tests.randomization_ground import a_list, an_eligible_subject, randomize
from tests.rehearsal_ground import a_cast, judge_today, taken_back

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def followed(cast: Cast) -> Walk:
    """A subject that was randomized today."""
    a_list()
    here = an_eligible_subject(cast, "followed")
    randomize(here)
    return here


@pytest.fixture(scope="module")
def in_surgery(cast: Cast, followed: Walk) -> Walk:
    """A subject of the arm that is operated on."""
    for number in range(12):
        here = an_eligible_subject(cast, f"operated {number}")
        randomize(here)
        if visit_of(here, "SURG", missing=True):
            return here
    raise AssertionError("Expected one of twelve subjects in the arm of surgery.")


@pytest.fixture(scope="module")
def waiting(cast: Cast) -> Walk:
    """A subject whose first complete response and first normal markers are 20 days old."""
    course = Course("waiting", scans_days_ago=(20,), markers_days_ago=(20,), evaluated=False, judged=False)
    here = a_screened_subject(cast, course, at=timezone.now())
    judge_today(here, at=timezone.now())
    return here


@pytest.fixture(scope="module")
def confirmed(cast: Cast) -> Walk:
    """A subject whose response passes, and whom no surgeon has evaluated."""
    here = a_screened_subject(cast, Course("to evaluate", evaluated=False), at=timezone.now())
    judge_today(here, at=timezone.now())
    return here


@pytest.fixture(autouse=True)
def _taken_back(module_db: str) -> Iterator[None]:
    with taken_back():
        yield


def visit_of(here: Walk, code: str, *, missing: bool = False) -> Visit:
    with as_actor(system_actor("follow-up")):
        found = Visit.objects.select_related("subject__site", "site").filter(subject=here.subject, code=code).first()
    assert found or missing
    return found


def moved(here: Walk, code: str, opens_on: date, closes_on: date) -> None:
    """Let the window be another one, as a changed anchor would."""
    planner = system_actor("follow-up")
    with as_actor(planner):
        found = Visit.objects.filter(subject=here.subject, code=code)
        found.update(opens_on=opens_on, target_on=opens_on, closes_on=closes_on)
        record("test.visit.moved", by=planner, at=timezone.now(), subject=here.subject)


def changed_site(here: Walk, **fields: object) -> None:
    with as_actor(system_actor("follow-up")):
        Site.objects.filter(pk=here.subject.site_id).update(**fields)


def mail_of(here: Walk) -> str:
    return here.one(Role.COORDINATOR).email


def today() -> date:
    return timezone.now().astimezone(ZONE).date()


def at_site(day: date, hour: int = 9, *, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.combine(day, time(hour), zone)


def swept(day: date, hour: int = 9) -> int:
    return reminders.remind(at=at_site(day, hour))


def notices_of(here: Walk, *, code: str = "", kind: str = "", user: object = None) -> list[Notice]:
    """Return what one coordinator of the site is to be told of the subject, or of one of its visits."""
    about = visit_of(here, code).pk if code else None
    reader = user or here.one(Role.COORDINATOR)
    with as_actor(system_actor("follow-up")):
        found = Notice.objects.filter(recipient=reader, subject_number=here.subject.number).order_by("due_on", "kind")
        return [each for each in found if kind in ("", each.kind) and about in (None, each.about)]


def told(here: Walk, **which: object) -> list[str]:
    return [Sentence.from_json(notice.text).english() for notice in notices_of(here, **which)]


class TestVisits:
    @pytest.mark.parametrize(("early", "count"), [(1, 0), (0, 1)])
    def test_the_window_is_told_on_the_day_it_opens(self, followed, early, count):
        month_1 = visit_of(followed, "M1")

        swept(month_1.opens_on - timedelta(days=early))

        assert (
            told(followed, code="M1")
            == [f"{followed.subject.number}, Month 1: may take place from {month_1.opens_on} to {month_1.closes_on}."]
            * count
        )

    def test_the_target_day_is_told_the_day_before(self, followed):
        month_1 = visit_of(followed, "M1")

        swept(month_1.target_on - timedelta(days=1))

        assert f"{followed.subject.number}, Month 1: the target day is {month_1.target_on}." in told(
            followed, code="M1"
        )

    def test_on_the_target_day_itself_it_is_still_told_and_then_no_more(self, followed):
        month_1 = visit_of(followed, "M1")

        swept(month_1.target_on + timedelta(days=1))

        assert told(followed, code="M1", kind=reminders.TARGET) == []

    @pytest.mark.parametrize(("days", "count"), [(4, 0), (3, 1), (0, 1)])
    def test_the_end_of_the_window_is_told_three_days_before(self, followed, days, count):
        month_1 = visit_of(followed, "M1")

        swept(month_1.closes_on - timedelta(days=days))

        assert len(told(followed, code="M1", kind=reminders.CLOSES)) == count

    def test_overdue_is_told_the_day_after_and_then_once_a_week(self, followed):
        month_1 = visit_of(followed, "M1")
        first = month_1.closes_on + timedelta(days=1)

        for days in range(15):
            swept(first + timedelta(days=days))

        told_on = [each.due_on for each in notices_of(followed, code="M1", kind=reminders.OVERDUE)]
        assert told_on == [first + timedelta(days=7 * week) for week in range(3)]

    @pytest.mark.parametrize(
        ("days", "says"),
        [
            (1, "Enter the operation, or why there was none, by {last}, with a reason for the delay."),
            (14, "Enter the operation, or why there was none, by {last}, with a reason for the delay."),
            (15, "its grace ended on {last}. Enter the operation, or why there was none."),
        ],
    )
    def test_surgery_is_told_by_when_the_operation_is_to_be_entered(self, in_surgery, days, says):
        surgery = visit_of(in_surgery, "SURG")
        swept(surgery.closes_on + timedelta(days=days))

        (line,) = told(in_surgery, code="SURG", kind=reminders.OVERDUE)
        assert line.endswith(says.format(last=surgery.closes_on + timedelta(days=14)))
        assert "missed" not in line

    def test_sweeping_twice_adds_nothing(self, followed):
        opens_on = visit_of(followed, "M1").opens_on

        assert swept(opens_on) > 0
        assert swept(opens_on, hour=10) == 0

    @pytest.mark.parametrize("days", [0, 3])
    def test_what_became_due_while_nobody_swept_is_told_once(self, followed, days):
        month_1 = visit_of(followed, "M1")

        swept(month_1.opens_on - timedelta(days=1))
        swept(month_1.opens_on + timedelta(days=days), hour=20)
        swept(month_1.opens_on + timedelta(days=days + 1))

        assert [each.due_on for each in notices_of(followed, code="M1", kind=reminders.OPENS)] == [month_1.opens_on]

    def test_after_a_month_of_silence_the_last_week_alone_is_told(self, followed):
        month_1 = visit_of(followed, "M1")

        swept(month_1.closes_on + timedelta(days=25))

        assert [(each.kind, each.due_on) for each in notices_of(followed, code="M1")] == [
            (reminders.OVERDUE, month_1.closes_on + timedelta(days=22))
        ]

    def test_a_visit_that_was_missed_is_no_longer_told(self, followed):
        moved(followed, "M1", today() - timedelta(days=20), today() - timedelta(days=6))
        swept(today())
        assert told(followed, code="M1", kind=reminders.OVERDUE)

        visits.mark_missed(
            visit_of(followed, "M1"), by=followed.one(Role.COORDINATOR), at=timezone.now(), reason="Flood"
        )
        swept(today())

        assert told(followed, code="M1") == []

    def test_a_window_that_moved_before_anybody_was_told_is_taken_back(self, followed):
        month_1 = visit_of(followed, "M1")
        swept(month_1.opens_on)

        moved(followed, "M1", month_1.opens_on + timedelta(days=1), month_1.closes_on)
        swept(month_1.opens_on)

        assert told(followed, code="M1", kind=reminders.OPENS) == []


class TestWhoIsTold:
    def test_those_who_enter_data_at_the_site_and_nobody_else(self, followed):
        site = followed.cast.sites[followed.course.site]
        swept(visit_of(followed, "M1").opens_on)

        with as_actor(system_actor("follow-up")):
            of_visits = Notice.objects.filter(kind__in=reminders.OF_VISITS).select_related("recipient")
            readers = {notice.recipient for notice in of_visits}
        held = {grant.role for each in readers for grant in each.standing_grants if grant.site_id == site.pk}
        assert {Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR} <= held
        assert held <= {Role.COORDINATOR, Role.PRINCIPAL_INVESTIGATOR, Role.SUB_INVESTIGATOR}
        assert all(reader.holds(Permission.FORM_ENTER, at=site) for reader in readers)

    def test_who_leaves_before_the_morning_is_not_told(self, followed):
        coordinator = followed.one(Role.COORDINATOR)
        swept(visit_of(followed, "M1").opens_on)
        accounts.deactivate_user(coordinator, by=people.an_administrator(), at=timezone.now())

        swept(visit_of(followed, "M1").opens_on)

        assert told(followed, code="M1", user=coordinator) == []

    def test_a_site_that_was_closed_is_not_reminded(self, followed):
        changed_site(followed, is_open=False)

        swept(visit_of(followed, "M1").opens_on)

        assert told(followed, code="M1") == []


class TestArm:
    def test_who_may_see_the_arm_reads_which_visit_it_is(self, in_surgery):
        swept(visit_of(in_surgery, "SURG").opens_on)

        assert any(", Surgery:" in each for each in told(in_surgery))

    def test_who_may_not_reads_of_a_visit(self, in_surgery, monkeypatch):
        people_here = reminders._people
        monkeypatch.setattr(reminders, "_people", lambda *doing: dict.fromkeys(people_here(*doing), False))

        swept(visit_of(in_surgery, "SURG").opens_on)

        assert any(", a visit:" in each for each in told(in_surgery))
        assert not any("Surgery" in each for each in told(in_surgery))

    def test_no_mail_names_an_arm_or_an_answer(self, in_surgery):
        opens_on = visit_of(in_surgery, "SURG").opens_on
        swept(opens_on)

        digests.gather(at=at_site(opens_on))

        (body,) = [each.body for each in Message.objects.filter(kind="digest", recipient=mail_of(in_surgery))]
        with as_actor(system_actor("follow-up")):
            arm = randomization.allocation_of(in_surgery.subject).arm
        assert in_surgery.subject.number in body
        assert f"http://localhost:8000/subjects/{in_surgery.subject.pk}/" in body
        assert not re.search(rf"\b{arm}\b|ng/mL|mm\b", body)


class TestResponse:
    def due(self, here: Walk) -> date:
        return here.before(20).astimezone(ZONE).date() + timedelta(days=28)

    @pytest.mark.parametrize(("early", "count"), [(1, 0), (0, 1)])
    def test_the_next_scan_and_sample_are_told_on_the_day_they_count(self, waiting, early, count):
        day = self.due(waiting) - timedelta(days=early)

        swept(waiting.on)
        digests.gather(at=at_site(day))

        digest = Message.objects.filter(
            kind="digest", recipient=mail_of(waiting), body__contains=waiting.subject.number
        )
        assert digest.count() == count
        assert all(
            f"the next scan for the response counts from {self.due(waiting)} on." in each.body for each in digest
        )
        assert all("the next sample of AFP and PIVKA-II" in each.body for each in digest)

    def test_three_days_before_it_is_too_late_it_is_told_again(self, waiting):
        swept(waiting.on)

        assert [(each.kind, each.due_on) for each in notices_of(waiting)] == [
            (reminders.SAMPLE, self.due(waiting)),
            (reminders.SCAN, self.due(waiting)),
            (reminders.SAMPLE_CLOSES, self.due(waiting) + timedelta(days=11)),
            (reminders.SCAN_CLOSES, self.due(waiting) + timedelta(days=11)),
        ]

    def test_a_judgement_of_the_day_itself_takes_nothing_back(self, waiting):
        swept(waiting.on)
        judge_today(waiting, at=at_site(self.due(waiting) + timedelta(days=1)))

        swept(self.due(waiting) + timedelta(days=1))

        assert len(notices_of(waiting, kind=reminders.SCAN)) == 1

    def test_beat_that_slept_over_the_day_tells_it_afterwards(self, waiting):
        swept(self.due(waiting) + timedelta(days=3))

        assert [each.due_on for each in notices_of(waiting, kind=reminders.SCAN)] == [self.due(waiting)]

    def test_a_subject_that_has_no_pair_to_wait_for_is_not_told(self, cast):
        course = Course("nothing yet", scans_days_ago=(), markers_days_ago=(), evaluated=False, judged=False)
        here = a_screened_subject(cast, course, at=timezone.now())
        judge_today(here, at=timezone.now())

        swept(here.on)

        assert told(here) == []


class TestDetermination:
    @pytest.fixture
    def eligible(self, cast: Cast) -> Walk:
        return an_eligible_subject(cast, "lapsing")

    def standing(self, here: Walk) -> Determination:
        with as_actor(system_actor("follow-up")):
            return Determination.objects.get(subject=here.subject)

    @pytest.mark.parametrize(("days", "count"), [(4, 0), (3, 1), (0, 1), (-1, 0)])
    def test_three_days_before_it_lapses_it_is_told(self, eligible, days, count):
        swept(self.standing(eligible).valid_until - timedelta(days=days))

        assert len(told(eligible, kind=reminders.LAPSES)) == count

    def test_it_names_the_day_and_what_lapses_first(self, eligible):
        standing = self.standing(eligible)

        swept(standing.valid_until)

        assert told(eligible) == [
            f"{eligible.subject.number}: the determination of eligibility holds until {standing.valid_until};"
            f" {standing.limiting} lapses first."
        ]

    def test_once_the_subject_is_randomized_it_is_not_told(self, eligible, followed):
        swept(self.standing(eligible).valid_until)
        randomize(eligible)

        swept(self.standing(eligible).valid_until)

        assert told(eligible, kind=reminders.LAPSES) == []


def entered(here: Walk, crf: str, typed: dict[str, str]) -> None:
    """Let the coordinator enter the next line of a log today."""
    walk.enter(here, crf, typed, at=timezone.now(), number=0)


class TestEvaluations:
    """Two surgeons of the site; what they found is never told."""

    def surgeon(self, here: Walk, mark: str = ""):
        return here.one(Role.SURGEON, mark=mark)

    def told(self, here: Walk, mark: str = "") -> list[str]:
        number = f"{here.subject.number}: "
        return [each.removeprefix(number) for each in told(here, user=self.surgeon(here, mark))]

    def test_each_surgeon_is_told_of_both_questions_once_the_response_is_there(self, confirmed):
        swept(confirmed.on)

        assert self.told(confirmed) == self.told(confirmed, "B")
        assert sorted(self.told(confirmed)) == [
            "your evaluation of the tumour as it is now is waited for.",
            "your evaluation of the tumour before the first treatment is waited for.",
        ]

    def test_before_the_response_nobody_is_told(self, waiting):
        swept(waiting.on)

        assert self.told(waiting) == []

    def test_whoever_evaluated_and_signed_is_told_no_more_and_the_other_still_is(self, confirmed):
        swept(confirmed.on)
        evaluate(confirmed, marks=("",))
        judge_today(confirmed, at=timezone.now())

        swept(confirmed.on)

        assert (len(self.told(confirmed)), len(self.told(confirmed, "B"))) == (0, 2)

    def test_an_evaluation_without_its_signature_is_told_to_its_author(self, confirmed, monkeypatch):
        monkeypatch.setattr(walk, "sign", lambda form, **_who: form)
        evaluate(confirmed)
        judge_today(confirmed, at=timezone.now())

        swept(confirmed.on)

        assert self.told(confirmed) == ["an evaluation of yours is complete and counts once you sign it."]

    def test_after_a_disagreement_both_are_told_of_the_new_round_and_why(self, confirmed):
        disagree(confirmed)
        swept(confirmed.on)
        assert self.told(confirmed) == self.told(confirmed, "B")
        assert sorted(self.told(confirmed)) == [
            "the surgeons disagree in round 1 on the tumour as it is now. Your evaluation in round 2 is waited for.",
            "your evaluation of the tumour before the first treatment is waited for.",
        ]

        evaluate_now(confirmed, "resectable", round=2)
        swept(confirmed.on)
        assert [len(self.told(confirmed, mark)) for mark in ("", "B")] == [1, 2]

    @pytest.mark.parametrize(("days", "count"), [(6, 2), (7, 4)])
    def test_it_is_told_again_a_week_later(self, confirmed, days, count):
        swept(confirmed.on)

        swept(confirmed.on + timedelta(days=days))

        assert len(self.told(confirmed)) == count

    def test_nobody_else_is_told_of_it_and_sweeping_twice_adds_nothing(self, confirmed):
        swept(confirmed.on)

        assert swept(confirmed.on, hour=10) == 0
        assert told(confirmed, user=confirmed.one(Role.COORDINATOR)) == []


class TestPathology:
    @pytest.fixture
    def operated(self, in_surgery: Walk) -> date:
        """The day of an operation whose specimen nobody reported."""
        entered(in_surgery, "OP", operation("specimen", today()))
        return today()

    @pytest.mark.parametrize(("days", "count"), [(30, 0), (31, 1)])
    def test_more_than_thirty_days_after_the_operation_the_report_is_asked_for(self, in_surgery, operated, days, count):
        swept(operated + timedelta(days=days))

        found = told(in_surgery, kind=reminders.NO_PATHOLOGY)
        assert (
            found
            == [
                f"{in_surgery.subject.number}: more than 30 days after the operation no pathology report is complete. "
                "Enter it, or why there is none."
            ]
            * count
        )

    def test_then_once_a_week(self, in_surgery, operated):
        for days in range(31, 46):
            swept(operated + timedelta(days=days))

        due = [each.due_on for each in notices_of(in_surgery, kind=reminders.NO_PATHOLOGY)]
        assert due == [operated + timedelta(days=days) for days in (31, 38, 45)]

    def test_with_the_report_it_is_taken_back(self, in_surgery, operated):
        swept(operated + timedelta(days=31))
        entered(in_surgery, "PA", {**pathology("specimen", operated), "reported_on": operated.isoformat()})

        swept(operated + timedelta(days=31))

        assert told(in_surgery, kind=reminders.NO_PATHOLOGY) == []

    def test_an_exploration_leaves_no_specimen(self, in_surgery):
        entered(in_surgery, "OP", {**operation("specimen", today()), "procedure": "exploration"})

        swept(today() + timedelta(days=31))

        assert told(in_surgery, kind=reminders.NO_PATHOLOGY) == []

    def test_who_does_not_see_the_arm_is_told_nothing_of_it(self, in_surgery, operated, monkeypatch):
        people_here = reminders._people
        monkeypatch.setattr(reminders, "_people", lambda *doing: dict.fromkeys(people_here(*doing), False))

        swept(operated + timedelta(days=31))

        assert told(in_surgery, kind=reminders.NO_PATHOLOGY) == []


def test_the_sweep_costs_the_same_for_any_number_of_subjects(cast, waiting):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            reminders.remind(at=at_site(today()))
        return len(found)

    before = cost()
    here = a_screened_subject(cast, Course("one more", evaluated=False), at=timezone.now())
    judge_today(here, at=timezone.now())
    assert cost() == before


class TestDays:
    @pytest.mark.parametrize(
        ("zone", "before", "from_on", "day"),
        [
            ("Pacific/Kiritimati", "2031-03-03T09:59:59", "2031-03-03T10:00:00", "2031-03-04"),  # UTC+14
            ("Etc/GMT+12", "2031-03-04T11:59:59", "2031-03-04T12:00:00", "2031-03-04"),  # UTC-12
            ("Asia/Shanghai", "2031-03-03T15:59:59", "2031-03-03T16:00:00", "2031-03-04"),
            # the day of 23 hours and the day after it
            ("Europe/Lisbon", "2031-03-29T23:59:59", "2031-03-30T00:00:00", "2031-03-30"),
            ("Europe/Lisbon", "2031-03-30T22:59:59", "2031-03-30T23:00:00", "2031-03-31"),
            # the day of 25 hours and the day after it
            ("Europe/Lisbon", "2031-10-26T23:59:59", "2031-10-27T00:00:00", "2031-10-27"),
            # midnight does not exist where the clock leaps over it
            ("America/Santiago", "2031-09-07T03:59:59", "2031-09-07T04:00:00", "2031-09-07"),
        ],
    )
    def test_a_day_begins_at_midnight_of_the_site(self, followed, zone, before, from_on, day):
        opens_on = date.fromisoformat(day)
        changed_site(followed, time_zone=zone)
        moved(followed, "M1", opens_on, opens_on + timedelta(days=14))

        reminders.remind(at=datetime.fromisoformat(before + "+00:00"))
        assert notices_of(followed, code="M1", kind=reminders.OPENS) == []
        reminders.remind(at=datetime.fromisoformat(from_on + "+00:00"))

        assert [each.due_on for each in notices_of(followed, code="M1", kind=reminders.OPENS)] == [opens_on]


def test_beat_wakes_the_sweep_as_the_part_of_the_system_that_follows_up(followed, monkeypatch):
    month_1 = visit_of(followed, "M1")
    monkeypatch.setattr(clock, "now", lambda: at_site(month_1.opens_on))

    assert tasks.remind() > 0
    assert acting() is None


def test_a_second_sweep_at_the_same_time_does_nothing(followed, postgres, module_db):
    other = psycopg2.connect(postgres.url(database=module_db))
    with other, other.cursor() as cursor:
        cursor.execute(reminders.ALONE_SQL)

        assert swept(visit_of(followed, "M1").opens_on) == 0
    other.close()

    assert swept(visit_of(followed, "M1").opens_on) > 0
