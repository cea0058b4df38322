"""The marker timepoints as a run: which of them make a pair, and what is said of those that do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from protocol.assumptions import MARKER_MAX_DAYS, MARKER_MIN_DAYS
from protocol.markers import AFP, PIVKA, Level, MarkerPoint, MarkerValue
from protocol.pairs import (
    Ended,
    Half,
    Pair,
    Part,
    Run,
    Standing,
    Window,
    complete_on,
    ended_runs,
    half_of,
    next_on,
    paired,
    run_of,
    window_of,
)
from protocol.record import Need
from protocol.words import N_, Sentence, sentence

NO_MARKERS: Final = N_("No draw with AFP or PIVKA-II is complete.")
MARKER_BREAKS: Final = N_(
    "%(item)s %(value)s of %(on)s is above the upper limit of %(limit)s and breaks the run; "
    "a new pair may begin on %(next_on)s and be complete not before %(complete_on)s."
)
MARKER_ALONE: Final = N_("A second timepoint with both markers normal is needed: a draw not before %(next_on)s.")
MARKER_LATE: Final = N_(
    "A second timepoint with both markers normal is needed: a draw from %(next_on)s on lies more than %(longest)s days "
    "after the first, so that two persons have to review the pair."
)
MARKER_NONE: Final = N_("No timepoint with both markers is on record; a draw may be added on %(next_on)s.")
RUN_BROKEN: Final = N_(
    "The run of normal markers of %(days)s was broken by %(item)s %(value)s of %(on)s, above the limit of %(limit)s."
)
RUN_OPEN: Final = N_(
    "The run of normal markers of %(days)s stays open: whether %(items)s of %(on)s is normal is not known."
)
TOO_LONG: Final = N_(
    "The normal markers of %(first_on)s and %(second_on)s lie %(gap)s days apart, longer than %(longest)s days."
)
ASSAY_CHANGED: Final = N_(
    "Laboratory or method changed between %(first_on)s and %(second_on)s; such values are not interchangeable."
)
UNIT_CHANGED: Final = N_(
    "%(item)s was reported in %(first_unit)s on %(first_on)s and in %(second_unit)s on %(second_on)s; "
    "such values are not interchangeable."
)
MARKERS_PASS: Final = N_("AFP and PIVKA-II were normal on %(first_on)s and %(second_on)s, %(gap)s days apart.")


def marker_half(markers: Sequence[MarkerPoint]) -> Half:
    """Return what the verdict asks of the marker timepoints up to a day."""
    run = run_of(markers, shortest=MARKER_MIN_DAYS, longest=MARKER_MAX_DAYS, too_long=TOO_LONG)
    return half_of(run, [_of_one_assay(pair, markers) for pair in run.pairs])


def marker_part(markers: Sequence[MarkerPoint], on: date) -> Part:
    """Return what the marker timepoints up to a day show."""
    half = marker_half(markers)
    window = window_of(markers, half.run, on=on, shortest=MARKER_MIN_DAYS, longest=MARKER_MAX_DAYS)
    when = next_on(markers, half.run, window, on=on)
    needs = drawn_from(when, until=window.last if window else None)
    ended = ended_runs(markers)
    part = (
        paired(half, markers, when, MARKERS_PASS, needs=needs)
        if half.pairs
        else Part(
            verdict=half.verdict,
            reason=_why_no_markers(markers, half.run, window, when),
            next_on=when,
            complete_on=complete_on(markers, half.run, when, shortest=MARKER_MIN_DAYS),
            # Where a value decides that is not known, nothing but that value is asked for.
            needs=_to_settle(markers, half.run) or needs,
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
    changed: list[Sentence] = []
    for one, other in zip(first.values, second.values, strict=True):
        if one.assay != other.assay and not changed:
            changed.append(sentence(ASSAY_CHANGED, first_on=first.last_on, second_on=second.first_on))
    for one, other in zip(first.values, second.values, strict=True):
        if one.reported_in != other.reported_in:
            changed.append(_unit_changed(one, other))
    return Pair(pair.first, pair.second, pair.gap_days, (*pair.why, *changed)) if changed else pair


def _unit_changed(one: MarkerValue, other: MarkerValue) -> Sentence:
    return sentence(
        UNIT_CHANGED,
        item=one.fact.term(),
        first_unit=one.fact.answer.unit,
        first_on=one.fact.on or "",
        second_unit=other.fact.answer.unit,
        second_on=other.fact.on or "",
    )


def _why_no_markers(markers: Sequence[MarkerPoint], run: Run, window: Window | None, when: date) -> Sentence:
    if not markers:
        return sentence(NO_MARKERS)
    ender = markers[run.ended_by] if run.ended_by is not None else None
    if ender is not None and ender.standing is Standing.OPEN:
        return next(value.why for value in ender.values if value.why is not None)
    if run.counting and window is None:
        return sentence(MARKER_LATE, next_on=when, longest=MARKER_MAX_DAYS)
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
