"""Laboratories, ranges and factors: through the door, in their own stream; who is touched is judged again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from audit.decision import Refusal
from audit.door import action, record
from casebook.actions.touching import judge_touched
from casebook.models import ConversionFactor, Laboratory, ReferenceRange, Subject
from casebook.rules.reference import (
    in_place_of,
    may_add_conversion,
    may_add_laboratory,
    may_confirm_range,
    may_correct_range,
    may_propose_range,
    may_withdraw_conversion,
    may_withdraw_range,
)
from casebook.selectors.reference import touched_by
from protocol.words import N_, sentence

STREAM = "reference"
FASTER = N_("Somebody else has just proposed a range that overlaps with this one. Look at the laboratory again.")


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
    return _proposed(
        ReferenceRange(
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
        ),
        by=by,
        at=at,
    )


@action(may_correct_range)
def correct_range(
    held: ReferenceRange,
    *,
    by: User,
    at: datetime,
    reason: str,
    low: Decimal | None,
    high: Decimal | None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    note: str | None = None,
) -> ReferenceRange:
    """Propose a range in place of this one, which stays on record; it is judged by once it is confirmed."""
    return _proposed(
        in_place_of(
            held,
            low=low,
            high=high,
            valid_from=valid_from or held.valid_from,
            valid_to=valid_to,
            note=held.note if note is None else note,
            reason=reason.strip(),
        ),
        by=by,
        at=at,
    )


@action(may_confirm_range)
def confirm_range(
    held: ReferenceRange, *, by: User, at: datetime, only: Iterable[Subject] | None = None
) -> tuple[Subject, ...]:
    """Confirm a proposed range; the one it replaces leaves. Return the subjects judged again because of it.

    Many are judged by a worker. Whoever only foresees it says which subjects to judge; nothing of that is kept.
    """
    if held.replaces is not None:
        held.replaces.left_at, held.replaces.left_by_id = at, by.pk
        held.replaces.save(update_fields=["left_at", "left_by"])
    held.confirmed_at, held.confirmed_by_id = at, by.pk
    _save(held, update_fields=["confirmed_at", "confirmed_by"])
    kind = "casebook.range.corrected" if held.replaces_id else "casebook.range.confirmed"
    record(kind, stream=STREAM, by=by, at=at, reason=held.reason, facts=_facts(held))
    return judge_touched(touched_by(held.laboratory), at=at, only=only)


@action(may_withdraw_range)
def withdraw_range(held: ReferenceRange, *, by: User, at: datetime, reason: str) -> ReferenceRange:
    """Take a proposal back that nobody confirmed; it stays on record."""
    held.left_at, held.left_by_id = at, by.pk
    held.save(update_fields=["left_at", "left_by"])
    record("casebook.range.withdrawn", stream=STREAM, by=by, at=at, reason=reason.strip(), facts=_facts(held))
    return held


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
    only: Iterable[Subject] | None = None,
) -> ConversionFactor:
    """Add a factor the laboratory itself gives between two units of an analyte; its subjects are judged again."""
    made = ConversionFactor.objects.create(
        laboratory=laboratory, analyte=analyte, unit_from=unit_from, unit_to=unit_to, factor=factor
    )
    record("casebook.conversion.added", stream=STREAM, by=by, at=at, facts=_facts_of_factor(made))
    judge_touched(touched_by(laboratory), at=at, only=only, later=False)
    return made


@action(may_withdraw_conversion)
def withdraw_conversion(
    held: ConversionFactor, *, by: User, at: datetime, reason: str, only: Iterable[Subject] | None = None
) -> ConversionFactor:
    """Withdraw a wrong factor: it stays on record, nothing is judged by it, and its subjects are judged again."""
    held.withdrawn_at, held.withdrawn_by, held.withdrawn_because = at, by, reason.strip()
    held.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    facts = _facts_of_factor(held)
    record("casebook.conversion.withdrawn", stream=STREAM, by=by, at=at, reason=reason.strip(), facts=facts)
    judge_touched(touched_by(held.laboratory), at=at, only=only, later=False)
    return held


def _facts_of_factor(held: ConversionFactor) -> Mapping[str, Any]:
    return {
        "laboratory": held.laboratory.code,
        "analyte": held.analyte,
        "from": held.unit_from,
        "to": held.unit_to,
    }


def _proposed(held: ReferenceRange, *, by: User, at: datetime) -> ReferenceRange:
    held.proposed_at, held.proposed_by_id = at, by.pk
    _save(held, force_insert=True)
    record("casebook.range.proposed", stream=STREAM, by=by, at=at, reason=held.reason, facts=_facts(held))
    return held


def _save(held: ReferenceRange, **how: Any) -> None:
    try:
        with transaction.atomic():
            held.save(**how)
    except IntegrityError as fault:  # somebody else was faster than the rule
        if "range_without_overlap" in str(fault) or "range_one_correction" in str(fault):
            raise Refusal(sentence(FASTER)) from fault
        raise


def _facts(held: ReferenceRange) -> Mapping[str, Any]:
    said = {"range": held.pk, "laboratory": held.laboratory.code, "analyte": held.analyte, "unit": held.unit}
    return {**said, "replaces": held.replaces_id} if held.replaces_id else said
