"""The response on a time axis: scans above, marker timepoints below, and the days on which a second one would count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from protocol.assumptions import IMG_MAX_DAYS, IMG_MIN_DAYS, MARKER_MAX_DAYS, MARKER_MIN_DAYS
from protocol.language import Verdict
from protocol.pairs import Pair, Part, Standing
from protocol.response import Response
from protocol.words import N_

WIDTH, LEFT, RIGHT = 720, 90, 50
SCANS_Y, MARKERS_Y = 34, 84
MARGIN_DAYS = 5
MARKER_WORDS: Mapping[Standing, str] = {
    Standing.COUNTS: N_("normal"),
    Standing.BREAKS: N_("above"),
    Standing.NEITHER: N_("neither"),
    Standing.IGNORED: N_("one only"),
    Standing.OPEN: N_("open"),
}


@dataclass(frozen=True)
class Mark:
    """One scan or marker timepoint on the axis."""

    x: int
    y: int
    day: date
    word: str
    counts: bool
    in_pair: bool


@dataclass(frozen=True)
class Band:
    """The days on which a second point would make a pair, both ends inclusive."""

    x: int
    width: int
    y: int
    first: date
    last: date


@dataclass(frozen=True)
class Timeline:
    """What is drawn."""

    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    links: tuple[tuple[int, int, int, int, int], ...]  # x1, x2, its middle, y, days between
    today_x: int
    scans_y: int = SCANS_Y
    markers_y: int = MARKERS_Y
    width: int = WIDTH


@dataclass(frozen=True)
class _Scale:
    first: date
    last: date

    def x(self, day: date) -> int:
        whole = max((self.last - self.first).days, 1)
        return LEFT + (day - self.first).days * (WIDTH - LEFT - RIGHT) // whole


@dataclass(frozen=True)
class _Row:
    """One half of the response: its points by day, what each is, and whether it counts."""

    y: int
    points: tuple[tuple[date, str, bool], ...]
    part: Part
    pair: Pair | None
    shortest: int
    longest: int

    def window(self) -> tuple[date, date] | None:
        """Return the days on which a second point would pair with the last one that counts; None when there is a pair."""
        counting = [day for day, _word, counts in self.points if counts]
        if self.part.verdict is not Verdict.UNKNOWN or not counting:
            return None
        return counting[-1] + timedelta(days=self.shortest), counting[-1] + timedelta(days=self.longest)


def timeline_of(response: Response) -> Timeline | None:
    """Return the axis, or None where there is nothing to draw yet."""
    rows = (_scans(response), _markers(response))
    days = [day for row in rows for day, _word, _counts in row.points]
    if not days:
        return None
    windows = [window for row in rows if (window := row.window())]
    days += [response.on, *(day for window in windows for day in window)]
    margin = timedelta(days=MARGIN_DAYS)
    scale = _Scale(min(days) - margin, max(days) + margin)
    return Timeline(
        marks=tuple(mark for row in rows for mark in _marks(row, scale)),
        bands=tuple(band for row in rows for band in _bands(row, scale)),
        links=tuple(link for row in rows for link in _links(row, scale)),
        today_x=scale.x(response.on),
    )


def _scans(response: Response) -> _Row:
    points = tuple(
        (each.on, each.overall.value if each.overall is not None else "?", each.is_qualifying)
        for each in response.assessments
    )
    return _Row(SCANS_Y, points, response.imaging, response.imaging_pair, IMG_MIN_DAYS, IMG_MAX_DAYS)


def _markers(response: Response) -> _Row:
    points = tuple(
        (each.last_on, MARKER_WORDS[each.standing], each.standing is Standing.COUNTS) for each in response.markers
    )
    return _Row(MARKERS_Y, points, response.marker, response.marker_pair, MARKER_MIN_DAYS, MARKER_MAX_DAYS)


def _marks(row: _Row, scale: _Scale) -> Iterator[Mark]:
    paired = (row.pair.first, row.pair.second) if row.pair else ()
    for at, (day, word, counts) in enumerate(row.points):
        yield Mark(scale.x(day), row.y, day, word, counts, at in paired)


def _bands(row: _Row, scale: _Scale) -> Iterator[Band]:
    if window := row.window():
        first, last = window
        x = scale.x(first)
        yield Band(x, max(scale.x(last) - x, 1), row.y, first, last)


def _links(row: _Row, scale: _Scale) -> Iterator[tuple[int, int, int, int, int]]:
    if row.pair:
        first, second = row.points[row.pair.first][0], row.points[row.pair.second][0]
        x1, x2 = scale.x(first), scale.x(second)
        yield x1, x2, (x1 + x2) // 2, row.y, row.pair.gap_days
