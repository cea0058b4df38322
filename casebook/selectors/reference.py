"""Reads of reference data: laboratories, and which subjects a range touches."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from casebook.models import Form, Laboratory, ReferenceRange, Subject
from protocol.language import LaboratoryChoice
from protocol.trial import TRIAL

IN_FORCE = Q(left_at__isnull=True, confirmed_at__isnull=False)


def laboratories() -> QuerySet[Laboratory]:
    """Return all laboratories in the order they are offered."""
    return Laboratory.objects.order_by("name", "code")


def ranges_in_force() -> QuerySet[ReferenceRange]:
    """Return the ranges that are judged by."""
    return ReferenceRange.objects.filter(IN_FORCE)


def ranges_to_come() -> QuerySet[ReferenceRange]:
    """Return the ranges that stand once everything that waits is confirmed: a correction instead of what it replaces."""
    corrected = ReferenceRange.objects.filter(replaces=OuterRef("pk"), left_at__isnull=True)
    return ReferenceRange.objects.filter(~Exists(corrected), left_at__isnull=True)


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
