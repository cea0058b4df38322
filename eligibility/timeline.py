"""The response on a time axis: scans above, marker timepoints below, and the days on which a second one counts.

The band is that of the first member of a pair, so that one sees the second one in it; without a pair it is that of a
further point. Where a run was broken, nothing is joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from protocol.assessments import Assessment
from protocol.assumptions import IMG_MAX_DAYS, IMG_MIN_DAYS, MARKER_MAX_DAYS, MARKER_MIN_DAYS
from protocol.imaging import read_otherwise, standing_of
from protocol.pairs import Pair, Part, Standing, Window
from protocol.response import Response
from protocol.words import N_

WIDTH, LEFT, RIGHT = 720, 90, 50
SCANS_Y, MARKERS_Y = 34, 84
MARGIN_DAYS = 5
BEFORE_DAYS = 28  # what lies longer before the first point that counts is told by the table alone
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
    breaks: bool = False

    @property
    def kind(self) -> str:
        """What it does to its run, as the picture colours it."""
        return "counts" if self.counts else "breaks" if self.breaks else "other"


@dataclass(frozen=True)
class Band:
    """The days on which a second point makes a pair, both ends inclusive; `filled` by the pair that is there."""

    x: int
    width: int
    y: int
    first: date
    last: date
    filled: bool = False


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
class _Point:
    """One scan or marker timepoint: its day, the later of two draws, what it is in a word, what it does to its run."""

    day: date
    word: str
    standing: Standing


@dataclass(frozen=True)
class _Row:
    """One half of the response: its points by day, what they show together, and how far apart two must lie."""

    y: int
    points: tuple[_Point, ...]
    part: Part
    pair: Pair | None
    shortest: int
    longest: int

    def window(self) -> Window | None:
        """Return the days of a second point: of the pair that is there, else of the one that is waited for."""
        if self.pair is not None:
            first = self.points[self.pair.first].day
            return Window(first + timedelta(days=self.shortest), first + timedelta(days=self.longest))
        return self.part.window


def timeline_of(response: Response) -> Timeline | None:
    """Return the axis, or None where there is nothing to draw yet."""
    rows = (_scans(response), _markers(response))
    begin = _begin(rows)
    days = [point.day for row in rows for point in row.points if point.day >= begin]
    if not days:
        return None
    windows = [window for row in rows if (window := row.window())]
    days += [response.on, *(day for window in windows for day in (window.first, window.last))]
    margin = timedelta(days=MARGIN_DAYS)
    scale = _Scale(min(days) - margin, max(days) + margin)
    return Timeline(
        marks=tuple(mark for row in rows for mark in _marks(row, scale) if mark.day >= begin),
        bands=tuple(band for row in rows for band in _bands(row, scale)),
        links=tuple(link for row in rows for link in _links(row, scale)),
        today_x=scale.x(response.on),
    )


def _begin(rows: tuple[_Row, ...]) -> date:
    """Return the first day of the picture: a little before the first point that counts, so that the pairs find room."""
    counting = [point.day for row in rows for point in row.points if point.standing is Standing.COUNTS]
    return min(counting) - timedelta(days=BEFORE_DAYS) if counting else date.min


def _scans(response: Response) -> _Row:
    points = tuple(
        _Point(each.on, each.overall.value if each.overall is not None else "?", _standing(each))
        for each in response.assessments
    )
    return _Row(SCANS_Y, points, response.imaging, response.imaging_pair, IMG_MIN_DAYS, IMG_MAX_DAYS)


def _standing(assessment: Assessment) -> Standing:
    """Return the standing as it is drawn: a scan on which the reader and the lesions disagree is not shown to count."""
    standing = standing_of(assessment)
    if standing is Standing.COUNTS and read_otherwise(assessment) is not None:
        return Standing.NEITHER
    return standing


def _markers(response: Response) -> _Row:
    points = tuple(_Point(each.last_on, MARKER_WORDS[each.standing], each.standing) for each in response.markers)
    return _Row(MARKERS_Y, points, response.marker, response.marker_pair, MARKER_MIN_DAYS, MARKER_MAX_DAYS)


def _marks(row: _Row, scale: _Scale) -> Iterator[Mark]:
    paired = (row.pair.first, row.pair.second) if row.pair else ()
    for at, point in enumerate(row.points):
        is_counting, is_breaking = (point.standing is each for each in (Standing.COUNTS, Standing.BREAKS))
        yield Mark(scale.x(point.day), row.y, point.day, point.word, is_counting, at in paired, is_breaking)


def _bands(row: _Row, scale: _Scale) -> Iterator[Band]:
    if window := row.window():
        x = scale.x(window.first)
        width = max(scale.x(window.last) - x, 1)
        yield Band(x, width, row.y, window.first, window.last, filled=row.pair is not None)


def _links(row: _Row, scale: _Scale) -> Iterator[tuple[int, int, int, int, int]]:
    if row.pair:
        first, second = row.points[row.pair.first].day, row.points[row.pair.second].day
        x1, x2 = scale.x(first), scale.x(second)
        yield x1, x2, (x1 + x2) // 2, row.y, row.pair.gap_days
