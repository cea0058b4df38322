"""The tumour markers over time: AFP and PIVKA-II of one timepoint, each beside its laboratory's upper limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from protocol.assumptions import MARKER_MAX_DAYS, MARKER_MIN_DAYS, MARKER_SAME_DAY_DAYS
from protocol.comparing import Relation, holds, shown
from protocol.dates import days_between
from protocol.facts import Fact, Facts
from protocol.language import Verdict
from protocol.pairs import Ended, Pair, Part, Point, Run, Standing, ended_runs, next_on, paired, run_of, window_of
from protocol.ranges import Limited, laboratory_of, method_of, noted, upper_limit
from protocol.record import Evidence, FormRecord, Judgement, Need
from protocol.values import plain
from protocol.words import N_, Sentence, sentence

AFP: Final = "afp"
PIVKA: Final = "pivka"

CONVERTED: Final = N_("Converted to the unit of the reference range: %(value)s %(unit)s.")
NO_MARKERS: Final = N_("No draw with AFP or PIVKA-II is complete.")
MARKER_BREAKS: Final = N_(
    "%(item)s %(value)s of %(on)s is above the upper limit of %(limit)s and breaks the run; "
    "a new pair may begin on %(next_on)s and be complete not before %(complete_on)s."
)
MARKER_ALONE: Final = N_("A second timepoint with both markers normal is needed: a draw not before %(next_on)s.")
MARKER_NONE: Final = N_("No timepoint with both markers is on record; a draw may be added on %(next_on)s.")
RUN_BROKEN: Final = N_(
    "The run of normal markers of %(days)s was broken by %(item)s %(value)s of %(on)s, above the limit of %(limit)s."
)
RUN_OPEN: Final = N_(
    "The run of normal markers of %(days)s stays open: whether %(items)s of %(on)s is normal is not known."
)
MARKERS_PASS: Final = N_("AFP and PIVKA-II were normal on %(first_on)s and %(second_on)s, %(gap)s days apart.")


class Level(StrEnum):
    """A marker beside its upper limit; OPEN when limit, unit or comparator leave it open."""

    NORMAL = "normal"
    ABOVE = "above"
    OPEN = "open"


@plain()
class MarkerValue:
    """One result of one marker."""

    fact: Fact
    level: Level
    limit: str = ""
    converted: Decimal | None = None
    unit: str = ""  # of the limit, and of the converted value
    why: Sentence | None = None
    needs: tuple[Need, ...] = ()
    assumed: bool = False  # the range, not the value

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
    """One timepoint: AFP and PIVKA-II drawn on the same day or a few days apart; one may be missing."""

    afp: MarkerValue | None
    pivka: MarkerValue | None
    values: tuple[MarkerValue, ...]
    first_on: date
    last_on: date
    standing: Standing

    def point(self) -> Point:
        """Return what a run sees of it."""
        return Point(self.first_on, self.last_on, self.standing)

    def evidence(self) -> tuple[Evidence, ...]:
        """Return its values as a verdict cites them."""
        return tuple(value.evidence() for value in self.values)


def _timepoint(afp: MarkerValue | None, pivka: MarkerValue | None) -> MarkerPoint:
    values = tuple([value for value in (afp, pivka) if value is not None])
    days = [value.fact.on for value in values if value.fact.on is not None]
    return MarkerPoint(afp, pivka, values, min(days), max(days), _standing_of(values))


def _standing_of(values: Sequence[MarkerValue]) -> Standing:
    """Return what a timepoint does to a run: a value above its limit breaks it, even alone; a normal one alone is ignored."""
    levels = [value.level for value in values]
    if Level.ABOVE in levels:
        return Standing.BREAKS
    if Level.OPEN in levels:
        return Standing.OPEN
    return Standing.COUNTS if len(values) > 1 else Standing.IGNORED


def marker_points(facts: Facts) -> tuple[MarkerPoint, ...]:
    """Return the marker timepoints up to the day, by day; draws of one marker each are joined when near enough."""
    whole: list[MarkerPoint] = []
    afp_alone: list[MarkerValue] = []
    pivka_alone: list[MarkerValue] = []
    for on, form in reversed(facts.dated("MK")):
        afp, pivka = value_of(facts, form, on, AFP), value_of(facts, form, on, PIVKA)
        if afp is not None and pivka is not None:
            whole.append(_timepoint(afp, pivka))
        elif afp is not None:
            afp_alone.append(afp)
        elif pivka is not None:
            pivka_alone.append(pivka)
    points = [*whole, *_joined(afp_alone, pivka_alone)]
    return tuple(sorted(points, key=_order))


def _order(point: MarkerPoint) -> tuple[date, date, tuple[str, ...]]:
    return (point.first_on, point.last_on, tuple([value.fact.form.id for value in point.values]))


def _joined(afp: Sequence[MarkerValue], pivka: Sequence[MarkerValue]) -> list[MarkerPoint]:
    points: list[MarkerPoint] = []
    free = list(pivka)
    for value in afp:
        partner = next((other for other in free if _is_near(value, other)), None)
        if partner is not None:
            free.remove(partner)
        points.append(_timepoint(value, partner))
    return [*points, *(_timepoint(None, value) for value in free)]


def _is_near(one: MarkerValue, other: MarkerValue) -> bool:
    if one.fact.on is None or other.fact.on is None:
        return False
    return abs(days_between(one.fact.on, other.fact.on)) <= MARKER_SAME_DAY_DAYS


def value_of(facts: Facts, form: FormRecord, on: date, marker: str) -> MarkerValue | None:
    """Return the marker of a draw; None when it has no value or the result is declared invalid."""
    answer = form.answers.get(marker)
    if answer is None or not answer.value or form.answer(f"{marker}_valid").value == "N":
        return None
    fact = Fact(form, marker, answer, on)
    limited = upper_limit(facts, fact)
    if isinstance(limited, Judgement):
        return MarkerValue(fact, Level.OPEN, why=limited.reason, needs=limited.needs)
    return _beside(fact, limited)


def _beside(fact: Fact, limited: Limited) -> MarkerValue:
    assumed = limited.range.assumed
    match holds(limited.measured, Relation.AT_MOST, limited.upper):
        case True:
            return MarkerValue(
                fact, Level.NORMAL, limited.limit, limited.converted, limited.range.unit, assumed=assumed
            )
        case False:
            return MarkerValue(fact, Level.ABOVE, limited.limit, limited.converted, limited.range.unit, assumed=assumed)
        case _:
            why = sentence(
                N_("%(item)s %(value)s of %(on)s leaves open whether it is above the upper limit of %(limit)s."),
                item=fact.term(),
                value=fact.shown,
                on=fact.on or "",
                limit=limited.limit,
            )
            needs = (Need(crf="MK", item=fact.path),)
            return MarkerValue(fact, Level.OPEN, limited.limit, why=why, needs=needs, assumed=assumed)


# --- pairs of timepoints ---------------------------------------------------------------------------------------


def marker_part(markers: Sequence[MarkerPoint], on: date) -> Part:
    """Return what the marker timepoints up to a day show."""
    points = [each.point() for each in markers]
    run = run_of(points, shortest=MARKER_MIN_DAYS, longest=MARKER_MAX_DAYS)
    pairs = [_of_one_assay(pair, markers) for pair in run.pairs]
    window = window_of(points, run, on=on, shortest=MARKER_MIN_DAYS, longest=MARKER_MAX_DAYS)
    when = next_on(points, run, window, on=on)
    needs = drawn_from(when, until=window.last if window else None)
    ended = ended_runs(points)
    part = (
        paired(pairs, points, when, MARKERS_PASS, needs=needs)
        if pairs
        else Part(
            verdict=Verdict.UNKNOWN,
            reason=_why_no_markers(markers, run, when),
            next_on=when,
            needs=(*_to_settle(markers, run), *needs),
        )
    )
    return replace(part, window=window, ended=ended, broken=tuple(_broken(each, markers) for each in ended))


def _to_settle(markers: Sequence[MarkerPoint], run: Run) -> tuple[Need, ...]:
    """Return what the timepoint still needs that leaves the last run open."""
    ender = markers[run.ended_by] if run.ended_by is not None else None
    if ender is None or ender.standing is not Standing.OPEN:
        return ()
    return tuple(need for value in ender.values for need in value.needs)


def _broken(ended: Ended, markers: Sequence[MarkerPoint]) -> Sentence:
    days = tuple(markers[at].last_on for at in ended.counting)
    by = markers[ended.by]
    if by.standing is Standing.OPEN:
        open_values = tuple(value.fact.term() for value in by.values if value.level is Level.OPEN)
        return sentence(RUN_OPEN, days=days, items=open_values, on=by.first_on)
    above = next(value for value in by.values if value.level is Level.ABOVE)
    return sentence(
        RUN_BROKEN,
        days=days,
        item=above.fact.term(),
        value=above.fact.shown,
        on=above.fact.on or "",
        limit=above.limit,
    )


def drawn_from(day: date, *, until: date | None = None) -> tuple[Need, ...]:
    """Return the need of a draw with both markers, not before a day and where it can be too late not after one."""
    return tuple(Need(crf="MK", item=item, not_before=day, not_after=until) for item in (AFP, PIVKA))


def _of_one_assay(pair: Pair, markers: Sequence[MarkerPoint]) -> Pair:
    first, second = markers[pair.first], markers[pair.second]
    assays = {(one.assay, other.assay) for one, other in zip(first.values, second.values, strict=True)}
    if all(one == other for one, other in assays):
        return pair
    changed = sentence(
        N_("Laboratory or method changed between %(first_on)s and %(second_on)s; such values are not interchangeable."),
        first_on=first.last_on,
        second_on=second.first_on,
    )
    return Pair(pair.first, pair.second, pair.gap_days, (*pair.why, changed))


def _why_no_markers(markers: Sequence[MarkerPoint], run: Run, when: date) -> Sentence:
    if not markers:
        return sentence(NO_MARKERS)
    ender = markers[run.ended_by] if run.ended_by is not None else None
    if ender is not None and ender.standing is Standing.OPEN:
        return next(value.why for value in ender.values if value.why is not None)
    if run.counting:
        return sentence(MARKER_ALONE, next_on=when)
    if ender is None:
        return sentence(MARKER_NONE, next_on=when)
    above = next(value for value in ender.values if value.level is Level.ABOVE)
    return sentence(
        MARKER_BREAKS,
        item=above.fact.term(),
        value=above.fact.shown,
        on=above.fact.on or "",
        limit=above.limit,
        next_on=when,
        complete_on=when + timedelta(days=MARKER_MIN_DAYS),
    )
