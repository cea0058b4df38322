"""Fixtures of the measurements: a durable PostgreSQL, as in production, and the book of figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scripts import embedded_postgres
from scripts.embedded_postgres import Server
from tests import databases
from tests.bench.figures import Figures


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a measurement."""
    for item in items:
        if "/tests/bench/" in str(item.path):
            item.add_marker(pytest.mark.bench)


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """The book of figures, written to docs/performance.md at the end."""
    book = Figures()
    yield book
    book.write()


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[Server]:
    """A server that waits for the disk: the price of a save is told only there."""
    folder = embedded_postgres.folder_for("postgres-bench")
    try:
        yield embedded_postgres.start(folder)
    finally:
        embedded_postgres.stop(folder)


@pytest.fixture
def bench_db(django_test_environment, django_db_blocker, durable_postgres: Server) -> Iterator[str]:
    """A database of this measurement's own on the durable server; gives its name."""
    with (
        django_db_blocker.unblock(),
        databases.clone(durable_postgres, databases.template(durable_postgres)) as name,
        databases.pointed_at(durable_postgres, name),
    ):
        yield name
