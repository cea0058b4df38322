"""What a second reader signed first, from the trail: the reading made blind stays what is compared, whatever came later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection

from casebook.models import Form
from casebook.paths import titled
from casebook.selectors.records import answers_of
from casebook.words import answer_in_words, said
from protocol.record import BLANK, Answer, FormRecord
from protocol.trial import TRIAL

# Of each form that its author changed after the first signature: the answers signed first, and the last change since.
FIRST_SQL = """
SELECT f.id,
       (SELECT (c.new::jsonb -> 'answers')::text FROM audit_change c
         WHERE c.row_id = f.id::text AND c.table_name = 'casebook_form'
           AND (c.new::jsonb ->> 'version')::integer = s.form_version ORDER BY c.id LIMIT 1),
       (SELECT max(c.id) FROM audit_change c
         WHERE c.row_id = f.id::text AND c.table_name = 'casebook_form'
           AND (c.new::jsonb ->> 'version')::integer > s.form_version)
  FROM casebook_form f
 CROSS JOIN LATERAL (SELECT form_version FROM accounts_signature
                      WHERE about_kind = 'form' AND about_id = f.id AND signer_id = f.entered_by_id
                      ORDER BY form_version LIMIT 1) s
 WHERE f.id = ANY(%s::uuid[]) AND f.version > s.form_version
"""
# A reading that was complete once may have been seen then, whatever its state is now.
COMPLETE_SQL = """
SELECT c.row_id, min(c.id) FROM audit_change c
 WHERE c.row_id = ANY(%s) AND c.table_name = 'casebook_form' AND c.new::jsonb ->> 'state' = 'complete'
 GROUP BY c.row_id
"""


@dataclass(frozen=True)
class SignedFirst:
    """The answers as first signed, and the place in the trail of the last change since."""

    answers: Mapping[str, Answer]
    changed: int


@dataclass(frozen=True)
class Later:
    """One item that is not what was signed first, in words."""

    title: str
    old: str
    new: str


def signed_first(forms: Iterable[Form]) -> dict[UUID, SignedFirst]:
    """Return what was signed first of those forms that were changed since. One query, none without forms."""
    if not (keys := [str(form.pk) for form in forms]):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(FIRST_SQL, [keys])
        found = cursor.fetchall()
    return {
        key: SignedFirst({path: Answer.from_json(each) for path, each in json.loads(answers or "{}").items()}, changed)
        for key, answers, changed in found
    }


def complete_since(forms: Iterable[str]) -> dict[str, int]:
    """Return the place in the trail where each of these forms was complete for the first time. One query, or none."""
    if not (keys := list(forms)):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(COMPLETE_SQL, [keys])
        return dict(cursor.fetchall())


def as_signed_first(record: FormRecord, first: SignedFirst) -> FormRecord:
    """Return the reading as it was signed first, of the scan it is laid beside."""
    return replace(record, answers={**first.answers, "scan_on": record.answer("scan_on")})


def changed_later(form: Form, first: SignedFirst) -> tuple[Later, ...]:
    """Return every item that is not what was signed first. No query."""
    now = answers_of(form)
    paths = sorted(path for path in now.keys() | first.answers.keys() if _differs(path, first.answers, now))
    crf = TRIAL.crf(form.crf)
    return tuple(
        Later(
            said(titled(crf, path)),
            answer_in_words(crf.item(path), first.answers.get(path, BLANK)),
            answer_in_words(crf.item(path), now.get(path, BLANK)),
        )
        for path in paths
    )


def _differs(path: str, first: Mapping[str, Answer], now: Mapping[str, Answer]) -> bool:
    return first.get(path, BLANK) != now.get(path, BLANK)
