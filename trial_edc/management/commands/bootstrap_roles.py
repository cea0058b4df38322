"""Makes the two database roles, and the database, on a server that somebody else set up."""

from __future__ import annotations

from typing import Any

import psycopg2
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from trial_edc.database_roles import for_cluster, for_database, name
from trial_edc.environment import MissingSetting, required


class Command(BaseCommand):
    """Reads three addresses: SUPERUSER_DATABASE_URL for this command alone, and those of the two roles it makes."""

    help = "Make the owner role, the application role and the database; safe to repeat."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing; existing roles get the passwords of their addresses."""
        try:
            superuser_url = required("SUPERUSER_DATABASE_URL")
            required("OWNER_DATABASE_URL")
        except MissingSetting as missing:
            raise CommandError(str(missing)) from None
        owner, login = connections.settings["owner"], connections.settings["default"]
        roles = for_cluster(
            owner=owner["USER"],
            owner_password=owner["PASSWORD"],
            login=login["USER"],
            login_password=login["PASSWORD"],
        )
        _run(superuser_url, None, roles)
        _make_database(superuser_url, login["NAME"], owner["USER"])
        _run(superuser_url, login["NAME"], for_database(owner=owner["USER"]))
        self.stdout.write(f"The roles {owner['USER']} and {login['USER']} are ready on database {login['NAME']}.")


def _make_database(url: str, database: str, owner: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_database where datname = %s", [database])
        if cursor.fetchone():
            cursor.execute(f"alter database {name(database)} owner to {name(owner)}")
        else:
            # A superuser of a hosted server is not quite one: it must be a member to give a database away.
            cursor.execute(f"grant {name(owner)} to current_user")
            cursor.execute(f"create database {name(database)} owner {name(owner)}")
    connection.close()


def _run(url: str, database: str | None, statements: list[str]) -> None:
    connection = psycopg2.connect(url, dbname=database) if database else psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()
