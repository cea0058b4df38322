"""Finds two consecutive points, neither too near nor too far, in a row of dated points. Serves scans and markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from protocol.dates import days_between
from protocol.language import Verdict
from protocol.record import Need
from protocol.words import N_, Sentence, sentence


class Standing(StrEnum):
    """What a point does to a run: count for it, break it, or neither; an open one is not known yet."""

    COUNTS = "counts"
    BREAKS = "breaks"
    NEITHER = "neither"
    IGNORED = "ignored"
    OPEN = "open"


@dataclass(frozen=True)
class Point:
    """A dated point of a run. A marker timepoint has an earlier and a later draw."""

    first_on: date
    last_on: date
    standing: Standing


@dataclass(frozen=True)
class Pair:
    """Two points of one run, by their place in the row. `why` holds what asks for a review; empty is a clear pair."""

    first: int
    second: int
    gap_days: int
    why: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Run:
    """The unbroken run that reaches to the last point: its pairs, and what ended the run before it."""

    pairs: tuple[Pair, ...]
    counting: tuple[int, ...]
    ended_by: int | None


NOT_EVALUABLE_BETWEEN: Final = N_("A scan that is not evaluable or not settled lies between or after the two.")
TOO_LONG: Final = N_("The gap of %(gap)s days is longer than %(longest)s days.")


def run_of(points: Sequence[Point], *, shortest: int, longest: int) -> Run:
    """Return the last run of points (given by day) with its pairs of at least `shortest` days; a longer gap is a why."""
    enders = [at for at, point in enumerate(points) if point.standing in (Standing.BREAKS, Standing.OPEN)]
    begin = enders[-1] + 1 if enders else 0
    counting = tuple(at for at in range(begin, len(points)) if points[at].standing is Standing.COUNTS)
    pairs = [
        _pair(points, first, second, longest)
        for place, first in enumerate(counting)
        for second in counting[place + 1 :]
        if days_between(points[first].last_on, points[second].first_on) >= shortest
    ]
    return Run(tuple(pairs), counting, enders[-1] if enders else None)


def _pair(points: Sequence[Point], first: int, second: int, longest: int) -> Pair:
    gap = days_between(points[first].last_on, points[second].first_on)
    why: list[Sentence] = []
    if gap > longest:
        why.append(sentence(TOO_LONG, gap=gap, longest=longest))
    if any(point.standing is Standing.NEITHER for point in points[first + 1 :]):
        why.append(sentence(NOT_EVALUABLE_BETWEEN))
    return Pair(first, second, gap, tuple(why))


def next_on(points: Sequence[Point], run: Run, *, on: date, shortest: int, longest: int) -> date:
    """Return the first day, not before `on`, on which a further point would make a clear pair or begin a new run."""
    days = [
        max(on, points[at].last_on + timedelta(days=shortest))
        for at in run.counting
        if on <= points[at].last_on + timedelta(days=longest)
    ]
    if days:
        return min(days)
    ended_on = points[run.ended_by].last_on if run.ended_by is not None else None
    return on if ended_on is None else max(on, ended_on + timedelta(days=1))


@dataclass(frozen=True, kw_only=True)
class Part:
    """One half of the response, imaging or markers: what its last run shows on the day."""

    verdict: Verdict
    reason: Sentence
    pairs: tuple[Pair, ...] = ()  # those the verdict allows, any of which may be used
    next_on: date | None = None  # the first day on which a further point could complete or begin a pair
    needs: tuple[Need, ...] = ()


def paired(
    pairs: Sequence[Pair], points: Sequence[Point], when: date, message: str, *, needs: tuple[Need, ...]
) -> Part:
    """Return what the pairs of a run show; `message` says that one of them is clear, `needs` would make one so."""
    # Any clear pair passes; a review is asked for only where none does. The last one speaks for all.
    clear = tuple(pair for pair in pairs if not pair.why)
    usable = clear or tuple(pairs)
    last = max(usable, key=lambda pair: (pair.second, pair.first))
    if not clear:
        return Part(verdict=Verdict.REVIEW, reason=last.why[0], pairs=usable, next_on=when, needs=needs)
    reason = sentence(
        message, first_on=points[last.first].last_on, second_on=points[last.second].first_on, gap=last.gap_days
    )
    return Part(verdict=Verdict.PASS, reason=reason, pairs=usable, next_on=when)
