"""Days as people know them: whole or partial, compared without guessing, moved by days and calendar months."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from fractions import Fraction

from protocol.values import plain

MOMENT = "%Y-%m-%dT%H:%M"  # as a moment is stored: to the minute, by the clock of the site
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(-UNK)?")


@plain()
class PossibleDays:
    """The days that a date as entered can mean, both ends included; None is open (nothing is known).

    `unobtainable`: the person declared (UNK) that the rest cannot be found out.
    """

    earliest: date | None
    latest: date | None
    unobtainable: bool = False

    @property
    def day(self) -> date | None:
        """The day, where only one is possible."""
        return self.earliest if self.earliest == self.latest else None

    def is_before(self, other: PossibleDays) -> bool | None:
        """Whether this lies before the other day; None when both are possible."""
        if _less(self.latest, other.earliest):
            return True
        if _not_less(self.earliest, other.latest):
            return False
        return None

    def is_after(self, other: PossibleDays) -> bool | None:
        """Whether this lies after the other day; None when both are possible."""
        return other.is_before(self)


def _less(late: date | None, early: date | None) -> bool:
    return late is not None and early is not None and late < early


def _not_less(early: date | None, late: date | None) -> bool:
    return early is not None and late is not None and early >= late


def exactly(day: date) -> PossibleDays:
    """Return a whole day as the days it can mean."""
    return PossibleDays(day, day)


def possible_days(text: str) -> PossibleDays:
    """Return the days a stored date can mean: 2025, 2025-03, 2025-03-31, 2025-UNK, UNK, or a moment's day.

    Raises ValueError for any other text and for a day that no calendar has.
    """
    if text == "UNK":
        return PossibleDays(None, None, unobtainable=True)
    match = _PARTIAL.fullmatch(text.partition("T")[0])
    if match is None or (match[3] and match[4]):
        raise ValueError(f"This is not a date: {text!r}.")
    year, month, day = (int(part) if part else None for part in match.groups()[:3])
    unobtainable = match[4] is not None
    if year is None or month is None:
        return PossibleDays(date(int(match[1]), 1, 1), date(int(match[1]), 12, 31), unobtainable)
    if day is None:
        return PossibleDays(date(year, month, 1), date(year, month, days_in_month(year, month)), unobtainable)
    return exactly(date(year, month, day))


def days_in_month(year: int, month: int) -> int:
    """Return the number of days of a month. Raises ValueError for a month that no calendar has."""
    date(year, month, 1)
    return calendar.monthrange(year, month)[1]


def add_days(day: date, days: int) -> date:
    """Return the day so many days later (earlier when negative)."""
    return day + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """Return the same day of the month so many calendar months later, clamped to the end of the month.

    31 Aug 2025 and 6 months is 28 Feb 2026; the day before the clamp is not remembered.
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, days_in_month(year, month0 + 1)))


def days_between(start: date, end: date) -> int:
    """Return the whole days from start to end: 0 for the same day, negative when end comes first."""
    return (end - start).days


def hours_between(start: str, end: str) -> Fraction | None:
    """Return the exact hours between two stored moments of one site; None where one of them is none."""
    try:
        passed = datetime.strptime(end, MOMENT) - datetime.strptime(start, MOMENT)
    except ValueError:
        return None
    return Fraction(passed // timedelta(minutes=1), 60)


def completed_years(birth: date, on: date) -> int:
    """Return the years of age completed on a day; who is born on 29 Feb ages on 1 Mar in other years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def completed_years_possible(birth: PossibleDays, on: date) -> tuple[int, int] | None:
    """Return the fewest and the most completed years; None when nothing is known of the birth."""
    if birth.earliest is None or birth.latest is None:
        return None
    return completed_years(birth.latest, on), completed_years(birth.earliest, on)
