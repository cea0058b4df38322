"""The tumour markers over time: AFP and PIVKA-II of one timepoint, each beside its laboratory's upper limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from protocol.assumptions import MARKER_SAME_DAY_DAYS
from protocol.comparing import AT_MOST, holds, shown
from protocol.dates import days_between
from protocol.facts import Fact, Facts
from protocol.pairs import BREAKS, COUNTS, ENDING, IGNORED, Standing
from protocol.ranges import Limited, laboratory_of, method_of, noted, upper_limit
from protocol.record import Evidence, FormRecord, Judgement, Need
from protocol.units import SYNONYMS
from protocol.values import plain
from protocol.words import N_, Sentence, sentence

AFP: Final = "afp"
PIVKA: Final = "pivka"

CONVERTED: Final = N_("Converted to the unit of the reference range: %(value)s %(unit)s.")
VALID: Final = {marker: f"{marker}_valid" for marker in (AFP, PIVKA)}  # asks whether the result counts at all


class Level(StrEnum):
    """A marker beside its upper limit; OPEN when limit, unit or comparator leave it open."""

    NORMAL = "normal"
    ABOVE = "above"
    OPEN = "open"


NORMAL, ABOVE, OPEN = Level  # Python 3.11 runs a function for each `Level.OPEN`; every value asks for several
_LEVELS: Final = {True: NORMAL, False: ABOVE, None: OPEN}


@plain()
class MarkerValue:
    """One result of one marker beside the limit of its day, or the judgement that says why there is none."""

    fact: Fact
    level: Level
    limited: Limited | None = None
    without: Judgement | None = None

    @property
    def limit(self) -> str:
        """The upper limit in words; empty where there is none."""
        return self.limited.limit if self.limited is not None else ""

    @property
    def unit(self) -> str:
        """The unit of the limit, and of the converted value; nothing is said of it where the level is open."""
        return self.limited.range.unit if self.limited is not None and self.level is not OPEN else ""

    @property
    def converted(self) -> Decimal | None:
        """The value in the unit of the limit, where that is another."""
        return self.limited.converted if self.limited is not None and self.level is not OPEN else None

    @property
    def assumed(self) -> bool:
        """Whether the range, not the value, is assumed."""
        return self.limited is not None and self.limited.range.assumed

    @property
    def why(self) -> Sentence | None:
        """Why it is open whether the value is normal."""
        if self.without is not None:
            return self.without.reason
        if self.level is not OPEN:
            return None
        return sentence(
            N_("%(item)s %(value)s of %(on)s leaves open whether it is above the upper limit of %(limit)s."),
            item=self.fact.term(),
            value=self.fact.shown,
            on=self.fact.on or "",
            limit=self.limit,
        )

    @property
    def needs(self) -> tuple[Need, ...]:
        """What would settle it."""
        if self.without is not None:
            return self.without.needs
        return (Need(crf="MK", item=self.fact.path),) if self.level is OPEN else ()

    @property
    def reported_in(self) -> str:
        """The unit of the value as reported, by one name: µg/L is ng/mL."""
        return SYNONYMS.get(self.fact.answer.unit, self.fact.answer.unit)

    @property
    def assay(self) -> tuple[str, str]:
        """Laboratory and method: values of two assays are never compared."""
        return (laboratory_of(self.fact), method_of(self.fact).strip().casefold())

    def evidence(self) -> Evidence:
        """Return the value as a verdict cites it, with a note where its unit was converted."""
        note = self.why
        if self.converted is not None:
            note = sentence(CONVERTED, value=shown(self.converted), unit=self.unit)
        note = noted(note, assumed=self.assumed)
        return self.fact.evidence(limit=f"≤ {self.limit}" if self.limit else "", note=note)


@plain()
class MarkerPoint:
    """One timepoint: AFP and PIVKA-II drawn on the same day or a few days apart; one may be missing.

    A value may belong to several: it is joined with every one of the other marker that lies near enough.
    """

    afp: MarkerValue | None
    pivka: MarkerValue | None
    values: tuple[MarkerValue, ...]
    first_on: date
    last_on: date
    standing: Standing


def _standing_of(values: tuple[MarkerValue, ...]) -> Standing:
    """Return what a timepoint does to a run: a value above its limit breaks it, even alone; a normal one alone is ignored."""
    levels = [value.level for value in values]
    if ABOVE in levels:
        return BREAKS
    if OPEN in levels:
        return Standing.OPEN
    return COUNTS if len(values) > 1 else IGNORED


def marker_points(facts: Facts) -> tuple[MarkerPoint, ...]:
    """Return the marker timepoints up to the day, by day: each draw, and what normal values of two draws make together.

    Every normal AFP is joined with every normal PIVKA-II near enough, whichever forms they stand on, unless a value
    between them ends the run: so a further normal value adds timepoints and takes none away.
    """
    points: list[MarkerPoint] = []
    last: date | None = None
    is_near = False
    for on, form in reversed(facts.dated("MK")):
        afp, pivka = value_of(facts, form, on, AFP), value_of(facts, form, on, PIVKA)
        if afp is not None and pivka is not None:
            values = (afp, pivka)
            points.append(MarkerPoint(afp, pivka, values, on, on, _standing_of(values)))
        elif afp is not None or pivka is not None:
            points.append(_alone(afp, pivka, on))
        else:
            continue
        is_near = is_near or (last is not None and days_between(last, on) <= MARKER_SAME_DAY_DAYS)
        last = on
    if is_near:
        points = _with_joined(points)
    if len(points) > 1:
        points.sort(key=_order)
    return tuple(points)


def _alone(afp: MarkerValue | None, pivka: MarkerValue | None, on: date) -> MarkerPoint:
    values = tuple([value for value in (afp, pivka) if value is not None])
    return MarkerPoint(afp, pivka, values, on, on, _standing_of(values))


def _order(point: MarkerPoint) -> tuple[date, date, bool, str, str]:
    # Of one day, what ends a run comes last: no value of that day begins a new one.
    first, last = point.values[0].fact.form.id, point.values[-1].fact.form.id
    return (point.first_on, point.last_on, point.standing in ENDING, first, last if len(point.values) > 1 else "")


def _with_joined(draws: Sequence[MarkerPoint]) -> list[MarkerPoint]:
    """Return the draws (given by day) and what they make together; a value alone that became part of one is left out."""
    ends = [each.first_on for each in draws if each.standing in ENDING]
    joined: list[MarkerPoint] = []
    for at, one in enumerate(draws):
        for other in draws[at + 1 :]:
            if days_between(one.first_on, other.first_on) > MARKER_SAME_DAY_DAYS:
                break
            if not any(one.first_on <= day <= other.first_on for day in ends):
                joined += _joined(one, other)
    used = {id(value) for point in joined for value in point.values}
    return [each for each in draws if each.standing is not IGNORED or id(each.values[0]) not in used] + joined


def _joined(one: MarkerPoint, other: MarkerPoint) -> Iterator[MarkerPoint]:
    if len(one.values) == len(other.values) == 2 and _measured(one) == _measured(other):
        return  # neither half makes a pair with the other's that a whole draw does not make as well
    for afp, pivka in ((one.afp, other.pivka), (other.afp, one.pivka)):
        if afp is not None and pivka is not None:
            yield MarkerPoint(afp, pivka, (afp, pivka), one.first_on, other.first_on, COUNTS)


def _measured(point: MarkerPoint) -> tuple[object, ...]:
    return tuple([(value.assay, value.reported_in) for value in point.values])


def invalid_values(facts: Facts) -> tuple[Fact, ...]:
    """Return the results up to the day that are declared invalid, by day: a run knows nothing of them."""
    drawn = reversed(facts.dated("MK"))
    return tuple(
        Fact(form, marker, form.answer(marker), on)
        for on, form in drawn
        for marker in VALID
        if _is_invalid(form, marker)
    )


def _is_invalid(form: FormRecord, marker: str) -> bool:
    return bool(form.answer(marker).value) and form.answer(VALID[marker]).value == "N"


def value_of(facts: Facts, form: FormRecord, on: date, marker: str) -> MarkerValue | None:
    """Return the marker of a draw; None when it has no value or the result is declared invalid."""
    answer = form.answers.get(marker)
    if answer is None or not answer.value:
        return None
    valid = form.answers.get(VALID[marker])
    if valid is not None and valid.value == "N":
        return None
    fact = Fact(form, marker, answer, on)
    limited = upper_limit(facts, fact)
    if isinstance(limited, Judgement):
        return MarkerValue(fact, OPEN, without=limited)
    return MarkerValue(fact, _LEVELS[holds(limited.measured, AT_MOST, limited.upper)], limited)
