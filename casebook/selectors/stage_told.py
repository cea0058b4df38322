"""How far a subject has come, as a user may know it: the stage tells what the site saw on scans still to be read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When

from accounts.models import User
from casebook.models import Subject
from casebook.selectors.sight import unread_scans
from casebook.states import BEFORE_RANDOMIZATION, RANDOMIZED, Stage

# A withdrawal of consent tells nothing of a scan; whoever was a screen failure is in screening for who still reads.
NEUTRAL: Mapping[str, Stage] = {
    **{stage.value: Stage.SCREENING for stage in BEFORE_RANDOMIZATION},
    **{stage.value: Stage.RANDOMIZED for stage in RANDOMIZED},
    Stage.WITHDRAWN.value: Stage.WITHDRAWN,
}


def is_stage_kept(subject: Subject, user: User) -> bool:
    """Whether the user has scans of this subject to read a second time. No query, but for second readers."""
    unread = unread_scans(user)
    return unread is not None and unread.filter(subject=subject).exists()


def as_told(stage: str, *, kept: bool) -> Stage:
    """Return a stage as it is told: a neutral one where it is kept."""
    return NEUTRAL[stage] if kept else Stage(stage)


def stage_told(subject: Subject, user: User) -> Stage:
    """Return the stage as this user may know it: in screening or randomized, while scans wait to be read again."""
    return as_told(subject.stage, kept=is_stage_kept(subject, user))


def stages_told(subjects: Iterable[Subject], user: User) -> dict[UUID, Stage]:
    """Return the stage of each of these subjects as this user may know it. No query, but one for second readers."""
    known, unread = list(subjects), unread_scans(user)
    kept: set[Any] = set()
    if unread is not None and known:
        kept = set(unread.filter(subject__in=known).order_by().values_list("subject", flat=True))
    return {each.pk: as_told(each.stage, kept=each.pk in kept) for each in known}


def with_stage_told(subjects: QuerySet[Subject], user: User) -> QuerySet[Subject]:
    """Return the subjects with `told`, the stage to narrow and to order them by: what is kept must not be found either."""
    unread = unread_scans(user)
    if unread is None:
        return subjects.alias(told=F("stage"))
    kept = Q(pk__in=unread.order_by().values("subject"))
    cases = [When(kept & Q(stage=stage), then=Value(told.value)) for stage, told in NEUTRAL.items()]
    return subjects.alias(told=Case(*cases, default=F("stage"), output_field=CharField()))
