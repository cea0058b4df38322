"""Long fault and concurrency runs: bounded in count and time, only under make soak, with a table of counts at the end.

The environment says how often: SOAK_PAIRS, SOAK_CLICKS, SOAK_CLICK_ROUNDS, SOAK_LOST_ANSWERS, SOAK_WORKER_KILLS,
SOAK_DATABASE_KILLS, SOAK_SWEEP_KILLS, SOAK_REMINDER_KILLS, SOAK_REMINDERS, SOAK_SITE_REQUESTS, SOAK_TYPING;
and how long all runs together may take: SOAK_SECONDS.
Every request goes to 127.0.0.1. The client's ledgers stay under var/soak until the next run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from scripts import embedded_postgres
from scripts.embedded_postgres import VAR, Server
from tests import databases
from tests.soak.counts import Counts
from tests.soak.ledger import Ledger

if TYPE_CHECKING:
    from tests.soak.installation import Installation

COUNTS = pytest.StashKey[Counts]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin the table."""
    config.stash[COUNTS] = Counts()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a soak."""
    for item in items:
        if "/tests/soak/" in str(item.path):
            item.add_marker(pytest.mark.soak)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of counts."""
    counts = config.stash.get(COUNTS, None)
    if counts is None or not counts.runs:
        return
    terminalreporter.section("soak")
    for line in counts.table():
        terminalreporter.write_line(line)
    for run in counts.runs:
        for sentence in run.broken:
            terminalreporter.write_line(f"BROKEN, {run.name}: {sentence}")
    terminalreporter.write_line(f"Ledgers: {VAR / 'soak'}")


@pytest.fixture(scope="session")
def counts(pytestconfig: pytest.Config) -> Counts:
    """The table of counts."""
    return pytestconfig.stash[COUNTS]


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """The client's own book of this run."""
    with closing(Ledger(VAR / "soak" / f"{request.node.name.removeprefix('test_')}.jsonl")) as it:
        yield it


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[Server]:
    """A server that waits for the disk, as in production: what it acknowledged must outlive it."""
    folder = embedded_postgres.folder_for("postgres-soak")
    try:
        server = embedded_postgres.start(folder)
        databases.drop_what_dead_runs_left(server)
        yield server
    finally:
        embedded_postgres.stop(folder)


@pytest.fixture(scope="session")
def installation(
    django_test_environment, django_db_blocker, durable_postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One installation for all runs: what one of them does to it must not show in the next."""
    from tests.soak.installation import Installation

    with (
        django_db_blocker.unblock(),
        databases.clone(durable_postgres, databases.template(durable_postgres)) as name,
        databases.pointed_at(durable_postgres, name),
    ):
        it = Installation(durable_postgres, name, tmp_path_factory.mktemp("soak"))
        with it.served():
            yield it
