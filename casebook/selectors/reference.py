"""Reads of reference data: laboratories, and which subjects a range touches."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from casebook.models import Form, Laboratory, ReferenceRange, Subject
from protocol.language import LaboratoryChoice
from protocol.trial import TRIAL

IN_FORCE = Q(left_at__isnull=True, confirmed_at__isnull=False)
STANDS = Q(left_at__isnull=True) & (Q(confirmed_at__isnull=False) | Q(replaces__isnull=True))


def laboratories() -> QuerySet[Laboratory]:
    """Return all laboratories in the order they are offered."""
    return Laboratory.objects.order_by("name", "code")


def standing_ranges() -> QuerySet[ReferenceRange]:
    """Return the ranges that no other may overlap: in force, or proposed as new."""
    return ReferenceRange.objects.filter(STANDS)


def touched_by(laboratory: Laboratory) -> QuerySet[Subject]:
    """Return the subjects who have a result of this laboratory; of the sites of whoever acts."""
    code = laboratory.code
    named = Q(pk=None)
    for item in _laboratory_items():
        named |= Q(**{f"answers__{item}__value": code})
    return Subject.objects.filter(pk__in=Form.objects.filter(named).values("subject_id")).order_by("pk")


def _laboratory_items() -> set[str]:
    return {item.name for crf in TRIAL.crfs for item in crf.items if isinstance(item, LaboratoryChoice)}
