"""The checks before web, worker and beat start: neither gunicorn nor Celery runs Django's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from trial_edc.environment import CURES, TEST_VALUES

SHORTEST_KEY = 50
OLDEST_POSTGRESQL = 150000

POWERS_SQL = """
select bool_or(rolsuper), bool_or(rolbypassrls) from pg_roles where pg_has_role(current_user, oid, 'member')
"""
OWNED_SQL = """
select count(*) from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where nspname = 'public' and relkind in ('r', 'p', 'v', 'm', 'S') and pg_has_role(current_user, relowner, 'member')
"""


class UnsafeStart(Exception):
    """The product must not start like this; the message holds one cure per line."""

    def __init__(self, cures: list[str]) -> None:
        super().__init__("The start is refused.\n" + "\n".join(f"- {cure}" for cure in cures))
        self.cures = cures


def check_start() -> None:
    """Refuse to start with an unsafe setting or database. Raises UnsafeStart with all cures at once."""
    cures = [*_of_settings(), *_of_database(connections[DEFAULT_DB_ALIAS])]
    connections[DEFAULT_DB_ALIAS].close()  # a server that forks must not share what was opened here
    if cures:
        raise UnsafeStart(cures)


def _of_settings() -> Iterator[str]:
    if settings.TEST:
        return
    if settings.DEBUG:
        yield "DEBUG is on: it shows patients' data in error pages. Unset DEBUG, or set it to no."
    if settings.SECRET_KEY in TEST_VALUES.values() or settings.SECRET_KEY.startswith("django-insecure"):
        yield f"SECRET_KEY is a published default. {CURES['SECRET_KEY']}"
    elif len(settings.SECRET_KEY) < SHORTEST_KEY:
        yield f"SECRET_KEY has fewer than {SHORTEST_KEY} characters. {CURES['SECRET_KEY']}"
    if "owner" in settings.DATABASES:
        yield (
            "OWNER_DATABASE_URL is set: the role that owns the tables could take the walls down. "
            "Unset it here; only `manage.py prepare_database` needs it."
        )


def _of_database(connection: BaseDatabaseWrapper) -> Iterator[str]:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        yield f"The database does not answer ({' '.join(str(error).split())}). Start it, or mend DATABASE_URL."
        return
    yield from _of_server(connection)
    yield from _of_role(connection)
    yield from _of_schema(connection)


def _of_server(connection: BaseDatabaseWrapper) -> Iterator[str]:
    version = int(_asked(connection, "show server_version_num")[0])
    if version < OLDEST_POSTGRESQL:
        yield f"PostgreSQL is too old ({version // 10000}). Use version {OLDEST_POSTGRESQL // 10000} or newer."
    if settings.TEST:
        return
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if _asked(connection, f"show {name}")[0] == "off":
            yield (
                f"PostgreSQL runs with {name}=off: a power cut could lose saved data. "
                f"Set {name} = on in postgresql.conf and reload the server."
            )


def _of_role(connection: BaseDatabaseWrapper) -> Iterator[str]:
    role = connection.settings_dict["USER"]
    cure = "Let DATABASE_URL name the application role that `manage.py bootstrap_roles` makes."
    is_superuser, is_above_policies = _asked(connection, POWERS_SQL)
    if is_superuser:
        yield f"The database role {role} is a superuser: no wall would stop it. {cure}"
    elif is_above_policies:
        yield f"The database role {role} has BYPASSRLS: it would see every site's rows. {cure}"
    if not is_superuser and (owned := _asked(connection, OWNED_SQL)[0]):
        yield f"The database role {role} owns {owned} tables: it could switch their triggers off. {cure}"


def _of_schema(connection: BaseDatabaseWrapper) -> Iterator[str]:
    if missing := unapplied_migrations(connection):
        yield (
            f"The database lacks {len(missing)} migrations, the first being {missing[0]}. Run "
            "`manage.py prepare_database` with OWNER_DATABASE_URL set, then start again."
        )
    elif "cache" not in connection.introspection.table_names():
        yield "The cache table is missing. Run `manage.py prepare_database` with OWNER_DATABASE_URL set."
    if unknown := _unknown_migrations(connection):
        yield (
            f"The database has migrations that this version of the program does not know, such as {unknown[0]}. "
            "Start the version that made them, or a newer one."
        )


def unapplied_migrations(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the migrations that the program has and the database lacks, in their order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def _unknown_migrations(connection: BaseDatabaseWrapper) -> list[str]:
    loader = MigrationExecutor(connection).loader
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    known = set(loader.disk_migrations) | replaced
    ours = {app for app, _name in known}
    return sorted(
        f"{app}.{name}" for app, name in loader.applied_migrations if app in ours and (app, name) not in known
    )


def _asked(connection: BaseDatabaseWrapper, question: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return tuple(cursor.fetchone())
