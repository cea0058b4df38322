"""Rules over reference data: laboratories, ranges, factors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, term
from audit.decision import YES, Decision, no
from casebook.models import ConversionFactor, Laboratory, ReferenceRange
from casebook.rules.wording import TOO_LONG, may_say
from casebook.selectors.reference import ranges_in_force, ranges_to_come
from protocol.facts import NUMBERS
from protocol.units import NEVER_CONVERTED, NO_FACTOR_EVER
from protocol.words import N_

SEXES = ("", "male", "female")
LONGEST_REASON = 500
ENDS_FIRST = N_(
    "It overlaps with the range for %(analyte)s from %(start)s, whose correction waits. Confirm the correction first, "
    "or both together."
)
WITHDRAWN = N_("This proposal was withdrawn already.")


def _units() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for item in NUMBERS.values():
        if item.analyte:
            found[item.analyte] = tuple(dict.fromkeys((*found.get(item.analyte, ()), *(item.units or ("",)))))
    return found


UNITS: Mapping[str, tuple[str, ...]] = _units()  # by analyte, the units it is entered in; "" for a pure number
KNOWN = ", ".join(UNITS)


def may_add_laboratory(user: User, target: None, *, code: str) -> Decision:
    """Whether the user may add a laboratory to the list."""
    if not (decision := may_somewhere(user, Permission.RANGE_PROPOSE)):
        return decision
    if Laboratory.objects.filter(code=code).exists():
        return no(N_("There is a laboratory %(code)s already."), code=code)
    return YES


def may_propose_range(
    user: User,
    laboratory: Laboratory,
    *,
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
) -> Decision:
    """Whether this range may be proposed: in itself right, and overlapping no other of its kind."""
    if not (decision := may_somewhere(user, Permission.RANGE_PROPOSE)):
        return decision
    if not (decision := is_in_order(low=low, high=high, valid_from=valid_from, valid_to=valid_to, sex=sex)):
        return decision
    if age_from is not None and age_to is not None and age_from > age_to:
        return no(N_("The age begins at %(start)s and ends at %(to)s; nobody is both."), start=age_from, to=age_to)
    return overlaps_nothing(
        ReferenceRange(
            laboratory=laboratory,
            analyte=analyte,
            unit=unit,
            method=method,
            sex=sex,
            age_from=age_from,
            age_to=age_to,
            valid_from=valid_from,
            valid_to=valid_to,
        )
    )


def is_in_order(
    *, low: Decimal | None, high: Decimal | None, valid_from: date, valid_to: date | None, sex: str = ""
) -> Decision:
    """Whether limits and days of a range make sense by themselves."""
    if low is None and high is None:
        return no(N_("A reference range has a lower limit, an upper limit, or both."))
    if (below := next((each for each in (low, high) if each is not None and each < 0), None)) is not None:
        return no(N_("The limit %(limit)s is below 0, as no result is."), limit=below)
    if low is not None and high is not None and low > high:
        return no(N_("The lower limit %(low)s is above the upper limit %(high)s."), low=low, high=high)
    if valid_to is not None and valid_to < valid_from:
        return no(N_("The range ends on %(to)s, before it begins on %(start)s."), to=valid_to, start=valid_from)
    if sex not in SEXES:
        return no(N_("A range is for male, for female, or with no entry for both; not for %(sex)s."), sex=sex)
    return YES


def may_confirm_range(user: User, held: ReferenceRange) -> Decision:
    """Whether the user may confirm a proposed range that overlaps with none in force."""
    if not (decision := may_begin_confirming(user, held)):
        return decision
    if (other := _first_overlapping(held, ranges_in_force())) is None:
        return YES
    if other.corrections.filter(left_at__isnull=True).exists():
        return no(ENDS_FIRST, analyte=term(other.analyte), start=other.valid_from)
    return overlap(held.laboratory, other)


def may_begin_confirming(user: User, held: ReferenceRange) -> Decision:
    """Whether a proposed range waits for this user: a principal investigator, never who proposed it."""
    if not (decision := may_somewhere(user, Permission.RANGE_CONFIRM)):
        return decision
    if held.left_at is not None:
        return no(WITHDRAWN)
    if held.confirmed_at is not None:
        return no(N_("This range was confirmed already."))
    if held.proposed_by_id == user.pk and not user.is_system:
        return no(N_("Whoever proposed a range does not confirm it. Ask a principal investigator."))
    return YES


def may_correct_range(
    user: User,
    held: ReferenceRange,
    *,
    reason: str,
    low: Decimal | None,
    high: Decimal | None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Decision:
    """Whether a range may be proposed that replaces this one: other limits, or other days it is valid."""
    if not (decision := may_somewhere(user, Permission.RANGE_PROPOSE)):
        return decision
    if not (decision := may_be_corrected(held)):
        return decision
    if not (decision := may_say(reason, otherwise=N_("Say why the range is corrected, and from which document."))):
        return decision
    if len(reason.strip()) > LONGEST_REASON:
        return no(TOO_LONG, count=len(reason.strip()), most=LONGEST_REASON)
    start = valid_from or held.valid_from
    if not (decision := is_in_order(low=low, high=high, valid_from=start, valid_to=valid_to)):
        return decision
    if (low, high, start, valid_to) == (held.low, held.high, held.valid_from, held.valid_to):
        return no(N_("Nothing of this range is changed."))
    return overlaps_nothing(in_place_of(held, valid_from=start, valid_to=valid_to))


def in_place_of(held: ReferenceRange, **said: Any) -> ReferenceRange:
    """Return a range, not kept yet, for the same measurement and people as this one, which it replaces."""
    return ReferenceRange(
        laboratory=held.laboratory,
        analyte=held.analyte,
        unit=held.unit,
        sex=held.sex,
        method=held.method,
        age_from=held.age_from,
        age_to=held.age_to,
        replaces=held,
        **said,
    )


def may_be_corrected(held: ReferenceRange) -> Decision:
    """Whether the range is one that a correction can replace now."""
    if held.left_at is not None:
        return no(N_("This range was replaced or withdrawn already. Correct the one that stands now."))
    if held.confirmed_at is None:
        return no(N_("This range is not confirmed yet. Withdraw it, and propose it as it should be."))
    if held.corrections.filter(left_at__isnull=True).exists():
        return no(N_("A correction of this range waits to be confirmed already. Withdraw it first."))
    return YES


def may_withdraw_range(user: User, held: ReferenceRange, *, reason: str) -> Decision:
    """Whether a proposal may be withdrawn: one that nobody confirmed."""
    if not (decision := may_reject_ranges(user)):
        return decision
    if held.left_at is not None:
        return no(WITHDRAWN)
    if held.confirmed_at is not None:
        return no(N_("This range was confirmed already. Correct it, or give it a last day."))
    return may_say(reason, otherwise=N_("Say why the proposal is withdrawn."))


def may_reject_ranges(user: User) -> Decision:
    """Whether the user takes part in proposing or confirming: either may take a proposal back."""
    return YES if user.holds_anywhere(Permission.RANGE_CONFIRM) else may_somewhere(user, Permission.RANGE_PROPOSE)


def is_known(analyte: str, unit: str) -> Decision:
    """Whether some form of the trial asks for this analyte, and in this unit."""
    if analyte not in UNITS:
        return no(
            N_("No form of the trial asks for %(analyte)s. Analytes are: %(known)s."), analyte=analyte, known=KNOWN
        )
    units = UNITS[analyte]
    if unit not in units:
        known = ", ".join(units) or "-"
        return no(
            N_("%(analyte)s is not entered in the unit “%(unit)s”. Its units are: %(known)s."),
            analyte=term(analyte),
            unit=unit,
            known=known,
        )
    return YES


def overlaps_nothing(held: ReferenceRange) -> Decision:
    """Whether no other range to come is of the same kind, people and days; the one it replaces does not count."""
    other = _first_overlapping(held, ranges_to_come())
    return overlap(held.laboratory, other) if other else YES


def _first_overlapping(held: ReferenceRange, among: QuerySet[ReferenceRange]) -> ReferenceRange | None:
    same = among.filter(laboratory=held.laboratory, analyte=held.analyte, unit=held.unit, method=held.method)
    others = same.exclude(pk__in=[key for key in (held.pk, held.replaces_id) if key])
    together = _overlapping(held.valid_from, held.valid_to, held.sex, held.age_from, held.age_to)
    return others.filter(together).order_by("valid_from", "pk").first()


def may_add_conversion(
    user: User, laboratory: Laboratory, *, analyte: str, unit_from: str, unit_to: str, factor: Decimal
) -> Decision:
    """Whether the laboratory's own factor between two units may be added."""
    if not (decision := may_somewhere(user, Permission.RANGE_PROPOSE)):
        return decision
    if analyte in NEVER_CONVERTED:
        return no(NO_FACTOR_EVER, analyte=term(analyte), unit_from=unit_from, unit_to=unit_to)
    if factor <= 0 or unit_from == unit_to:
        return no(N_("A factor is above zero and leads from one unit to another."))
    same = ConversionFactor.objects.filter(laboratory=laboratory, analyte=analyte, unit_from=unit_from, unit_to=unit_to)
    if same.filter(withdrawn_at__isnull=True).exists():
        return no(
            N_("%(laboratory)s has a factor for %(analyte)s from %(unit_from)s to %(unit_to)s already."),
            laboratory=laboratory.code,
            analyte=term(analyte),
            unit_from=unit_from,
            unit_to=unit_to,
        )
    return YES


def may_withdraw_conversion(user: User, held: ConversionFactor, *, reason: str) -> Decision:
    """Whether a factor may be withdrawn: by whoever may add one."""
    if not (decision := may_somewhere(user, Permission.RANGE_PROPOSE)):
        return decision
    if held.withdrawn_at is not None:
        return no(N_("This factor was withdrawn already."))
    if len(reason.strip()) > LONGEST_REASON:
        return no(TOO_LONG, count=len(reason.strip()), most=LONGEST_REASON)
    return may_say(reason, otherwise=N_("Say why the factor is withdrawn."))


def may_somewhere(user: User, permission: Permission) -> Decision:
    """Whether any role of the user includes this; reference data belongs to no site."""
    return YES if user.holds_anywhere(permission) else may(user, permission, None)


def _overlapping(valid_from: date, valid_to: date | None, sex: str, age_from: int | None, age_to: int | None) -> Q:
    together = Q(valid_to__isnull=True) | Q(valid_to__gte=valid_from)
    together &= Q(age_to__isnull=True) | Q(age_to__gte=age_from or 0)
    if valid_to is not None:
        together &= Q(valid_from__lte=valid_to)
    if age_to is not None:
        together &= Q(age_from__isnull=True) | Q(age_from__lte=age_to)
    return together & Q(sex__in=("", sex)) if sex else together


def overlap(laboratory: Laboratory, other: ReferenceRange) -> Decision:
    """Return the refusal that names the range in the way."""
    message = N_(
        "%(laboratory)s has a range for %(analyte)s in %(unit)s from %(start)s already, and it overlaps with this one. "
        "Give the earlier one a last day first."
    )
    return no(message, laboratory=laboratory.code, analyte=term(other.analyte), unit=other.unit, start=other.valid_from)
