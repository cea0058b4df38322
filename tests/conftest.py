"""Fixtures every test may use: databases, Redis, worker, web server, browser."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from kombu import pools
from playwright.sync_api import Browser, expect

from scripts.embedded_postgres import ROOT, Server
from tests import databases, passwords, services

__all__ = ["passwords"]

# What is compiled is kept, for other test processes and for the next run: a test run starts dozens of Pythons.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(ROOT / "var" / "compiled")
sys.dont_write_bytecode = False

# Before Django reads its settings: tests never see the addresses of a real installation.
for name in ("DATABASE_URL", "OWNER_DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_URL", "DEBUG", "SITE_HOSTS"):
    os.environ.pop(name, None)
os.environ["EDC_ENVIRONMENT"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "trial_edc.settings"
# Playwright runs an event loop in the tests' thread, where Django would refuse to talk to its database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

# Read now: pytest-django starts Django for whoever has read the settings.
assert settings.INSTALLED_APPS


# How long a page takes to come is no fact of these tests: a machine may be several times slower than the one they were
# written on. What must come within a time says so where it stands.
expect.set_options(timeout=20_000)

# Files of half a minute and more: whoever met one of them last would work on alone.
LONG = {
    "test_accounts_addresses.py",
    "test_api_data.py",
    "test_import_hcc.py",
    "test_reports_untold.py",
    "test_startup.py",
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no processor waits at the end for another one's last journey.

    One file alone begins with the demonstration: whoever else needs it would stand and wait until it is rehearsed.
    Beside it goes what needs no database at all, for there is none before all migrations have run.
    """
    in_demonstration = {item.path for item in items if "rehearsed_db" in getattr(item, "fixturenames", ())}
    first = min(in_demonstration, default=None)

    def rank(item: pytest.Item) -> int:
        if item.path == first:
            return 0
        if "unit" in item.path.parts:
            return 1
        if item.path in in_demonstration:
            return 3
        if "functional" in item.path.parts:
            return 2
        return 4 if item.path.name in LONG else 5

    items.sort(key=rank)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep Python from looking for garbage among some thousand tests, and everything imported, again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The tests' PostgreSQL."""
    with databases.server() as server:
        databases.drop_what_dead_runs_left(server)
        yield server


@pytest.fixture(scope="session")
def template(postgres: Server) -> str:
    """The name of the database all others are cloned from."""
    return databases.template(postgres)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, postgres: Server, template: str) -> Iterator[None]:
    """The database of the `db` fixture: the application role, each test rolled back."""
    with (
        django_db_blocker.unblock(),
        databases.clone(postgres, template) as name,
        databases.pointed_at(postgres, name),
        django_db_blocker.block(),
    ):
        yield


@pytest.fixture
def transactional_db():
    """Refused: it flushes, and tables that only grow cannot be flushed."""
    pytest.fail("Use committing_db: a test that commits works in a clone of its own, and nothing is flushed.")


@contextmanager
def _own_database(blocker, server: Server, source: str) -> Iterator[str]:
    with blocker.unblock(), databases.clone(server, source) as name, databases.pointed_at(server, name):
        yield name


@pytest.fixture
def committing_db(django_test_environment, django_db_blocker, postgres: Server, template: str) -> Iterator[str]:
    """A database of this test's own in which commits are real; gives its name."""
    with _own_database(django_db_blocker, postgres, template) as name:
        yield name


@pytest.fixture(scope="module")
def module_db(django_test_environment, django_db_blocker, postgres: Server, template: str) -> Iterator[str]:
    """A database of this module's own in which commits are real; gives its name."""
    with _own_database(django_db_blocker, postgres, template) as name:
        yield name


@pytest.fixture(scope="module")
def rehearsed_db(django_test_environment, django_db_blocker, postgres: Server) -> Iterator[str]:
    """A database of this module's own that holds the demonstration; gives its name."""
    with _own_database(django_db_blocker, postgres, databases.rehearsed_template(postgres)) as name:
        yield name


@pytest.fixture
def check_what_commit_checks() -> Callable[[], None]:
    """Call it to raise now what the database would refuse at commit."""
    return databases.check_what_commit_checks


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Redis."""
    with services.redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def worker(committing_db: str, postgres: Server, redis_url: str, tmp_path: Path) -> Iterator[str]:
    """A real Celery worker on a database of this test's own, whose name it gives; tasks sent here reach it."""
    from trial_edc.celery import app

    environment = databases.process_environment(postgres, committing_db, REDIS_URL=redis_url)
    before = app.conf.broker_url
    _speak_to(app, redis_url)
    try:
        with services.worker(environment, tmp_path):
            yield committing_db
    finally:
        _speak_to(app, before)


def _speak_to(app: Celery, broker: str) -> None:
    """Send tasks to this broker from now on; connections to another one are forgotten."""
    app.conf.broker_url = broker
    pools.reset()
    app._pool = app.amqp._producer_pool = None


@contextmanager
def _site(server: Server, name: str, folder: Path) -> Iterator[str]:
    with services.web(databases.process_environment(server, name), folder) as address:
        yield address


@pytest.fixture(scope="module")
def site_address(postgres: Server, module_db: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real web server on this module's database."""
    with _site(postgres, module_db, tmp_path_factory.mktemp("web")) as address:
        yield address


@pytest.fixture(scope="module")
def demo_address(postgres: Server, rehearsed_db: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real web server on the demonstration."""
    with _site(postgres, rehearsed_db, tmp_path_factory.mktemp("web")) as address:
        yield address


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Chromium as this machine has it."""
    return {**browser_type_launch_args, **services.chromium()}


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Browser:
    """Chromium at a desk that asks for no motion: to scroll softly to each place costs more than all that is done there."""
    browser.new_context = partial(browser.new_context, reduced_motion="reduce")  # type: ignore[method-assign]
    return browser


@pytest.fixture(autouse=True)
def _one_reading_of_the_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages read the last seal anew every 20 seconds: on a slow machine that is one query more in one of two requests."""
    monkeypatch.setattr("desk.frame.SEAL_READ_AGAIN_SECONDS", 3600)
