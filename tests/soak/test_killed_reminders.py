"""A thousand people are due a reminder while workers die and Redis is wiped: each gets one digest, and none two."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime
from itertools import islice

import pytest
import redis as client
from django.utils import timezone

from accounts.models import Grant, Site, User
from accounts.system import system_actor
from audit.door import as_actor, record
from outbox import posting
from outbox.models import Message, Notice
from protocol.roles import Role
from protocol.words import sentence
from tests import people
from tests.soak.counts import how_many
from tests.soak.processes import children, kill, wait_until
from tests.soak.test_killed_sweeps import WHOLE_WORKER_EVERY, Received, a_worker, victims, wait_for_mails
from tests.soak.test_killed_sweeps import mail_server as mail_server

KILLS, PEOPLE = how_many("SOAK_REMINDER_KILLS", 40), how_many("SOAK_REMINDERS", 1_000)
EACH = -(-PEOPLE // KILLS)  # rounded up
WIPE_EVERY, CATCH_UP_SECONDS = 5, 120
# Each twice: two beats.
TASKS = ("followup.tasks.remind", "outbox.tasks.gather", "outbox.tasks.sweep") * 2


@pytest.fixture
def wake(redis_url):
    """Call it to wake up whoever reminds, gathers and sends, as two beats do."""
    from trial_edc.celery import app

    before, app.conf.broker_url = app.conf.broker_url, redis_url

    def all_up() -> None:
        for name in TASKS:
            app.send_task(name)

    yield all_up
    app.conf.broker_url = before
    app.pool.force_close_all()


def test_killed_reminders(counts, installation, mail_server, redis_url, wake):
    received, port = mail_server
    chance, queue = random.Random(20310304), client.Redis.from_url(redis_url)
    site = a_site_at_noon()
    readers = a_crowd(site)
    waiting = iter(readers)
    with counts.run("killed reminders", asked=KILLS, share=0.17) as run:
        while run.may_go_on:
            with a_worker(installation, redis_url, port, 1_000 + run.done) as worker:
                for _ in range(min(WHOLE_WORKER_EVERY, KILLS - run.done)):
                    remind(site, list(islice(waiting, EACH)))
                    wake()
                    wait_for_mails(received, chance.randint(1, 12), run)
                    is_last = run.done % WHOLE_WORKER_EVERY == WHOLE_WORKER_EVERY - 1
                    for pid in [*children(worker), worker] if is_last else victims(worker, chance):
                        kill(pid)
                    if run.done % WIPE_EVERY == 0:
                        queue.flushall()
                    run.done += 1
                    if not run.has_time:
                        break
        remind(site, list(waiting))
        with a_worker(installation, redis_url, port, 1_999):
            catch_up(wake)
        judge(run, received, readers)


def a_site_at_noon() -> Site:
    """Return a site where it is the middle of the day now; in these names west is positive."""
    return people.a_site(time_zone=f"Etc/GMT{datetime.now(UTC).hour - 12:+d}")


def a_crowd(site: Site) -> list[User]:
    """Return a thousand coordinators, added at once: what is tried here is not how they are added."""
    setter, now = people.set_up(), timezone.now()
    users = [User(email=f"reader{number}@soak.example", name=f"Reader {number}") for number in range(PEOPLE)]
    grants = [
        Grant(user=user, role=Role.COORDINATOR, site=site, valid_from=now, granted_at=now, granted_by=setter)
        for user in users
    ]
    with as_actor(setter):
        User.objects.bulk_create(users)
        Grant.objects.bulk_create(grants)
        record("soak.people.added", by=setter, at=now, stream="accounts")
    return users


def remind(site: Site, readers: list[User]) -> None:
    """Keep what these people are to be reminded of: two things each."""
    with as_actor(system_actor("follow-up")):
        posting.notify(
            Notice(
                kind="soak",
                about=uuid.uuid4(),
                recipient=reader,
                site=site,
                text=sentence("Screening").to_json(),
                path="/",
                due_on=date(2026, 3, 2),
                created_at=timezone.now(),
            )
            for reader in readers
            for _thing in range(2)
        )


def catch_up(wake) -> None:
    """Go on waking until every digest was sent, as beat does every minute."""

    def all_sent() -> bool:
        wake()
        with as_actor(system_actor("outbox")):
            is_waiting = Notice.objects.filter(kind="soak", digest=None).exists()
        return not is_waiting and not Message.objects.filter(sent_at=None).exists()

    wait_until(all_sent, "Digests are missing.", seconds=CATCH_UP_SECONDS)


def judge(run, received: Received, readers: list[User]) -> None:
    digests = Message.objects.filter(kind="digest", recipient__in=[reader.email for reader in readers])
    known = dict(digests.values_list("message_id", "recipient"))
    came = {message_id: count for message_id, count in received.count.items() if message_id in known}
    doubled = sum(count - 1 for count in came.values())
    run.see("digests", len(came))
    run.see("sent again with the same Message-ID", doubled)
    run.expect(len(known) == len(readers), f"{len(readers)} people were due, {len(known)} digests were made.")
    run.expect(set(known.values()) == {reader.email for reader in readers}, "Somebody has no digest.")
    run.expect(set(came) == set(known), f"{len(known)} digests were made, {len(came)} came.")
    run.expect(all(body.count("- ") == 2 for body in digests.values_list("body", flat=True)), "A digest is not whole.")
    # A kill between the mail server's yes and our commit sends again at most what was in flight, one per process.
    run.expect(doubled <= 2 * run.done, f"{doubled} digests were sent again by {run.done} kills.")
