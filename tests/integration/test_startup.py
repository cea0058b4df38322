"""Web, worker and beat refuse to start in an unsafe way, and the message holds the cure."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import reload

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from scripts.embedded_postgres import OWNER, ROOT
from tests import databases, services
from trial_edc.startup import UnsafeStart, check_start

LONG_KEY = "k" * 50


@pytest.fixture
def cures(module_db):
    """Return the cures that a start in this environment would name; the test server itself runs with fsync=off."""

    def ask(**changed: object) -> list[str]:
        changed = {"TEST": False, "DEBUG": False, "SECRET_KEY": LONG_KEY, **changed}
        with override_settings(**changed):
            try:
                check_start()
            except UnsafeStart as refusal:
                return [cure for cure in refusal.cures if not cure.startswith("PostgreSQL runs with")]
        return []

    return ask


def test_a_safe_start_is_let_through(cures):
    assert cures() == []


def test_debug_is_refused(cures):
    assert cures(DEBUG=True) == ["DEBUG is on: it shows patients' data in error pages. Unset DEBUG, or set it to no."]


@pytest.mark.parametrize("key", [settings.SECRET_KEY, "django-insecure-" + LONG_KEY])
def test_a_published_key_is_refused(cures, key):
    (cure,) = cures(SECRET_KEY=key)

    assert cure.startswith("SECRET_KEY is a published default. Set SECRET_KEY to at least 50 random characters")


@pytest.mark.parametrize(("length", "refused"), [(49, True), (50, False)])
def test_a_key_needs_fifty_characters(cures, length, refused):
    assert bool(cures(SECRET_KEY="k" * length)) is refused


def test_the_owners_address_is_refused(cures, monkeypatch):
    monkeypatch.setitem(settings.DATABASES, "owner", dict(settings.DATABASES["default"]))

    (cure,) = cures()

    assert cure.startswith("OWNER_DATABASE_URL is set: the role that owns the tables could take the walls down.")


def test_a_server_that_may_forget_is_refused(module_db):
    with override_settings(TEST=False, SECRET_KEY=LONG_KEY), pytest.raises(UnsafeStart, match="Set fsync = on"):
        check_start()


def test_tests_may_run_on_a_server_that_may_forget(module_db):
    check_start()


def test_the_owner_role_is_refused(postgres, module_db):
    with (
        databases.pointed_at(postgres, module_db, who=OWNER),
        pytest.raises(UnsafeStart, match=r"The database role edc_owner owns \d+ tables"),
    ):
        check_start()


def test_a_superuser_is_refused(postgres, module_db):
    with (
        databases.pointed_at(postgres, module_db, who="postgres"),
        pytest.raises(UnsafeStart, match=r"The database role postgres is a superuser: no wall would stop it."),
    ):
        check_start()


def test_a_role_above_row_level_security_is_refused(postgres, module_db):
    databases.superuser_sql(postgres, module_db, "create role edc_above bypassrls", "grant edc_above to edc_app_login")
    try:
        with pytest.raises(UnsafeStart, match="has BYPASSRLS: it would see every site's rows"):
            check_start()
    finally:
        databases.superuser_sql(postgres, module_db, "drop role edc_above")


def test_a_missing_migration_is_refused(postgres, committing_db):
    databases.owner_sql(postgres, committing_db, "delete from django_migrations where app = 'outbox'")

    with pytest.raises(UnsafeStart, match=r"lacks 4 migrations, the first being outbox.0001_messages. Run `manage.py"):
        check_start()


def test_a_database_of_a_newer_version_is_refused(postgres, committing_db):
    databases.owner_sql(
        postgres,
        committing_db,
        "insert into django_migrations (app, name, applied) values ('outbox', '9999_later', now())",
    )

    with pytest.raises(UnsafeStart, match=r"does not know, such as outbox.9999_later"):
        check_start()


def test_a_missing_cache_table_is_refused(postgres, committing_db):
    databases.owner_sql(postgres, committing_db, "drop table cache")

    with pytest.raises(UnsafeStart, match=r"The cache table is missing. Run `manage.py prepare_database`"):
        check_start()


def test_a_database_that_does_not_answer_is_told(module_db):
    connection.close()
    before, connection.settings_dict["PORT"] = connection.settings_dict["PORT"], services.free_port()
    try:
        with pytest.raises(UnsafeStart, match=r"The database does not answer .* Start it, or mend DATABASE_URL"):
            check_start()
    finally:
        connection.settings_dict["PORT"] = before


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "gunicorn", "trial_edc.wsgi", "--bind", "127.0.0.1:0"],
        ["-m", "celery", "-A", "trial_edc", "worker", "--concurrency", "1"],
        # Beat removes a schedule it cannot read: never name a file here that is not this test's own.
        ["-m", "celery", "-A", "trial_edc", "beat", "--schedule", "{folder}/schedule", "--pidfile", ""],
    ],
    ids=["web", "worker", "beat"],
)
def test_web_worker_and_beat_stop_with_the_cure(postgres, module_db, tmp_path, command):
    environment = databases.process_environment(postgres, module_db)
    environment["DATABASE_URL"] = postgres.url(OWNER, database=module_db)
    words = [word.format(folder=tmp_path) for word in command]

    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert done.returncode != 0
    assert "The database role edc_owner owns" in done.stdout + done.stderr


def test_a_missing_setting_stops_the_start_with_the_cure():
    environment = {"PATH": os.environ["PATH"], "EDC_ENVIRONMENT": "production"}

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert done.returncode != 0
    assert "SECRET_KEY is not set. Set SECRET_KEY to at least 50 random characters" in done.stderr


def test_the_web_entry_asks_before_it_serves(module_db):
    from trial_edc import wsgi

    assert reload(wsgi).application


def test_bootstrap_roles_makes_both_roles_on_a_foreign_server_and_may_be_repeated(postgres, monkeypatch):
    # Roles are the whole server's: another run of the tests has others.
    name, owner, login = (f"edc_run_{os.getpid()}_{whose}" for whose in ("foreign", "owner", "login"))
    here = f"127.0.0.1:{postgres.port}/{name}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{login}:one'two@{here}",
        "OWNER_DATABASE_URL": f"postgres://{owner}:three@{here}",
        "SUPERUSER_DATABASE_URL": postgres.url("postgres", database="postgres"),
    }
    try:
        for command in ("bootstrap_roles", "prepare_database", "bootstrap_roles"):
            done = subprocess.run(
                [sys.executable, "manage.py", command], cwd=ROOT, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
        del environment["OWNER_DATABASE_URL"]
        started = subprocess.run(
            [sys.executable, "-c", "import trial_edc.wsgi"],
            cwd=ROOT,
            env=environment | {"DJANGO_SETTINGS_MODULE": "trial_edc.settings"},
            capture_output=True,
            text=True,
        )
        assert started.returncode == 0, started.stderr
    finally:
        databases.superuser_sql(
            postgres,
            "postgres",
            f'drop database if exists "{name}" with (force)',
            f'drop role if exists "{login}"',
            f'drop role if exists "{owner}"',
        )


def test_bootstrap_roles_says_which_address_it_lacks():
    done = subprocess.run(
        [sys.executable, "manage.py", "bootstrap_roles"], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )

    assert "SUPERUSER_DATABASE_URL is not set. Set SUPERUSER_DATABASE_URL to an address" in done.stderr
