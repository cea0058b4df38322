"""Counts how often each hard check refused a save: the refused save itself leaves no row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import connection

from accounts.models import User
from audit.door import as_actor
from casebook.actions.judging import Invalid
from casebook.models import Form
from protocol.language import Severity

Save = TypeVar("Save", bound=Callable[..., Any])

# One statement, its rows in one order: two refused saves at once never wait for each other in a circle.
COUNT_SQL = """
INSERT INTO casebook_checkrefusal (site_id, check_id, times, last_at)
SELECT %(site)s, refused.check_id, 1, %(at)s FROM unnest(%(checks)s::text[]) AS refused (check_id) ORDER BY 2
    ON CONFLICT (site_id, check_id) DO UPDATE SET times = casebook_checkrefusal.times + 1, last_at = excluded.last_at
"""


def counts_refusals(save: Save) -> Save:
    """Count, outside the savepoint that a refused save gives up, which hard checks refused it."""

    @wraps(save)
    def counting(form: Form, *, by: User, at: datetime, **details: Any) -> Any:
        try:
            return save(form, by=by, at=at, **details)
        except Invalid as invalid:
            count_refused(form, invalid, by=by, at=at)
            raise

    return cast(Save, counting)


def count_refused(form: Form, invalid: Invalid, *, by: User, at: datetime) -> None:
    """Count the hard checks that refused this save."""
    checks = sorted({found.check_id for found in invalid.findings if found.severity is Severity.HARD})
    if checks:
        with as_actor(by), connection.cursor() as cursor:
            cursor.execute(COUNT_SQL, {"site": form.site_id, "at": at, "checks": checks})
