"""A row that every sweep touches: a worker that lives and does nothing shows by its age."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

SILENT_AFTER = timedelta(minutes=5)

SING_SQL = """
INSERT INTO outbox_canary (sweep, sang_at) VALUES (%s, clock_timestamp())
ON CONFLICT (sweep) DO UPDATE SET sang_at = excluded.sang_at
"""
AGE_SQL = "SELECT clock_timestamp() - min(sang_at) FROM outbox_canary"


def sing(sweep: str) -> None:
    """Say that a sweep came to its end; by the database's clock, which nobody moves on."""
    with connection.cursor() as cursor:
        cursor.execute(SING_SQL, [sweep])


def is_silent() -> bool:
    """Whether no sweep came to its end for five minutes."""
    with connection.cursor() as cursor:
        cursor.execute(AGE_SQL)
        (age,) = cursor.fetchone()
    return age is None or age > SILENT_AFTER
