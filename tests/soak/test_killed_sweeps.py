"""Queue workers die while they send and seal: no mail is lost or made twice, and the seals are one unbroken chain."""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller

from audit.keys import make_key
from outbox import posting
from outbox.models import Message
from tests import services
from tests.soak.checker import broken_promises
from tests.soak.counts import how_many
from tests.soak.entering import writers
from tests.soak.processes import children, kill, running

KILLS, MAILS_EACH, WRITERS = how_many("SOAK_SWEEP_KILLS", 40), 15, 2
# So often the whole worker dies and is started again, as its container would be; else one of its two processes.
WHOLE_WORKER_EVERY, CATCH_UP_SECONDS = 14, 60
TASKS = ("outbox.tasks.sweep", "audit.tasks.seal") * 2
SEALS_SQL = "select number, previous, digest from audit_seal order by number"


class Received:
    """A mail server that counts what it has accepted, by Message-ID and by what it is about."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.about: dict[str, set[str]] = {}

    async def handle_DATA(self, server, session, envelope) -> str:
        head = dict(line.split(": ", 1) for line in envelope.content.decode().splitlines() if ": " in line)
        self.count[head["Message-ID"]] += 1
        self.about.setdefault(head["Message-ID"], set()).add(head["Subject"])
        return "250 accepted"


@pytest.fixture
def mail_server() -> Iterator[tuple[Received, int]]:
    received = Received()
    controller = Controller(received, hostname="127.0.0.1", port=services.free_port())
    controller.start()
    yield received, controller.port
    controller.stop()


@pytest.fixture
def wake(redis_url):
    """Call it to wake up whoever sweeps and seals, two of each at a time."""
    from trial_edc.celery import app

    before = app.conf.broker_url
    app.conf.broker_url = redis_url

    def all_up() -> None:
        for name in TASKS:
            app.send_task(name)

    yield all_up
    app.conf.broker_url = before
    app.pool.force_close_all()


@contextmanager
def a_worker(it, redis_url: str, mail_port: int, number: int) -> Iterator[int]:
    command = [sys.executable, "-m", "celery", "-A", "trial_edc", "worker", "--concurrency", "2", "--loglevel", "INFO"]
    environment = it.environment(REDIS_URL=redis_url, TEST_EMAIL_URL=f"smtp://127.0.0.1:{mail_port}", LOG_LEVEL="INFO")
    log = it.folder / f"worker-{number}.log"
    with running(command, environment, log, ready=lambda: " ready." in log.read_text()) as worker:
        yield worker.pid


def test_killed_sweeps(counts, ledger, installation, mail_server, redis_url, wake):
    received, port = mail_server
    make_key(installation.folder / "seal.key")
    chance, posted = random.Random(20220414), 0
    with counts.run("killed sweeps and seals", asked=KILLS, share=0.17) as run:
        with writers(installation, ledger, run, count=WRITERS):
            while run.may_go_on:
                with a_worker(installation, redis_url, port, run.done) as worker:
                    for _ in range(min(WHOLE_WORKER_EVERY, KILLS - run.done)):
                        post(posted, posted := posted + MAILS_EACH)
                        wake()
                        if run.done % 2:  # now and then it is a seal that dies, not a sweep
                            time.sleep(chance.uniform(0, 0.4))
                        else:
                            wait_for_mails(received, chance.randint(1, 12), run)
                        is_last = run.done % WHOLE_WORKER_EVERY == WHOLE_WORKER_EVERY - 1
                        for pid in [worker, *children(worker)] if is_last else victims(worker, chance):
                            kill(pid)
                        run.done += 1
                        if not run.has_time:
                            break
        with a_worker(installation, redis_url, port, run.done):
            catch_up(installation, wake)
        judge_mails(run, received)
        judge_seals(run, installation)
        run.broken.extend(broken_promises(installation, ledger))


def post(first: int, end: int) -> None:
    for number in range(first, end):
        posting.post(
            kind="soak", about=str(number), recipient="a@site.example", subject=f"S{number}", body="B", at=long_due()
        )


def long_due() -> datetime:
    return datetime(2026, 3, 2, 12, tzinfo=UTC)


def wait_for_mails(received: Received, count: int, run) -> None:
    enough, deadline = received.count.total() + count, time.monotonic() + 10
    while received.count.total() < enough and time.monotonic() < deadline and run.has_time:
        time.sleep(0.002)


def victims(worker: int, chance: random.Random) -> list[int]:
    """Return one of the processes that do the work."""
    found = children(worker)
    return [chance.choice(found)] if found else []


def catch_up(it, wake) -> None:
    """Go on waking until all mails are sent and all seals stand outside, as beat does every minute."""
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        wake()
        time.sleep(1)
        written = len(list((it.folder / "seals").glob("seal-*.json")))
        if not Message.objects.filter(sent_at=None).exists() and written == len(it.asked(SEALS_SQL)):
            return


def judge_mails(run, received: Received) -> None:
    known = set(Message.objects.values_list("message_id", flat=True))
    left = Message.objects.filter(sent_at=None).count()
    doubled = sum(count - 1 for count in received.count.values())
    run.see("mails", len(received.count))
    run.see("sent again with the same Message-ID", doubled)
    run.expect(not left, f"{left} mails were never sent.")
    run.expect(set(received.count) == known, f"{len(known)} mails were posted, {len(received.count)} came.")
    run.expect(all(len(about) == 1 for about in received.about.values()), "Two mails share one Message-ID.")
    # A kill between the mail server's yes and our commit sends again at most what was in flight, one per process.
    run.expect(doubled <= 2 * run.done, f"{doubled} mails were sent again by {run.done} kills.")


def judge_seals(run, it) -> None:
    seals = it.asked(SEALS_SQL)
    files = {int(path.stem.removeprefix("seal-")) for path in (it.folder / "seals").glob("seal-*.json")}
    run.see("seals", len(seals))
    run.expect([number for number, _previous, _digest in seals] == list(range(1, len(seals) + 1)), "Seals have a gap.")
    for before, after in itertools.pairwise(seals):
        run.expect(after[1] == before[2], f"Seal {after[0]} does not follow seal {before[0]}.")
    run.expect(files == {number for number, *_ in seals}, f"{len(seals)} seals, {len(files)} of them outside.")
    run.expect(len(seals) > 1, "Nothing was sealed.")
