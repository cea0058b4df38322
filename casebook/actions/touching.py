"""Judging again whom a change of reference data touches: a few within the change, many by a worker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.system import system_actor
from audit.door import as_actor
from casebook.models import Subject
from casebook.ports import after_change
from casebook.selectors.records import read_once

JUDGED_AT_ONCE = 50  # subjects; more of them are judged by a worker, so that nobody waits at the page


def judge_touched(
    touched: QuerySet[Subject], *, at: datetime, only: Iterable[Subject] | None = None, later: bool = True
) -> tuple[Subject, ...]:
    """Judge these subjects again, of whatever sites; return them. More than JUDGED_AT_ONCE are left to a worker.

    A worker that dies leaves the rest to the next, who finds them by the moment of the change: without `later`, where
    no such moment is kept, all are judged now. Whoever only foresees the change says which subjects to judge.
    """
    # Reference data touch subjects of every site, also of those that whoever changes them does not see.
    judge = system_actor("eligibility")
    with as_actor(judge):
        if later and only is None and touched.count() > JUDGED_AT_ONCE:
            transaction.on_commit(_wake_judge, robust=True)
            return tuple(touched)
        subjects = _locked(touched) if only is None else tuple(only)
        for subject in subjects:
            read_once(subject)
            after_change(subject, form=None, by=judge, at=at)
    return subjects


def _locked(touched: QuerySet[Subject]) -> tuple[Subject, ...]:
    """Lock them in one order, before their answers are read: a save at the same time is judged after it."""
    return tuple(touched.select_for_update(no_key=True, of=("self",)).select_related("site").order_by("pk"))


def _wake_judge() -> None:
    """Wake the judge now; where the queue does not answer, the clock wakes it within the hour."""
    current_app.send_task(settings.CASEBOOK_JUDGES_LATER, retry=False, ignore_result=True)
