"""The course of one subject on a time axis: markers, imaging, treatment, operation, visits. Only numbers and words for an SVG.

It is drawn from the forms its reader may see, so what is blinded or tells a hidden arm is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, log10
from typing import Final

from casebook.models import Visit
from casebook.states import VisitState
from desk.selectors.course import Course, Imaged, Level, Treatment

WIDTH, LEFT, RIGHT = 960, 110, 30
IMAGING_Y, FIRST_LANE_Y, LANE = 30, 52, 18
PLOT, GAP = 150, 22
VISITS = 40
LOWEST: Final = 0.1
LEAST_TOP: Final = 10.0
MARGIN_DAYS = 20
MOST_TICKS = 10
BAR_LEAST = 6
SAID_LEAST = 60  # a shorter bar has its words beside it
SHORT_DAYS = 150  # the room these words take


@dataclass(frozen=True)
class Dot:
    """One mark with its words."""

    x: int
    y: int
    kind: str
    word: str
    title: str


@dataclass(frozen=True)
class Bar:
    """A span of days in its lane."""

    x: int
    y: int
    width: int
    kind: str
    word: str
    title: str

    @property
    def is_said(self) -> bool:
        """Whether its words find room in it; else they stand beside it."""
        return self.width >= SAID_LEAST


@dataclass(frozen=True)
class Curve:
    """One marker: pieces of its line, broken where a draw did not measure it, and its points."""

    name: str
    kind: str
    pieces: tuple[str, ...]
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Timeline:
    """What is drawn."""

    height: int
    plot_top: int
    plot_bottom: int
    visits_y: int
    limit_y: int
    today_x: int | None
    randomized_x: int | None
    imaging: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    curves: tuple[Curve, ...]
    windows: tuple[Bar, ...]
    attended: tuple[Dot, ...]
    heights: tuple[tuple[int, str], ...]
    ticks: tuple[tuple[int, date], ...]
    width: int = WIDTH
    left: int = LEFT
    right: int = WIDTH - RIGHT
    imaging_y: int = IMAGING_Y
    treatment_y: int = FIRST_LANE_Y


@dataclass(frozen=True)
class _Scale:
    """Where days and multiples of the upper limit fall."""

    first: date
    last: date
    top: int
    highest: float
    lanes: list[date] = field(default_factory=list)  # the day until which each lane is taken

    def x(self, day: date) -> int:
        whole = max((self.last - self.first).days, 1)
        return LEFT + (day - self.first).days * (WIDTH - LEFT - RIGHT) // whole

    def y(self, multiple: float) -> int:
        share = log10(min(max(multiple, LOWEST), self.highest) / LOWEST) / log10(self.highest / LOWEST)
        return self.top + round(PLOT * (1 - share))


def timeline_of(course: Course, visits: Iterable[Visit], *, today: date) -> Timeline | None:
    """Return the axis, or None where nothing has a day yet."""
    visits = [visit for visit in visits if visit.state != VisitState.CANCELLED]
    days = [*course.days(today), *_days_of(visits)]
    if not days:
        return None
    margin = timedelta(days=MARGIN_DAYS)
    first, last = min(days) - margin, max(*days, today) + margin
    lanes = _lanes(course.treatments, today)
    top = FIRST_LANE_Y + LANE * (max(lanes.values(), default=0) + 1) + GAP
    scale = _Scale(first, last, top, _highest(course))
    visits_y = top + PLOT + GAP
    return Timeline(
        height=visits_y + VISITS,
        plot_top=top,
        plot_bottom=top + PLOT,
        visits_y=visits_y,
        limit_y=scale.y(1),
        today_x=scale.x(today),
        randomized_x=scale.x(course.randomized_on) if course.randomized_on else None,
        imaging=tuple(_imaged(each, scale) for each in course.imaging),
        bars=tuple(_bar(each, lanes[at], scale, today) for at, each in enumerate(course.treatments)),
        curves=tuple(_curve(name, levels, scale) for name, levels in course.markers.items() if levels),
        windows=tuple(_windows(visits, scale, visits_y)),
        attended=tuple(_attended(visits, scale, visits_y)),
        heights=tuple(
            (scale.y(10.0**power), f"{10.0**power:g}") for power in range(-1, round(log10(scale.highest)) + 1)
        ),
        ticks=tuple((scale.x(day), day) for day in _ticks(first, last)),
    )


def _days_of(visits: Iterable[Visit]) -> Iterator[date]:
    for visit in visits:
        yield from (day for day in (visit.opens_on, visit.closes_on, visit.attended_on) if day)


def _highest(course: Course) -> float:
    most = max((each.multiple for levels in course.markers.values() for each in levels if each.multiple), default=1.0)
    return max(LEAST_TOP, 10.0 ** ceil(log10(most)))


def _lanes(treatments: Sequence[Treatment], today: date) -> Mapping[int, int]:
    """Return the lane of each treatment: the first one that is free when it begins."""
    until: list[date] = []
    found: dict[int, int] = {}
    for at, each in enumerate(treatments):
        free = next((lane for lane, day in enumerate(until) if day < each.first_on), len(until))
        until[free : free + 1] = [max(each.last_on or today, each.first_on + timedelta(days=SHORT_DAYS))]
        found[at] = free
    return found


def _bar(each: Treatment, lane: int, scale: _Scale, today: date) -> Bar:
    x, last = scale.x(each.first_on), each.last_on or max(today, each.first_on)
    width = max(scale.x(last) - x, BAR_LEAST)
    return Bar(x, FIRST_LANE_Y + LANE * lane, width, each.kind, each.word, f"{each.said}: {each.word}")


def _imaged(each: Imaged, scale: _Scale) -> Dot:
    return Dot(scale.x(each.on), IMAGING_Y, each.tone, each.word, f"{each.on.isoformat()}: {each.word}")


def _curve(name: str, levels: Sequence[Level], scale: _Scale) -> Curve:
    pieces, piece = list[list[str]](), list[str]()
    dots = list[Dot]()
    for each in levels:
        if each.multiple is None:
            pieces, piece = [*pieces, piece], []
            continue
        x, y = scale.x(each.on), scale.y(float(each.multiple))
        piece.append(f"{x},{y}")
        kind = "above" if each.is_above else "normal"
        dots.append(Dot(x, y, kind, each.said, f"{name} {each.on.isoformat()}: {each.said}"))
    lines = tuple(" ".join(points) for points in [*pieces, piece] if len(points) > 1)
    return Curve(name, name.split("-", maxsplit=1)[0].lower(), lines, tuple(dots))


def _windows(visits: Iterable[Visit], scale: _Scale, y: int) -> Iterator[Bar]:
    for visit in visits:
        if visit.opens_on and visit.closes_on:
            x = scale.x(visit.opens_on)
            title = f"{visit.code}: {visit.opens_on.isoformat()} – {visit.closes_on.isoformat()}"
            yield Bar(x, y, max(scale.x(visit.closes_on) - x, 3), visit.state, visit.code, title)


def _attended(visits: Iterable[Visit], scale: _Scale, y: int) -> Iterator[Dot]:
    for visit in visits:
        if visit.attended_on:
            title = f"{visit.code}: {visit.attended_on.isoformat()}"
            yield Dot(scale.x(visit.attended_on), y + 5, "attended", visit.code, title)


def _ticks(first: date, last: date) -> Iterator[date]:
    """Yield first days of months, evenly and not too many."""
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next(each for each in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months <= each * MOST_TICKS)
    start = first.year * 12 + first.month  # the month after the first one, counted from 0
    for month in range(start + (-start) % step, last.year * 12 + last.month, step):
        if (day := date(month // 12, month % 12 + 1, 1)) <= last:
            yield day
