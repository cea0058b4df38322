"""Rules over reference data: laboratories, ranges, factors."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Q

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, term
from audit.decision import YES, Decision, no
from casebook.models import ConversionFactor, Laboratory, ReferenceRange
from casebook.rules.wording import may_say
from protocol.words import N_

SEXES = ("", "male", "female")


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
    same = ReferenceRange.objects.filter(laboratory=laboratory, analyte=analyte, unit=unit, method=method)
    other = same.filter(_overlapping(valid_from, valid_to, sex, age_from, age_to)).order_by("valid_from", "pk").first()
    return _overlaps(laboratory, other) if other else YES


def is_in_order(
    *, low: Decimal | None, high: Decimal | None, valid_from: date, valid_to: date | None, sex: str = ""
) -> Decision:
    """Whether limits and days of a range make sense by themselves."""
    if low is None and high is None:
        return no(N_("A reference range has a lower limit, an upper limit, or both."))
    if low is not None and high is not None and low > high:
        return no(N_("The lower limit %(low)s is above the upper limit %(high)s."), low=low, high=high)
    if valid_to is not None and valid_to < valid_from:
        return no(N_("The range ends on %(to)s, before it begins on %(start)s."), to=valid_to, start=valid_from)
    if sex not in SEXES:
        return no(N_("A range is for male, for female, or with no entry for both; not for %(sex)s."), sex=sex)
    return YES


def may_confirm_range(user: User, held: ReferenceRange) -> Decision:
    """Whether the user may confirm a proposed range: the principal investigator, never who proposed it."""
    if not (decision := may_somewhere(user, Permission.RANGE_CONFIRM)):
        return decision
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
    valid_to: date | None = None,
) -> Decision:
    """Whether limits or the last day of a range may be corrected; everyone it touches is judged again."""
    if not (decision := may_somewhere(user, Permission.RANGE_CONFIRM)):
        return decision
    if not (decision := may_say(reason, otherwise=N_("Say why the range is corrected, and from which document."))):
        return decision
    return is_in_order(low=low, high=high, valid_from=held.valid_from, valid_to=valid_to)


def may_add_conversion(
    user: User, laboratory: Laboratory, *, analyte: str, unit_from: str, unit_to: str, factor: Decimal
) -> Decision:
    """Whether the laboratory's own factor between two units may be added."""
    if not (decision := may_somewhere(user, Permission.RANGE_PROPOSE)):
        return decision
    if factor <= 0 or unit_from == unit_to:
        return no(N_("A factor is above zero and leads from one unit to another."))
    same = ConversionFactor.objects.filter(laboratory=laboratory, analyte=analyte, unit_from=unit_from, unit_to=unit_to)
    if same.exists():
        return no(
            N_("%(laboratory)s has a factor for %(analyte)s from %(unit_from)s to %(unit_to)s already."),
            laboratory=laboratory.code,
            analyte=term(analyte),
            unit_from=unit_from,
            unit_to=unit_to,
        )
    return YES


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


def _overlaps(laboratory: Laboratory, other: ReferenceRange) -> Decision:
    message = N_(
        "%(laboratory)s has a range for %(analyte)s in %(unit)s from %(start)s already, and it overlaps with this one. "
        "Give the earlier one a last day first."
    )
    return no(message, laboratory=laboratory.code, analyte=term(other.analyte), unit=other.unit, start=other.valid_from)
