"""Reads of reference data: laboratories, and which subjects a range touches."""

from __future__ import annotations

from collections.abc import Collection

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
    return touched_by_any([laboratory.code])


def touched_by_any(codes: Collection[str]) -> QuerySet[Subject]:
    """Return the subjects who have a result of any of these laboratories; of the sites of whoever acts."""
    return Subject.objects.filter(pk__in=Form.objects.filter(naming(codes)).values("subject_id")).order_by("pk")


def naming(codes: Collection[str]) -> Q:
    """Return the condition of a form that names one of these laboratories."""
    named = Q(pk=None)
    for item in laboratory_items():
        named |= Q(**{f"answers__{item}__value__in": list(codes)})
    return named


def laboratory_items() -> set[str]:
    """Return the names of the items that say of which laboratory a result is."""
    return {item.name for crf in TRIAL.crfs for item in crf.items if isinstance(item, LaboratoryChoice)}
