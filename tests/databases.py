"""The tests' databases: one template built by the owner, clones of it for the application role; never flushed."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connection, connections

from scripts import embedded_postgres
from scripts.embedded_postgres import LOGIN, OWNER, ROOT, Server
from trial_edc.database_roles import for_database

KEPT_TEMPLATES = 2
# The templates of this run; while their files are locked, no other run drops them.
_held: dict[str, int] = {}
_number = itertools.count(1)


@contextmanager
def server() -> Iterator[Server]:
    """Give the tests' PostgreSQL; the last of all test runs that use it stops it."""
    folder = embedded_postgres.folder_for("postgres-tests")
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".users", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield embedded_postgres.start(folder, volatile=True)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        embedded_postgres.stop(folder)


def template(server: Server) -> str:
    """Return the name of a database with all migrations, built as owner where they have changed."""

    def migrate(name: str) -> None:
        run(server, name, "prepare_database")

    return _built(server, f"edc_template_{fingerprint(_schema_sources())}", source=None, fill=migrate)


def rehearsed_template(server: Server) -> str:
    """Return the name of a database that holds the demonstration, walked through the real actions into every state."""
    from rehearsal.demonstration import CANDIDATES
    from rehearsal.fates import FATES

    name = f"edc_rehearsed_{fingerprint([*_schema_sources(), *_product_sources()])}"
    command = ("make_demo", "--subjects", str(CANDIDATES + len(FATES)))
    return _built(server, name, source=template(server), fill=lambda made: run(server, made, *command))


@contextmanager
def clone(server: Server, source: str) -> Iterator[str]:
    """Give a database of our own, a copy of the template; it is gone afterwards."""
    name = f"edc_run_{os.getpid()}_{next(_number)}"
    owner_sql(server, "postgres", f'create database "{name}" template "{source}"')
    try:
        yield name
    finally:
        # As a superuser: the owner may not end the session of one who has only just left.
        superuser_sql(server, "postgres", f'drop database if exists "{name}" with (force)')


@contextmanager
def pointed_at(server: Server, name: str, *, who: str = LOGIN) -> Iterator[None]:
    """Let Django's default connection work in this database for a while, as the application role or as another."""
    there = {
        "NAME": name,
        "HOST": "127.0.0.1",
        "PORT": server.port,
        "USER": who,
        "PASSWORD": server.password(who),
    }
    described = connections.settings["default"]
    before = {key: described[key] for key in there}
    connections["default"].close()
    described.update(there)
    try:
        yield
    finally:
        connections["default"].close()
        described.update(before)


def check_what_commit_checks() -> None:
    """Raise now what the database would refuse at commit, for a test whose transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


def run(server: Server, name: str, *command: str) -> None:
    """Run a command of manage.py on this database, with the owner's address at hand."""
    environment = process_environment(server, name) | {"OWNER_DATABASE_URL": server.url(OWNER, database=name)}
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


def process_environment(server: Server, name: str, **more: str) -> dict[str, str]:
    """Return the environment of a process of the product that works in this database."""
    quick = {"EDC_ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "tests.quick_settings"}
    return {**os.environ, **quick, "DATABASE_URL": server.url(database=name), **more}


def owner_sql(server: Server, database: str, *statements: str) -> None:
    """Run statements as the owner, outside a transaction: CREATE DATABASE allows none."""
    _sql(server.url(OWNER, database=database), statements)


def superuser_sql(server: Server, database: str, *statements: str) -> None:
    """Run statements as a superuser, the one whom no wall stops and the trail must show."""
    _sql(server.url("postgres", database=database), statements)


def drop_what_dead_runs_left(server: Server) -> None:
    """Drop the clones of test runs that were killed."""
    for name in _databases(server, "edc_run_%"):
        if not Path(f"/proc/{name.split('_')[2]}").exists():
            owner_sql(server, "postgres", f'drop database if exists "{name}" with (force)')


def fingerprint(paths: list[Path]) -> str:
    """Return a short hash of files, names included."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _schema_sources() -> list[Path]:
    sources = [ROOT / "requirements" / "production.txt", ROOT / "trial_edc" / "database_roles.py"]
    for app in _own_apps():
        sources += [
            *app.glob("migrations/*.py"),
            *app.glob("**/*.sql"),
            *app.glob("walls*.py"),
            *app.glob("walls/*.py"),
        ]
    return sources


def _product_sources() -> list[Path]:
    return [path for app in [*_own_apps(), ROOT / "protocol"] for path in app.rglob("*.py")]


def _own_apps() -> list[Path]:
    return [ROOT / app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir()]


def _built(server: Server, name: str, *, source: str | None, fill: object) -> str:
    with open(Path(server.folder) / ".template", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _hold(server, name)
        if not _databases(server, name):
            _forget_old(server, name.rsplit("_", 1)[0])
            unfinished = f"unfinished_{name}"
            owner_sql(server, "postgres", f'drop database if exists "{unfinished}" with (force)')
            copying = f' template "{source}"' if source else ""
            owner_sql(server, "postgres", f'create database "{unfinished}"{copying}')
            owner_sql(server, unfinished, *for_database(owner=OWNER))
            fill(unfinished)  # type: ignore[operator]
            owner_sql(server, "postgres", f'alter database "{unfinished}" rename to "{name}"')
    return name


def _hold(server: Server, name: str) -> None:
    if name not in _held:
        _held[name] = os.open(Path(server.folder) / f".{name}", os.O_CREAT | os.O_RDWR)
        fcntl.flock(_held[name], fcntl.LOCK_SH)


def _forget_old(server: Server, prefix: str) -> None:
    """Drop all but the youngest templates, unless another run still clones them."""
    for old in _databases(server, f"{prefix}_%")[KEPT_TEMPLATES - 1 :]:
        path = Path(server.folder) / f".{old}"
        with path.open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            owner_sql(server, "postgres", f'drop database if exists "{old}" with (force)')
            path.unlink()


def _databases(server: Server, pattern: str) -> list[str]:
    """Return database names, youngest first."""
    with psycopg2.connect(server.url(OWNER, database="postgres")) as conn, conn.cursor() as cursor:
        cursor.execute("select datname from pg_database where datname like %s order by oid desc", [pattern])
        names = [name for (name,) in cursor.fetchall()]
    conn.close()
    return names


def _sql(url: str, statements: tuple[str, ...]) -> None:
    conn = psycopg2.connect(url)
    conn.autocommit = True
    try:
        with conn.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        conn.close()
