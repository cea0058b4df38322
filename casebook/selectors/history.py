"""The history at the value: what the trail recorded of one item of one form, and earlier versions of a form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from casebook.models import Form
from protocol.record import BLANK, Answer

HISTORY_SQL = """
SELECT coalesce(c.old::jsonb -> 'answers' -> %(path)s, '{}')::text, (c.new::jsonb -> 'answers' -> %(path)s)::text,
       e.actor_name, e.actor_role, e.at, coalesce(nullif(e.facts::jsonb -> 'reasons' ->> %(path)s, ''), e.reason),
       (c.new::jsonb ->> 'version')::integer, e.kind, e.recorded_at
  FROM audit_change c
  JOIN audit_event e ON e.txid = c.txid AND c.id BETWEEN e.first_change AND e.last_change
 WHERE c.row_id = %(form)s AND c.table_name = 'casebook_form'
   AND (c.old::jsonb -> 'answers' -> %(path)s) IS DISTINCT FROM (c.new::jsonb -> 'answers' -> %(path)s)
 ORDER BY c.id
"""
VERSION_SQL = """
SELECT (c.new::jsonb -> 'answers')::text FROM audit_change c
 WHERE c.row_id = %s AND c.table_name = 'casebook_form' AND (c.new::jsonb ->> 'version')::integer = %s
 ORDER BY c.id LIMIT 1
"""
LAST_SQL = """
SELECT e.actor_name, e.at FROM audit_change c
  JOIN audit_event e ON e.txid = c.txid AND c.id BETWEEN e.first_change AND e.last_change
 WHERE c.row_id = %s AND c.table_name = 'casebook_form' AND e.kind <> 'casebook.subject.transferred'
 ORDER BY c.id DESC LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class ItemChange:
    """One change of one item: from what to what, by whom in which role, when, why, and which version it made."""

    old: Answer
    new: Answer
    by_name: str
    by_role: str
    at: datetime
    reason: str
    version: int
    kind: str
    recorded_at: datetime


def item_history(form: Form, path: str) -> tuple[ItemChange, ...]:
    """Return every change of one item, the first entry first."""
    with connection.cursor() as cursor:
        cursor.execute(HISTORY_SQL, {"form": str(form.pk), "path": path})
        return tuple(
            ItemChange(
                old=_answer(old),
                new=_answer(new),
                by_name=name,
                by_role=role,
                at=at,
                reason=reason,
                version=version,
                kind=kind,
                recorded_at=recorded_at,
            )
            for old, new, name, role, at, reason, version, kind, recorded_at in cursor.fetchall()
        )


def answers_at(form: Form, version: int) -> dict[str, Answer] | None:
    """Return the answers of an earlier version of the form, from the trail; None where there was no such version."""
    if version == 0:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(VERSION_SQL, [str(form.pk), version])
        found = cursor.fetchone()
    return None if found is None else {path: Answer.from_json(said) for path, said in json.loads(found[0]).items()}


def last_changed(form: Form) -> tuple[str, datetime] | None:
    """Return who changed the form last, and when; None for a form nobody has touched."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_SQL, [str(form.pk)])
        found = cursor.fetchone()
    return (found[0], found[1]) if found else None


def _answer(text: str | None) -> Answer:
    said: Mapping[str, object] = json.loads(text) if text else {}
    return Answer.from_json(said) if said else BLANK
