"""Questions that many CRFs ask alike, with the checks that always belong to them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from protocol.language import (
    Between,
    Check,
    Date,
    HasForm,
    LaboratoryChoice,
    Moment,
    NoIdentifier,
    NotAfter,
    NotBefore,
    NotFuture,
    Number,
    OneOf,
    PartialDate,
    Ref,
    Severity,
    Text,
    When,
    Which,
    YesNo,
)
from protocol.words import N_

TRIAL_RECORD: Final = "NCT05349331"
GCP: Final = "ICH E6(R3)"

IN_FUTURE: Final = N_("%(title)s %(value)s lies in the future. Enter the day it happened.")
BEFORE_BIRTH: Final = N_("%(title)s %(value)s is before the date of birth %(other)s. Check both dates.")
NEGATIVE: Final = N_("%(title)s cannot be negative. Enter the value of the source without a minus sign.")
ABOVE_WHOLE: Final = N_("%(title)s cannot exceed %(high)s %(limit_unit)s. Check value and unit against the source.")
FAR_OFF: Final = N_(
    "%(title)s %(value)s %(unit)s is outside %(low)s to %(high)s %(limit_unit)s. Check value and unit against the source."
)
FAR_OFF_BARE: Final = N_("%(title)s %(value)s is outside %(low)s to %(high)s. Check the value against the source.")
FAR_OFF_COUNT: Final = N_(
    "%(title)s %(value)s %(unit)s is outside %(low)s to %(high)s %(limit_unit)s. "
    "A count entered in the wrong unit, per µL or 10^9/L, looks like this: check the unit."
)
IDENTIFIER: Final = N_(
    "%(title)s holds what looks like an identity, telephone or hospital number, a name or an e-mail address. "
    "Remove it: nothing that identifies a person is stored."
)

BEFORE_CONSENT: Final = N_("%(title)s %(value)s is before the consent of %(other)s. Check both dates.")
AFTER_DEATH: Final = N_("%(title)s %(value)s is after the death on %(other)s. Check both dates.")
CONSENTED: Final = Ref("signed_at", "ICF", Which.FIRST)
DEATH_ON: Final = Ref("died_on", "DT", Which.LATEST)
BIRTH: Final = Ref("birth_date", "DM", Which.FIRST)


def day(crf: str, name: str, title: str, *, checks: tuple[Check, ...] = (), prefix: str = "", **more: Any) -> Date:
    """Return a whole day that has happened, not before birth."""
    return Date(name=name, title=title, checks=(*_happened(crf, f"{prefix}{name}"), *checks), **more)


def partial_day(
    crf: str, name: str, title: str, *, checks: tuple[Check, ...] = (), prefix: str = "", **more: Any
) -> PartialDate:
    """Return a day that has happened, as far as it is known, not before birth."""
    return PartialDate(name=name, title=title, checks=(*_happened(crf, f"{prefix}{name}"), *checks), **more)


def moment(crf: str, name: str, title: str, *, checks: tuple[Check, ...] = (), **more: Any) -> Moment:
    """Return a day and time that has happened, not before birth."""
    return Moment(name=name, title=title, checks=(*_happened(crf, name), *checks), **more)


def _happened(crf: str, name: str) -> tuple[Check, ...]:
    return (
        NotFuture(id=f"{crf}.{name}.future", severity=Severity.HARD, message=IN_FUTURE),
        NotBefore(id=f"{crf}.{name}.birth", severity=Severity.SOFT, message=BEFORE_BIRTH, other=BIRTH),
    )


def not_before(crf: str, name: str, rule: str, message: str, other: Ref) -> NotBefore:
    """Return the soft check that a day does not come before another; `rule` is the last part of its id."""
    return NotBefore(id=f"{crf}.{name}.{rule}", severity=Severity.SOFT, message=message, other=other)


def not_after_death(crf: str, name: str) -> NotAfter:
    """Return the soft check that a day of the living does not come after the day of death."""
    return NotAfter(id=f"{crf}.{name}.death", severity=Severity.SOFT, message=AFTER_DEATH, other=DEATH_ON)


def not_before_consent(crf: str, name: str, message: str = BEFORE_CONSENT) -> NotBefore:
    """Return the soft check that a day does not come before the first consent."""
    return not_before(crf, name, "consent", message, CONSENTED)


def asks_for(
    crf: str, name: str, rule: str, message: str, form: str, *given: When, having: tuple[When, ...] = (), **more: Any
) -> HasForm:
    """Return the soft check that a complete form with such an answer has another one beside it in the casebook."""
    return HasForm(
        id=f"{crf}.{name}.{rule}",
        severity=Severity.SOFT,
        message=message,
        crf=form,
        having=having,
        given=given,
        **more,
    )


def usual(crf: str, name: str, rule: str, message: str, values: tuple[str, ...], *given: When) -> OneOf:
    """Return the soft check that an answer is one of those that fit the other answers."""
    return OneOf(id=f"{crf}.{name}.{rule}", severity=Severity.SOFT, message=message, values=values, given=given)


def sampled_on(crf: str) -> Date:
    """Return the day of the blood draw."""
    return day(
        crf,
        "sampled_on",
        N_("Date of sample"),
        help=N_("The day the blood was drawn, not the day of the report."),
        source="CDISC LB",
        checks=(not_after_death(crf, "sampled_on"),),
    )


def laboratory() -> LaboratoryChoice:
    """Return the laboratory all results of the form come from."""
    return LaboratoryChoice(
        name="laboratory",
        title=N_("Laboratory"),
        help=N_("Its reference ranges of that day are used."),
        source="CDISC LB",
        missing=(),
    )


def measured(
    crf: str,
    name: str,
    title: str,
    *,
    plausible: tuple[str, str] | None = None,
    percent: bool = False,
    far_off: str = FAR_OFF,
    checks: tuple[Check, ...] = (),
    prefix: str = "",
    **more: Any,
) -> Number:
    """Return a measured quantity: never negative; far from plausible (limits in the first unit) opens a query.

    `prefix` names the group of the row, so that the ids of its checks stay unique.
    """
    owner = f"{crf}.{prefix}{name}"
    unit = more.get("units", ("",))[0] if more.get("units") else ""
    limits: list[Check] = [Between(id=f"{owner}.negative", severity=Severity.HARD, message=NEGATIVE, low=Decimal(0))]
    if percent:
        limits.append(
            Between(id=f"{owner}.percent", severity=Severity.HARD, message=ABOVE_WHOLE, high=Decimal(100), unit="%")
        )
    if plausible is not None:
        low, high = (Decimal(limit) for limit in plausible)
        message = far_off if unit else FAR_OFF_BARE
        limits.append(
            Between(id=f"{owner}.range", severity=Severity.SOFT, message=message, low=low, high=high, unit=unit)
        )
    return Number(name=name, title=title, checks=(*limits, *checks), **more)


def free_text(crf: str, name: str, title: str, *, prefix: str = "", **more: Any) -> Text:
    """Return free text that refuses what identifies a person."""
    check = NoIdentifier(id=f"{crf}.{prefix}{name}.identifier", severity=Severity.HARD, message=IDENTIFIER)
    return Text(name=name, title=title, checks=(check,), **more)


def yes_no(name: str, title: str, **more: Any) -> YesNo:
    """Return a question answered with yes or no."""
    return YesNo(name=name, title=title, **more)


def if_yes(name: str) -> When:
    """Return the condition that a question was answered with yes."""
    return When(name, ("Y",))
