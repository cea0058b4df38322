"""The upper limit of normal that holds for one value: its laboratory, analyte, sex, age, unit, method and day."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial
from typing import Final

from protocol.comparing import Measured
from protocol.dates import completed_years_possible
from protocol.facts import NUMBERS, TITLES, Fact, Facts, days_of
from protocol.language import UNKNOWN
from protocol.record import BLANK, Judgement, Need, ReferenceRange, Told, Untold, number_of, told
from protocol.units import NEVER_CONVERTED, Inconvertible, factor
from protocol.values import plain
from protocol.words import N_, Sentence, sentence

ASSUMED = N_("The reference range is assumed: the laboratory has given none.")
BOTH = "%(first)s %(second)s"

REFERENCE_RANGE: Final = "reference_range"  # what a need asks for that no form does: whoever keeps the ranges adds it


def noted(note: Sentence | None, *, assumed: bool) -> Sentence | None:
    """Return the note of a value, and with it that its range is assumed."""
    if not assumed:
        return note
    return Sentence(ASSUMED) if note is None else sentence(BOTH, first=note, second=Sentence(ASSUMED))


@plain()
class Limited:
    """A value beside its upper limit. Both are scaled by whole numbers to one unit, so that comparing stays exact."""

    fact: Fact
    measured: Measured
    upper: Decimal
    high: Decimal  # the upper limit as the laboratory states it, in the unit of its range
    range: ReferenceRange
    converted: Decimal | None = None  # the value in the unit of the range, where that is another

    @property
    def limit(self) -> str:
        """The upper limit in words."""
        return f"{self.high} {self.range.unit}".strip()


def laboratory_of(fact: Fact) -> str:
    """Return the code of the laboratory of a value."""
    return fact.answer.laboratory or fact.form.answers.get("laboratory", BLANK).value


def method_of(fact: Fact) -> str:
    """Return the method of a value: with the answer itself, else as its form names it for this item."""
    return fact.answer.method or fact.form.answers.get(f"{fact.path}_method", BLANK).value


def method_item(fact: Fact) -> str:
    """Return the item that names the method of a value, where its form asks for it."""
    return f"{fact.path}_method"


def readable(fact: Fact) -> Measured | Judgement:
    """Return the number of a value, or UNKNOWN where it is none or its unit is missing or not one of the item's."""
    answer = fact.answer
    measured, units = _measured(answer.value, answer.comparator), NUMBERS[(fact.form.crf, fact.path)].units
    if measured is not None and (not units or answer.unit in units):
        return measured
    return Untold(UNKNOWN, lambda: _told_unreadable(fact, measured, units))


@lru_cache(maxsize=10_000)  # the same texts come again and again, from subject to subject
def _measured(text: str, comparator: str) -> Measured | None:
    number = number_of(text)
    return None if number is None else Measured(number, comparator)


def _told_unreadable(fact: Fact, measured: Measured | None, units: tuple[str, ...]) -> Told:
    return told(
        N_("%(item)s %(value)s of %(on)s is not a number.")
        if measured is None
        else N_("The unit of %(item)s %(value)s of %(on)s is missing or not one of %(units)s."),
        needs=(Need(crf=fact.form.crf, item=fact.path),),
        evidence=(fact.evidence(),),
        item=fact.term(),
        value=fact.shown,
        on=fact.on or "",
        units=units,
    )


def upper_limit(facts: Facts, fact: Fact) -> Limited | Judgement:
    """Return the value beside the upper limit of its laboratory on its day, or UNKNOWN: no limit is ever assumed."""
    measured = readable(fact)
    if isinstance(measured, Judgement):
        return measured
    laboratory = laboratory_of(fact)
    if not laboratory:
        return Untold(UNKNOWN, partial(_told_laboratory, fact))
    analyte = NUMBERS[(fact.form.crf, fact.path)].analyte
    in_force = facts.ranges(laboratory, analyte, fact.on) if fact.on is not None else []
    suited = _suited(in_force, facts, fact)
    if isinstance(suited, Judgement):
        return suited
    if len(suited) == 1 and suited[0].unit == fact.answer.unit and (high := suited[0].high) is not None:
        return Limited(fact, measured, high, high, suited[0])
    limited = [found for each in suited if (found := _beside(facts, fact, measured, each)) is not None]
    if not limited:
        return Untold(UNKNOWN, partial(_told_missing, fact, in_force))
    return max(limited, key=_specific)


def _told_laboratory(fact: Fact) -> Told:
    return told(
        N_("The laboratory of %(item)s of %(on)s is missing."),
        needs=(Need(crf=fact.form.crf, item="laboratory"),),
        evidence=(fact.evidence(),),
        item=fact.term(),
        on=fact.on or "",
    )


def _suited(in_force: list[ReferenceRange], facts: Facts, fact: Fact) -> list[ReferenceRange] | Judgement:
    """Return the ranges that hold for the method of a value and for the person, or what is not known of the person."""
    for each in in_force:
        if each.method or each.sex or each.age_from is not None or each.age_to is not None:
            break
    else:
        return in_force
    valid = [each for each in in_force if not each.method or _is_of_method(each, fact)]
    of_persons = [each for each in valid if each.sex or each.age_from is not None or each.age_to is not None]
    return _of_person(valid, facts, fact) if of_persons else valid


def _is_of_method(each: ReferenceRange, fact: Fact) -> bool:
    return each.method.strip().casefold() == method_of(fact).strip().casefold()


def _of_person(valid: list[ReferenceRange], facts: Facts, fact: Fact) -> list[ReferenceRange] | Judgement:
    sex = facts.sex
    if not sex and any(each.sex for each in valid):
        return _needs_person(
            "sex", N_("The reference range of %(item)s of %(on)s differs by sex, which is not entered."), fact
        )
    of_sex = [each for each in valid if each.sex in ("", sex)]
    if all(each.age_from is None and each.age_to is None for each in of_sex):
        return of_sex
    birth = facts.birth
    ages = None if birth is None else completed_years_possible(days_of(birth.value), fact.on or facts.on)
    of_age = [each for each in of_sex if ages is not None and _fits(each, ages[0]) and _fits(each, ages[1])]
    if ages is None or (not of_age and ages[0] != ages[1]):
        return _needs_person(
            "birth_date",
            N_("The reference range of %(item)s of %(on)s differs by age; the date of birth is not known well enough."),
            fact,
        )
    return of_age


def _fits(each: ReferenceRange, age: int) -> bool:
    return (each.age_from is None or age >= each.age_from) and (each.age_to is None or age <= each.age_to)


def _needs_person(item: str, message: str, fact: Fact) -> Judgement:
    return Untold(
        UNKNOWN,
        lambda: told(
            message,
            needs=(Need(crf="DM", item=item),),
            evidence=(fact.evidence(),),
            item=fact.term(),
            on=fact.on or "",
        ),
    )


def _beside(facts: Facts, fact: Fact, measured: Measured, each: ReferenceRange) -> Limited | None:
    if each.high is None:
        return None
    if each.unit == fact.answer.unit:
        return Limited(fact, measured, each.high, each.high, each)
    by = _factor(facts, fact, each)
    if by is None:
        return None
    scaled = measured.scaled(Decimal(by.numerator))
    return Limited(fact, scaled, each.high * by.denominator, each.high, each, scaled.number / by.denominator)


def _factor(facts: Facts, fact: Fact, each: ReferenceRange) -> Fraction | None:
    try:
        return factor_to(facts, fact, each.unit)
    except Inconvertible:
        return None


def factor_to(facts: Facts, fact: Fact, unit: str) -> Fraction:
    """Return the exact factor from the unit of a value to another: agreed, or of its laboratory. Raises Inconvertible."""
    analyte = NUMBERS[(fact.form.crf, fact.path)].analyte
    laboratory, given = laboratory_of(fact), facts.record.conversions
    of_laboratory = (laboratory, analyte, fact.answer.unit)
    try:
        return factor(analyte, fact.answer.unit, unit, laboratory=laboratory, conversions=given)
    except Inconvertible as direct:
        if analyte in NEVER_CONVERTED:
            raise
        # The laboratory may give its factor to a unit that is a synonym of the one asked for: ng/mL and µg/L.
        for each in given:
            if each.factor > 0 and (each.laboratory, each.analyte, each.unit_from) == of_laboratory:
                with suppress(Inconvertible):
                    return Fraction(each.factor) * factor(analyte, each.unit_to, unit)
        raise direct


def _specific(found: Limited) -> tuple[bool, bool, bool, bool, date, str]:
    # The unit as reported before a converted one, then what is said of this method, sex and age, then the newest.
    each = found.range
    is_by_age = each.age_from is not None or each.age_to is not None
    return (found.converted is None, bool(each.method), bool(each.sex), is_by_age, each.valid_from, each.id)


def _told_missing(fact: Fact, in_force: list[ReferenceRange]) -> Told:
    is_open = not method_of(fact) and (fact.form.crf, method_item(fact)) in TITLES
    if is_open and any(each.method for each in in_force):
        return told(
            N_("The reference range of %(laboratory)s for %(item)s on %(on)s depends on the method: enter it."),
            needs=(Need(crf=fact.form.crf, item=method_item(fact)),),
            evidence=(fact.evidence(),),
            laboratory=laboratory_of(fact),
            item=fact.term(),
            on=fact.on or "",
        )
    return told(
        N_("The reference range of %(laboratory)s for %(item)s (%(unit)s) on %(on)s is missing."),
        needs=(Need(crf=fact.form.crf, item=REFERENCE_RANGE),),
        evidence=(fact.evidence(),),
        laboratory=laboratory_of(fact),
        item=fact.term(),
        unit=fact.answer.unit or "-",
        on=fact.on or "",
    )
