"""Judging subjects and keeping what was found. Verdicts are derived: no event is recorded of them.

Everything here is recomputed from the answers at any time; whoever decides on a verdict judges again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import User
from audit.door import as_actor
from casebook.models import Form, Subject
from casebook.ports import after_change
from casebook.selectors.records import read_once
from eligibility.actions.revoking import follow
from eligibility.kept import kept
from eligibility.models import CriterionVerdict
from eligibility.selectors.judged import AFTER_THE_GATE, Judged, is_judged_by, judged_many, read_reviews

# One statement for any number of verdicts; a row that says the same is not touched, not even locked. The subjects are
# named once more where their rows are read: by the wall alone, every verdict of the site would be looked through.
KEEP_SQL = """
INSERT INTO eligibility_criterionverdict
       (subject_id, site_id, criterion, verdict, reviewed, reason, evidence, needs, valid_until, judged_on, judged_at)
SELECT judged.*, %(at)s
  FROM jsonb_to_recordset(%(rows)s) AS judged(subject_id uuid, site_id integer, criterion text, verdict text, reviewed text,
       reason jsonb, evidence jsonb, needs jsonb, valid_until date, judged_on date)
  LEFT JOIN (SELECT * FROM eligibility_criterionverdict WHERE subject_id = ANY(%(subjects)s)) AS kept
       USING (subject_id, criterion)
 WHERE kept.subject_id IS NULL
    OR (kept.verdict, kept.reviewed, kept.reason, kept.evidence, kept.needs, kept.judged_on)
       IS DISTINCT FROM
       (judged.verdict, judged.reviewed, judged.reason, judged.evidence, judged.needs, judged.judged_on)
    OR kept.valid_until IS DISTINCT FROM judged.valid_until
    ON CONFLICT (subject_id, criterion) DO UPDATE
   SET verdict = excluded.verdict, reviewed = excluded.reviewed, reason = excluded.reason,
       evidence = excluded.evidence, needs = excluded.needs, valid_until = excluded.valid_until, judged_on = excluded.judged_on, judged_at = excluded.judged_at
"""
CHUNK = 50  # subjects judged, locked and kept at a time: bounds memory and how long a lock is held


def rejudge(subject: Subject, *, form: Form | None, by: User, at: datetime) -> None:
    """Judge a subject whose casebook changed. Called by the casebook inside the action that holds the subject's lock."""
    if form is not None and form.site_id == subject.site_id and "site" in form._state.fields_cache:
        subject.site = form.site  # read by the action already
    if subject.stage in AFTER_THE_GATE and form is not None and not is_judged_by(form):
        return
    for judged in keep([subject], at=at):
        follow(judged, by=by, at=at)


def rejudge_subjects(subjects: Iterable[Subject], *, by: User, at: datetime) -> int:
    """Judge these subjects anew, each as of the day at its site; return how many there were."""
    chosen = sorted({subject.pk for subject in subjects})
    for start in range(0, len(chosen), CHUNK):
        with as_actor(by):  # a transaction of its own, so that no save waits for thousands of others
            # Locked in one order, and before the answers are read: a save at the same time is judged after it.
            rows = Subject.objects.select_for_update(no_key=True, of=("self",)).select_related("site").order_by("pk")
            for judged in keep(list(rows.filter(pk__in=chosen[start : start + CHUNK])), at=at):
                follow(judged, by=by, at=at)
    return len(chosen)


def follow_reference(subjects: Iterable[Subject], *, by: User, at: datetime) -> int:
    """Let every app follow changed reference data, for these subjects, and keep that they were judged; return how many."""
    chosen = sorted({subject.pk for subject in subjects})
    for start in range(0, len(chosen), CHUNK):
        with as_actor(by):  # a chunk that is done stays done, whatever becomes of the worker
            rows = Subject.objects.select_for_update(no_key=True, of=("self",)).select_related("site").order_by("pk")
            for subject in rows.filter(pk__in=chosen[start : start + CHUNK]):
                read_once(subject)
                after_change(subject, form=None, by=by, at=at)
            CriterionVerdict.objects.filter(subject__in=chosen[start : start + CHUNK]).update(judged_at=at)
    return len(chosen)


def keep(subjects: list[Subject], *, at: datetime) -> list[Judged]:
    """Judge these subjects, of which the caller holds the locks, and keep the verdicts with what reviews settled."""
    found = list(judged_many(subjects, at=at).values())
    read_reviews(found)
    rows = [row for judged in found for row in _rows(judged)]
    with connection.cursor() as cursor:
        cursor.execute(KEEP_SQL, {"at": at, "rows": json.dumps(rows), "subjects": [each.pk for each in subjects]})
    return found


def _rows(judged: Judged) -> Iterator[Mapping[str, Any]]:
    subject = judged.subject
    said = {"subject_id": str(subject.pk), "site_id": subject.site_id, "judged_on": judged.on.isoformat()}
    for code, judgement in judged.judgements.items():
        stands = judged.stands(code)
        reviewed = "" if stands is judgement.verdict else stands.value
        yield {**said, "criterion": code, "reviewed": reviewed, **kept(judgement)}
