"""Laboratories, ranges and factors: through the door, in their own stream; who is touched is judged again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from accounts.system import system_actor
from audit.door import action, as_actor, record
from casebook.models import ConversionFactor, Laboratory, ReferenceRange, Subject
from casebook.ports import after_change
from casebook.rules.reference import (
    may_add_conversion,
    may_add_laboratory,
    may_confirm_range,
    may_correct_range,
    may_propose_range,
)
from casebook.selectors.reference import touched_by

STREAM = "reference"


@action(may_add_laboratory, creates=True)
def add_laboratory(target: None, *, by: User, at: datetime, code: str, name: str) -> Laboratory:
    """Add a laboratory to the list that results are entered under."""
    laboratory = Laboratory.objects.create(code=code, name=name)
    record("casebook.laboratory.added", stream=STREAM, by=by, at=at, facts={"laboratory": code})
    return laboratory


@action(may_propose_range)
def propose_range(
    laboratory: Laboratory,
    *,
    by: User,
    at: datetime,
    analyte: str,
    unit: str,
    valid_from: date,
    valid_to: date | None = None,
    sex: str = "",
    low: Decimal | None = None,
    high: Decimal | None = None,
    method: str = "",
    age_from: int | None = None,
    age_to: int | None = None,
    note: str = "",
) -> ReferenceRange:
    """Propose a range, from the laboratory's document; it is judged by once it is confirmed."""
    held = ReferenceRange.objects.create(
        laboratory=laboratory,
        analyte=analyte,
        unit=unit,
        valid_from=valid_from,
        valid_to=valid_to,
        sex=sex,
        low=low,
        high=high,
        method=method,
        age_from=age_from,
        age_to=age_to,
        note=note,
        proposed_at=at,
        proposed_by_id=by.pk,
    )
    record("casebook.range.proposed", stream=STREAM, by=by, at=at, facts=_facts(held))
    return held


@action(may_confirm_range)
def confirm_range(held: ReferenceRange, *, by: User, at: datetime) -> tuple[Subject, ...]:
    """Confirm a proposed range; return the subjects judged again because of it."""
    held.confirmed_at, held.confirmed_by_id = at, by.pk
    held.save(update_fields=["confirmed_at", "confirmed_by"])
    record("casebook.range.confirmed", stream=STREAM, by=by, at=at, facts=_facts(held))
    return _judged_again(held, at=at)


@action(may_correct_range)
def correct_range(
    held: ReferenceRange,
    *,
    by: User,
    at: datetime,
    reason: str,
    low: Decimal | None,
    high: Decimal | None,
    valid_to: date | None = None,
) -> tuple[Subject, ...]:
    """Correct the limits or the last day of a range; return the subjects judged again because of it."""
    held.low, held.high, held.valid_to = low, high, valid_to
    held.save(update_fields=["low", "high", "valid_to"])
    record("casebook.range.corrected", stream=STREAM, by=by, at=at, reason=reason.strip(), facts=_facts(held))
    return _judged_again(held, at=at)


@action(may_add_conversion)
def add_conversion(
    laboratory: Laboratory,
    *,
    by: User,
    at: datetime,
    analyte: str,
    unit_from: str,
    unit_to: str,
    factor: Decimal,
) -> ConversionFactor:
    """Add a factor the laboratory itself gives between two units of an analyte."""
    made = ConversionFactor.objects.create(
        laboratory=laboratory, analyte=analyte, unit_from=unit_from, unit_to=unit_to, factor=factor
    )
    facts = {"laboratory": laboratory.code, "analyte": analyte, "from": unit_from, "to": unit_to}
    record("casebook.conversion.added", stream=STREAM, by=by, at=at, facts=facts)
    return made


def _facts(held: ReferenceRange) -> Mapping[str, Any]:
    return {"range": held.pk, "laboratory": held.laboratory.code, "analyte": held.analyte, "unit": held.unit}


def _judged_again(held: ReferenceRange, *, at: datetime) -> tuple[Subject, ...]:
    # A range touches subjects of every site, also of those that whoever corrects it does not see.
    judge = system_actor("eligibility")
    with as_actor(judge):
        touched = tuple(touched_by(held))
        for subject in touched:
            after_change(subject, form=None, by=judge, at=at)
    return touched
