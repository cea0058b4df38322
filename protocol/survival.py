"""The arithmetic of survival: Kaplan–Meier with its band, numbers at risk, log-rank, and exact intervals of a rate.

Events precede censorings at ties. The band is log-log with Greenwood's standard error; a rate has the interval of
Clopper and Pearson.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import erfc, exp, fsum, lgamma, log, sqrt
from typing import Final, NamedTuple

Z: Final = 1.959963984540054  # of a two-sided interval of 95 %
ALPHA: Final = 0.05
HALF: Final = 0.5
STEPS: Final = 60  # of the bisection: as fine as a float


class Time(NamedTuple):
    """How long one subject was observed, and whether the event ended it."""

    time: float
    event: bool


@dataclass(frozen=True, kw_only=True)
class Step:
    """The curve from this time until the next step."""

    time: float
    at_risk: int  # just before
    events: int
    censored: int
    survival: float
    error: float | None  # Greenwood's standard error; None where nobody is left to estimate it from
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Curve:
    """An estimated survival curve."""

    times: tuple[Time, ...]
    steps: tuple[Step, ...]

    @property
    def subjects(self) -> int:
        return len(self.times)

    @property
    def events(self) -> int:
        return sum(each.event for each in self.times)

    @property
    def longest(self) -> float:
        """The longest time anybody was observed."""
        return max((each.time for each in self.times), default=0.0)

    def at(self, time: float) -> Step:
        """Return the step the curve stands on at a time."""
        start = Step(time=0.0, at_risk=self.subjects, events=0, censored=0, survival=1.0, error=0.0, low=1.0, high=1.0)
        return next((step for step in reversed(self.steps) if step.time <= time), start)

    def at_risk(self, time: float) -> int:
        """Return how many were still observed just before a time."""
        return sum(each.time >= time for each in self.times)

    def median(self) -> tuple[float | None, float | None, float | None]:
        """Return the first time the curve is at or below one half, and the same of its upper and lower band."""
        return (
            self._first(lambda step: step.survival),
            self._first(lambda step: step.low),
            self._first(lambda step: step.high),
        )

    def _first(self, height: Callable[[Step], float | None]) -> float | None:
        for step in self.steps:
            value = height(step)
            if value is not None and value <= HALF + 1e-9:
                return step.time
        return None


def kaplan_meier(times: Iterable[Time]) -> Curve:
    """Return the curve of these times, whatever their order."""
    known = tuple(sorted(times))
    steps: list[Step] = []
    survival, greenwood = 1.0, 0.0
    left = len(known)
    for moment, together in groupby(known, key=lambda each: each.time):
        here = list(together)
        events = sum(each.event for each in here)
        survival *= 1 - events / left
        # Once everybody had the event the sum has no bound; the curve is 0 and has no band.
        greenwood = greenwood + events / (left * (left - events)) if left > events else float("inf")
        steps.append(_step(moment, left, events, len(here) - events, survival=survival, greenwood=greenwood))
        left -= len(here)
    return Curve(times=known, steps=tuple(steps))


def _step(time: float, left: int, events: int, censored: int, *, survival: float, greenwood: float) -> Step:
    error = survival * sqrt(greenwood) if survival > 0 else None
    low, high = _band(survival, error)
    return Step(
        time=time,
        at_risk=left,
        events=events,
        censored=censored,
        survival=survival,
        error=error,
        low=low,
        high=high,
    )


def _band(survival: float, error: float | None) -> tuple[float | None, float | None]:
    if survival >= 1:
        return 1.0, 1.0
    if error is None:
        return None, None
    reach = Z * error / (survival * log(survival))
    first, second = survival ** exp(-reach), survival ** exp(reach)
    return min(first, second), max(first, second)


class LogRank(NamedTuple):
    """Two groups compared: expected events of each, chi-square with one degree of freedom, its p."""

    expected_a: float
    expected_b: float
    chi_square: float
    p: float


def log_rank(a: Sequence[Time], b: Sequence[Time]) -> LogRank | None:
    """Return the log-rank test of two groups; None where there is nothing to compare."""
    expected, variance = 0.0, 0.0
    for moment in sorted({each.time for each in (*a, *b) if each.event}):
        in_a, in_both = _at_risk(a, moment), _at_risk(a, moment) + _at_risk(b, moment)
        events = _events_at(a, moment) + _events_at(b, moment)
        expected += events * in_a / in_both
        if in_both > 1:
            variance += events * in_a * (in_both - in_a) * (in_both - events) / (in_both**2 * (in_both - 1))
    if variance <= 0:
        return None
    observed = sum(each.event for each in a)
    chi_square = (observed - expected) ** 2 / variance
    all_events = observed + sum(each.event for each in b)
    return LogRank(expected, all_events - expected, chi_square, erfc(sqrt(chi_square / 2)))


def _at_risk(group: Iterable[Time], moment: float) -> int:
    return sum(each.time >= moment for each in group)


def _events_at(group: Iterable[Time], moment: float) -> int:
    return sum(each.event and each.time == moment for each in group)


@dataclass(frozen=True)
class Rate:
    """A rate with its exact interval of 95 %; None of none."""

    count: int
    of: int
    rate: float | None
    low: float | None
    high: float | None


def rate(count: int, of: int) -> Rate:
    """Return a rate with the interval of Clopper and Pearson. Raises ValueError for a count that is no part."""
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no rate.")
    if of == 0:
        return Rate(0, 0, None, None, None)
    low = 0.0 if count == 0 else _where(lambda p: 1 - _at_most(count - 1, of, p) >= ALPHA / 2)
    high = 1.0 if count == of else _where(lambda p: _at_most(count, of, p) <= ALPHA / 2)
    return Rate(count, of, count / of, low, high)


def _where(holds: Callable[[float], bool]) -> float:
    """Return the smallest probability for which something holds that, once it holds, holds for all larger ones."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _at_most(count: int, of: int, p: float) -> float:
    """Return the probability of at most so many of so many."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 1.0 if count >= of else 0.0
    whole = lgamma(of + 1)
    terms = (
        exp(whole - lgamma(k + 1) - lgamma(of - k + 1) + k * log(p) + (of - k) * log(1 - p)) for k in range(count + 1)
    )
    return min(fsum(terms), 1.0)
