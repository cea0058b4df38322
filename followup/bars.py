"""Visits drawn as bars on one axis: the window, the target in it, the day it took place. Only numbers for an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from casebook.models import Visit
from protocol.dates import add_months

WIDTH, MARGIN, LEAST = 600, 8, 4
MONTHS_MARKED = 6


@dataclass(frozen=True)
class Tick:
    """A month on the axis, counted from its first day."""

    x: int
    months: int


@dataclass(frozen=True)
class Bar:
    """One visit on the axis; None where there is nothing to draw."""

    x: int | None
    width: int
    target: int | None
    actual: int | None


@dataclass(frozen=True)
class Axis:
    """Days from `first` to `last` across the width of the picture."""

    first: date
    last: date
    today: int | None
    ticks: tuple[Tick, ...] = ()
    width: int = WIDTH

    def x(self, day: date) -> int:
        """Return where a day stands."""
        return MARGIN + (day - self.first).days * (WIDTH - 2 * MARGIN) // max((self.last - self.first).days, 1)

    def bar(self, visit: Visit) -> Bar:
        """Return the bar of a visit."""
        opens, closes = visit.opens_on, visit.closes_on
        left = self.x(opens) if opens else None
        return Bar(
            x=left,
            width=max(self.x(closes) - self.x(opens), LEAST) if opens and closes else 0,
            target=self.x(visit.target_on) if visit.target_on else None,
            actual=self.x(visit.attended_on) if visit.attended_on else None,
        )


def axis_of(visits: Iterable[Visit], *, today: date) -> Axis | None:
    """Return the axis on which all these visits have their place; None where no visit has a day."""
    days = [day for visit in visits for day in (visit.opens_on, visit.closes_on, visit.attended_on) if day]
    if not days:
        return None
    axis = Axis(min(days), max(days), None)
    here = axis.x(today) if axis.first <= today <= axis.last else None
    return Axis(axis.first, axis.last, here, tuple(_ticks(axis)))


def _ticks(axis: Axis) -> Iterator[Tick]:
    months = 0
    while (day := add_months(axis.first, months)) <= axis.last:
        yield Tick(axis.x(day), months)
        months += MONTHS_MARKED


def strip_of(visit: Visit, today: date) -> dict[str, int] | None:
    """Return where target, today and attendance stand in a small picture of the window; None without a window."""
    if visit.opens_on is None or visit.closes_on is None or visit.target_on is None:
        return None
    opens, whole = visit.opens_on, max((visit.closes_on - visit.opens_on).days, 1)

    def x(day: date) -> int:
        return min(max(30 + (day - opens).days * 60 // whole, 5), 115)

    places = {"target": x(visit.target_on), "today": x(today)}
    return places | ({"actual": x(visit.attended_on)} if visit.attended_on else {})
