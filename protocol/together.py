"""Whether the second scan and the second markers are of one time, or by when the one that is missing still can be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from protocol.assumptions import IMG_MIN_DAYS, MARKER_MIN_DAYS, PAIR_GAP_DAYS
from protocol.pairs import Part
from protocol.words import N_, Sentence, sentence

NEAR: Final = N_(
    "The second scan and the second normal markers lie %(gap)s days apart; at most %(longest)s days are allowed."
)
NEXT_DAY: Final = N_(
    "The second scan and the second normal markers lie one day apart; at most %(longest)s days are allowed."
)
FAR_APART: Final = N_("The second scan and the second normal markers lie %(gap)s days apart, more than %(longest)s.")
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


def distance(gap: int) -> Sentence:
    """Return whether so many days between both second members are near enough."""
    if gap == 1:
        return sentence(NEXT_DAY, longest=PAIR_GAP_DAYS)
    return sentence(NEAR if gap <= PAIR_GAP_DAYS else FAR_APART, gap=gap, longest=PAIR_GAP_DAYS)


def draw_due(scan_on: date, marker: Part) -> Sentence:
    """Return by when the second draw is due that belongs to a second scan."""
    return _due(DRAW_DUE, DRAW_TOO_LATE, scan_on, _complete_on(marker, MARKER_MIN_DAYS))


def scan_due(drawn_on: date, imaging: Part) -> Sentence:
    """Return by when the second scan is due that belongs to a second draw."""
    return _due(SCAN_DUE, SCAN_TOO_LATE, drawn_on, _complete_on(imaging, IMG_MIN_DAYS))


def _due(in_time: str, too_late: str, other: date, first_on: date | None) -> Sentence:
    until = other + timedelta(days=PAIR_GAP_DAYS)
    if first_on is not None and first_on > until:
        return sentence(too_late, longest=PAIR_GAP_DAYS, on=other, first_on=first_on)
    return sentence(in_time, longest=PAIR_GAP_DAYS, on=other, until=until)


def _complete_on(part: Part, shortest: int) -> date | None:
    """Return the first day on which this half can be complete: now, or a whole gap after a run that begins anew."""
    if part.next_on is None or part.window is not None:
        return part.next_on
    return part.next_on + timedelta(days=shortest)
