"""A real beat wakes a real worker through a real Redis; each is killed in the middle, and every reminder comes once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime

import pytest
import redis as client

from accounts.system import system_actor
from audit.acting import as_actor
from outbox.models import KeptMail, Message, Notice
from protocol.roles import Role
from protocol.words import sentence
from tests import databases, people
from tests.house import House
from tests.soak.processes import children, kill

PATIENCE_SECONDS = 60


@pytest.fixture
def house(committing_db, postgres, redis_url, tmp_path) -> Iterator[House]:
    environment = databases.process_environment(
        postgres,
        committing_db,
        REDIS_URL=redis_url,
        LOG_LEVEL="INFO",
        SEAL_FOLDER=str(tmp_path / "seals"),
        SEAL_KEY_FILE=str(tmp_path / "seal.key"),
    )
    client.Redis.from_url(redis_url).flushall()
    with ExitStack() as stack:
        yield House(environment, tmp_path, stack)


def due(count: int) -> list[str]:
    """Keep one reminder for each of so many people whose morning has come; return their addresses."""
    hours = datetime.now(UTC).hour - 12
    site = people.a_site(time_zone=f"Etc/GMT{hours:+d}")  # noon there; in these names west is positive
    users = [people.a_user(Role.COORDINATOR, site, trained=False, delegated=False) for _ in range(count)]
    with as_actor(system_actor("follow-up")):
        Notice.objects.bulk_create(
            Notice(
                kind="test",
                about=user.pk,
                recipient=user,
                site=site,
                text=sentence("Screening").to_json(),
                path="/",
                due_on=date(2026, 3, 2),
                created_at="2026-03-02T00:00:00Z",
            )
            for user in users
        )
    return [user.email for user in users]


def sent() -> int:
    return Message.objects.filter(sent_at__isnull=False).count()


def eventually(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_worker_and_beat_killed_and_redis_wiped(house, redis_url):
    addresses = due(40)
    beat, _second_beat, worker = house.beat(), house.beat(), house.worker()

    eventually(lambda: sent() > 3)
    for pid in [*children(worker), worker]:
        kill(pid)
    kill(beat)
    client.Redis.from_url(redis_url).flushall()
    house.worker()

    eventually(lambda: sent() == 40)
    assert Counter(KeptMail.objects.values_list("recipient", flat=True)) == Counter(addresses)
