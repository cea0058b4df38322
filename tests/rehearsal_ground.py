"""The cast of the demonstration, and subjects walked by it, for tests that need a whole screening."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.system import system_actor
from audit.door import as_actor
from casebook.actions.marks import sign_form
from casebook.models import Form
from casebook.selectors.signing import unsigned
from eligibility.actions import rejudge_subjects
from eligibility.models import CriterionVerdict
from protocol.roles import Role
from rehearsal.cast import Cast, assemble
from rehearsal.walk import Course, Walk, a_screened_subject


def a_cast(*, at: datetime | None = None) -> Cast:
    """Return sites and people."""
    return assemble(at=at or timezone.now())


def a_passing_subject(cast: Cast, seed: str = "test", **course: object) -> Walk:
    """Return a subject that passes every criterion today, unless its course says otherwise."""
    now = timezone.now()
    here = a_screened_subject(cast, Course(seed, **course), at=now)
    judge_today(here, at=now)
    return here


def judge_today(here: Walk, *, at: datetime) -> None:
    """Judge as of now: the walk itself lies some days back."""
    judge = system_actor("eligibility")
    with as_actor(judge):
        rejudge_subjects([here.subject], by=judge, at=at)


@contextmanager
def taken_back() -> Iterator[None]:
    """Undo at the end whatever a test did to a ground that it shares with others."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def judging() -> Iterator[None]:
    """Look into the tables as the judge does."""
    with as_actor(system_actor("eligibility")):
        yield


def kept_verdicts(walk: Walk) -> dict[str, str]:
    """Return the verdicts as the board shows them."""
    with judging():
        return dict(CriterionVerdict.objects.filter(subject=walk.subject).values_list("criterion", "verdict"))


def kept_verdict(walk: Walk, code: str) -> CriterionVerdict:
    """Return one kept verdict."""
    with judging():
        return CriterionVerdict.objects.get(subject=walk.subject, criterion=code)


def sign_readings(walk: Walk) -> None:
    """Let the investigator sign every reading that nobody signed as it stands."""
    investigator = walk.one(Role.PRINCIPAL_INVESTIGATOR)
    with as_actor(investigator):
        forms = Form.objects.filter(subject=walk.subject, crf="TA").select_related("subject__site", "site", "visit")
        waiting = list(unsigned(forms))
    for form in waiting:
        sign_form(form, by=investigator, at=timezone.now())
