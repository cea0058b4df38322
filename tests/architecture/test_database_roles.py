"""The tests prove something only if the role they work as is as powerless as the one in production."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def asked(question: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def test_the_application_role_owns_nothing():
    owned = asked(
        """select relname::text from pg_class where relowner = current_user::regrole
        union all select proname::text from pg_proc where proowner = current_user::regrole
        union all select nspname::text from pg_namespace where nspowner = current_user::regrole"""
    )

    assert owned == []


def test_the_application_role_is_neither_superuser_nor_above_row_level_security():
    powers = asked(
        """select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication
        from pg_roles where pg_has_role(current_user, oid, 'member')"""
    )

    assert {row[0] for row in powers} == {"edc_app_login", "edc_app"}
    assert not any(power for row in powers for power in row[1:])


def test_the_application_role_can_make_no_table():
    assert asked("select has_schema_privilege(current_user, 'public', 'create')") == [(False,)]
