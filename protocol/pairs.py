"""Finds two consecutive points, neither too near nor too far, in a row of dated points. Serves scans and markers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Protocol

from protocol.language import PASS, REVIEW, UNKNOWN, Verdict
from protocol.record import Need
from protocol.values import plain
from protocol.words import N_, Sentence, sentence


class Standing(StrEnum):
    """What a point does to a run: count for it, break it, or neither; an open one is not known yet."""

    COUNTS = "counts"
    BREAKS = "breaks"
    NEITHER = "neither"
    IGNORED = "ignored"
    OPEN = "open"


COUNTS, BREAKS, NEITHER, IGNORED, OPEN = Standing  # Python 3.11 runs a function for each `Standing.COUNTS`
ENDING: Final = frozenset({Standing.BREAKS, Standing.OPEN})


class Dated(Protocol):
    """What a run sees of a point. A marker timepoint has an earlier and a later draw."""

    @property
    def first_on(self) -> date: ...
    @property
    def last_on(self) -> date: ...
    @property
    def standing(self) -> Standing: ...


@plain()
class Point:
    """A point of a run and nothing else."""

    first_on: date
    last_on: date
    standing: Standing


@plain()
class Pair:
    """Two points of one run, by their place in the row. `why` holds what asks for a review; empty is a clear pair."""

    first: int
    second: int
    gap_days: int
    why: tuple[Sentence, ...] = ()


@plain()
class Run:
    """The unbroken run that reaches to the last point: its pairs, and what ended the run before it."""

    pairs: tuple[Pair, ...]
    counting: tuple[int, ...]
    ended_by: int | None


@plain()
class Ended:
    """A run that did not go on: the points that had counted, and the one that broke it or leaves it open."""

    counting: tuple[int, ...]
    by: int


@plain()
class Window:
    """The days, both inclusive, on which a further point makes a pair with one that counts already."""

    first: date
    last: date


NOT_EVALUABLE_BETWEEN: Final = N_(
    "Between or after the two scans of the pair lies one that is not evaluable or not settled: %(days)s."
)


def run_of(points: Sequence[Dated], *, shortest: int, longest: int, too_long: str) -> Run:
    """Return the last run of points (given by day) with its pairs of at least `shortest` days.

    A gap longer than `longest` is a why, which `too_long` says.
    """
    counting: list[int] = []
    ended_by: int | None = None
    for at, point in enumerate(points):
        if point.standing is COUNTS:
            counting.append(at)
        elif point.standing in ENDING:
            counting, ended_by = [], at
    pairs: list[Pair] = []
    for place, first in enumerate(counting):
        for second in counting[place + 1 :]:
            gap = (points[second].first_on - points[first].last_on).days
            if gap >= shortest:
                pairs.append(_pair(points, first, second, gap, longest, too_long))
    return Run(tuple(pairs), tuple(counting), ended_by)


def _pair(points: Sequence[Dated], first: int, second: int, gap: int, longest: int, too_long: str) -> Pair:
    why: list[Sentence] = []
    if gap > longest:
        first_on, second_on = points[first].last_on, points[second].first_on
        why.append(sentence(too_long, first_on=first_on, second_on=second_on, gap=gap, longest=longest))
    if unsettled := tuple([point.first_on for point in points[first + 1 :] if point.standing is NEITHER]):
        why.append(sentence(NOT_EVALUABLE_BETWEEN, days=unsettled))
    return Pair(first, second, gap, tuple(why))


def ended_runs(points: Sequence[Dated]) -> tuple[Ended, ...]:
    """Return the earlier runs (points given by day) that held a point that counted, and what ended each."""
    ended: list[Ended] = []
    counting: list[int] = []
    for at, point in enumerate(points):
        if point.standing is COUNTS:
            counting.append(at)
        elif point.standing in ENDING:
            if counting:
                ended.append(Ended(tuple(counting), at))
            counting = []
    return tuple(ended)


def window_of(
    points: Sequence[Dated], run: Run, *, on: date, shortest: int, longest: int, doubtful: int = -1
) -> Window | None:
    """Return the nearest days, not over yet, on which a further point makes a pair; None when a run must begin anew.

    A pair without a point between that counts for nothing, or that is doubtful (the last such one, by its place),
    comes before one that two persons had to review.
    """
    since = max((at for at, point in enumerate(points) if point.standing is NEITHER), default=-1)
    since = max(since, doubtful)
    clear = tuple(at for at in run.counting if at > since)
    return _nearest(points, clear, on, shortest, longest) or _nearest(points, run.counting, on, shortest, longest)


def _nearest(points: Sequence[Dated], counting: Sequence[int], on: date, shortest: int, longest: int) -> Window | None:
    found: Window | None = None
    for day in (points[at].last_on for at in counting):
        first, last = day + timedelta(days=shortest), day + timedelta(days=longest)
        if found is not None and first <= found.last + timedelta(days=1):
            found = Window(found.first, max(found.last, last))  # windows that touch are one
        elif found is None and last >= on:
            found = Window(first, last)
    return found


def next_on(points: Sequence[Dated], run: Run, window: Window | None, *, on: date) -> date:
    """Return the first day, not before `on`, on which a further point would make a pair or begin a new run."""
    if window is not None:
        return max(on, window.first)
    ended_on = points[run.ended_by].last_on if run.ended_by is not None else None
    return on if ended_on is None else max(on, ended_on + timedelta(days=1))


def complete_on(points: Sequence[Dated], run: Run, when: date, *, shortest: int) -> date | None:
    """Return the first day on which there can be a pair, where there is none: at the next point, or a whole gap later.

    None where the last point is open: only once it is known is it known as well whether the run before it goes on.
    """
    if run.counting:
        return when
    if run.ended_by is not None and points[run.ended_by].standing is OPEN:
        return None
    return when + timedelta(days=shortest)


@plain()
class Half:
    """One half of the response, imaging or markers, as far as the verdict asks: its last run and the pairs of it."""

    verdict: Verdict
    pairs: tuple[Pair, ...]  # those the verdict allows, any of which may be used
    run: Run


def half_of(run: Run, pairs: Sequence[Pair]) -> Half:
    """Return what the pairs of a run allow: any clear pair passes; a review is asked for only where none does."""
    clear = tuple([pair for pair in pairs if not pair.why])
    if clear:
        return Half(PASS, clear, run)
    return Half(REVIEW if pairs else UNKNOWN, tuple(pairs), run)


def latest_pair(half: Half) -> Pair | None:
    """Return the pair of a half that reaches farthest."""
    return max(half.pairs, key=lambda pair: (pair.second, pair.first), default=None)


@plain(kw_only=True)
class Part:
    """One half of the response in words: what its last run shows on the day."""

    verdict: Verdict
    reason: Sentence
    pairs: tuple[Pair, ...] = ()  # those the verdict allows, any of which may be used
    next_on: date | None = None  # the first day on which a further point could complete or begin a pair
    window: Window | None = None  # the days on which one completes a pair; None where a run has to begin anew
    complete_on: date | None = None  # the first day on which there can be a pair; None where an open point decides
    ended: tuple[Ended, ...] = ()
    broken: tuple[Sentence, ...] = ()  # of each ended run: what ended it
    needs: tuple[Need, ...] = ()

    @property
    def stays_open(self) -> bool:
        """Whether an open point decides if the run goes on: a further point would only begin a new pair."""
        return self.verdict is UNKNOWN and self.complete_on is None

    @property
    def next_by(self) -> date | None:
        """The last day on which a further point could complete a pair without a review."""
        return self.window.last if self.window is not None else None


def paired(half: Half, points: Sequence[Dated], when: date, message: str, *, needs: tuple[Need, ...]) -> Part:
    """Return what the pairs of a half show; `message` says that one of them is clear, `needs` would make one so."""
    last = max(half.pairs, key=lambda pair: (pair.second, pair.first))  # it speaks for all
    if half.verdict is not PASS:
        return Part(verdict=half.verdict, reason=last.why[0], pairs=half.pairs, next_on=when, needs=needs)
    reason = sentence(
        message, first_on=points[last.first].last_on, second_on=points[last.second].first_on, gap=last.gap_days
    )
    return Part(verdict=PASS, reason=reason, pairs=half.pairs, next_on=when)
