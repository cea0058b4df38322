"""Long fault and concurrency runs: bounded in count and time, only under make soak, with a table of counts at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
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


@pytest.fixture
def installation(
    django_test_environment, django_db_blocker, durable_postgres: Server, tmp_path: Path
) -> Callable[[], AbstractContextManager[Installation]]:
    """Call it for an installation of this run's own."""
    from tests.soak.installation import Installation

    @contextmanager
    def made() -> Iterator[Installation]:
        with (
            django_db_blocker.unblock(),
            databases.clone(durable_postgres, databases.template(durable_postgres)) as name,
            databases.pointed_at(durable_postgres, name),
        ):
            yield Installation(durable_postgres, name, tmp_path)

    return made
