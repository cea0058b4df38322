"""Fixtures of the measurements: a durable PostgreSQL, as in production, and the book of figures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

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


@pytest.fixture
def coordinator(bench_db: str, settings: object) -> object:
    """A coordinator of a site, on pages that are mounted beside a bare one to compare with."""
    from tests.casebook_ground import a_coordinator

    settings.ROOT_URLCONF = "tests.bench.urls"
    return a_coordinator()


@pytest.fixture
def reader(coordinator: object) -> Client:
    """The coordinator's browser."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def subject(coordinator: object) -> object:
    """A subject of the coordinator's site."""
    from casebook import actions
    from tests.casebook_ground import a_key

    return actions.add_subject(coordinator.standing_grants[0].site, by=coordinator, at=timezone.now(), key=a_key())
