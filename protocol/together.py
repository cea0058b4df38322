"""Whether the second scan and the second markers are of one time, or by when the one that is missing still can be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Protocol

from protocol.assumptions import PAIR_GAP_DAYS
from protocol.dates import days_between
from protocol.pairs import Part
from protocol.words import N_, Sentence, sentence

SAME_DAY: Final = N_("The second scan and the second normal markers are of one day, %(scan_on)s.")
NEXT_DAY: Final = N_(
    "The second scan of %(scan_on)s and the second normal markers of %(drawn_on)s lie one day apart; this is near "
    "enough, as at most %(longest)s days are allowed."
)
NEAR: Final = N_(
    "The second scan of %(scan_on)s and the second normal markers of %(drawn_on)s lie %(gap)s days apart; this is near "
    "enough, as at most %(longest)s days are allowed."
)
FAR_APART: Final = N_(
    "The second scan of %(scan_on)s and the second normal markers of %(drawn_on)s lie %(gap)s days apart, more than "
    "%(longest)s."
)
SCAN_DUE: Final = N_(
    "The second scan should lie within %(longest)s days of the second normal markers of %(on)s: until %(until)s."
)
DRAW_DUE: Final = N_(
    "The second draw should lie within %(longest)s days of the second scan of %(on)s: until %(until)s."
)
SCAN_TOO_LATE: Final = N_(
    "A second scan is possible from %(first_on)s on, more than %(longest)s days after the second normal markers of "
    "%(on)s: further markers near that scan are needed as well."
)
DRAW_TOO_LATE: Final = N_(
    "A second normal draw is possible from %(first_on)s on, more than %(longest)s days after the second scan of "
    "%(on)s: a further scan near that draw is needed as well."
)

SCAN_FROM: Final = N_(
    "A second normal draw is possible from %(other)s on, and both second members lie within %(longest)s days: "
    "a second scan fits it from %(first_on)s on."
)
DRAW_FROM: Final = N_(
    "A second scan is possible from %(other)s on, and both second members lie within %(longest)s days: "
    "a second normal draw fits it from %(first_on)s on."
)
SCAN_FURTHER: Final = N_(
    "A second normal draw is possible from %(other)s on; a scan until %(until)s lies more than %(longest)s days before "
    "it: a further scan from %(first_on)s on is needed as well."
)
DRAW_FURTHER: Final = N_(
    "A second scan is possible from %(other)s on; a draw until %(until)s lies more than %(longest)s days before it: "
    "a further draw from %(first_on)s on is needed as well."
)


class Drawn(Protocol):
    """What is asked of a marker timepoint here: the days of its earlier and its later draw."""

    @property
    def first_on(self) -> date: ...
    @property
    def last_on(self) -> date: ...


def gap_of(scan_on: date, markers: Drawn) -> int:
    """Return the days between a scan and the draw of a timepoint farthest from it."""
    return max(abs(days_between(scan_on, markers.first_on)), abs(days_between(scan_on, markers.last_on)))


def distance(scan_on: date, markers: Drawn) -> Sentence:
    """Return of both second members whether they lie near enough, with their days."""
    gap = gap_of(scan_on, markers)
    drawn_on = max(markers.first_on, markers.last_on, key=lambda day: abs(days_between(scan_on, day)))
    if gap > PAIR_GAP_DAYS:
        return sentence(FAR_APART, scan_on=scan_on, drawn_on=drawn_on, gap=gap, longest=PAIR_GAP_DAYS)
    if gap == 0:
        return sentence(SAME_DAY, scan_on=scan_on)
    if gap == 1:
        return sentence(NEXT_DAY, scan_on=scan_on, drawn_on=drawn_on, longest=PAIR_GAP_DAYS)
    return sentence(NEAR, scan_on=scan_on, drawn_on=drawn_on, gap=gap, longest=PAIR_GAP_DAYS)


def draw_due(scan_on: date, marker: Part) -> Sentence:
    """Return by when the second draw is due that belongs to a second scan."""
    return _due(DRAW_DUE, DRAW_TOO_LATE, scan_on, marker.complete_on)


def scan_due(drawn_on: date, imaging: Part) -> Sentence:
    """Return by when the second scan is due that belongs to a second draw."""
    return _due(SCAN_DUE, SCAN_TOO_LATE, drawn_on, imaging.complete_on)


def both_due(imaging: Part, marker: Part) -> Sentence | None:
    """Return from which day the half that can be complete earlier fits the other; None where any day of it does."""
    scan_on, drawn_on = imaging.complete_on, marker.complete_on
    if scan_on is None or drawn_on is None or abs(days_between(scan_on, drawn_on)) <= PAIR_GAP_DAYS:
        return None
    if scan_on < drawn_on:
        return _fitting(SCAN_FROM, SCAN_FURTHER, imaging, drawn_on)
    return _fitting(DRAW_FROM, DRAW_FURTHER, marker, scan_on)


def _fitting(in_time: str, further: str, earlier: Part, other: date) -> Sentence:
    first = near(other)
    if earlier.next_by is not None and earlier.next_by < first:
        return sentence(further, other=other, longest=PAIR_GAP_DAYS, first_on=first, until=earlier.next_by)
    return sentence(in_time, other=other, longest=PAIR_GAP_DAYS, first_on=first)


def near(other: date) -> date:
    """Return the first day that lies near enough to the day on which the other half can be complete."""
    return other - timedelta(days=PAIR_GAP_DAYS)


def further_from(second_on: date | None, earlier: Part, other: Part) -> date | None:
    """Return from which day a further second member is needed, because the other half is complete too late for it."""
    if other.complete_on is None:
        return None
    first = near(other.complete_on)
    last = second_on if second_on is not None else earlier.next_by
    return first if last is not None and last < first else None


def _due(in_time: str, too_late: str, other: date, first_on: date | None) -> Sentence:
    until = other + timedelta(days=PAIR_GAP_DAYS)
    if first_on is not None and first_on > until:
        return sentence(too_late, longest=PAIR_GAP_DAYS, on=other, first_on=first_on)
    return sentence(in_time, longest=PAIR_GAP_DAYS, on=other, until=until)
