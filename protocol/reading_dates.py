"""Dates as people type them: year first. What can mean two days is asked, what no calendar has is refused."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from protocol.words import N_, Param

_DAY: Final = re.compile(r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日)")
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONTH: Final = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年([0-9]{1,2})月)")
_YEAR: Final = re.compile(r"([0-9]{4})年?")
_UNOBTAINABLE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-UNK)?-UNK", re.IGNORECASE)
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")
_MOMENT: Final = re.compile(r"(.+?)(?:[T ]+)([0-9]{1,2}):([0-9]{2})", re.IGNORECASE)

EARLIEST_YEAR: Final = 1900
LATEST_YEAR: Final = 2100

NOT_A_DATE: Final = N_("%(title)s: %(value)s is not a date. Write year, month and day, such as 2025-03-31.")
NOT_A_PARTIAL: Final = N_(
    "%(title)s: %(value)s is not a date. Write what is known: 2025-03-31, 2025-03 or 2025; UNK for what cannot be found out."
)
NOT_A_MOMENT: Final = N_("%(title)s: %(value)s is not a day with a time. Write both, such as 2025-03-31 14:05.")
TWO_DAYS: Final = N_("%(title)s: %(value)s can be %(first)s or %(second)s. Write the one you mean.")
YEAR_FIRST: Final = N_("%(title)s: write the date with the year first: %(first)s.")
NO_SUCH_DAY: Final = N_("%(title)s: there is no day %(value)s. Check the date against the source.")
NO_SUCH_TIME: Final = N_("%(title)s: there is no time %(value)s. Write hours 00 to 23 and minutes 00 to 59.")
WHOLE_DATE: Final = N_("%(title)s needs the whole date. Complete %(value)s with month and day, such as 2025-03-31.")
YEAR_OUT: Final = N_(
    "%(title)s: the year of %(value)s is not between %(first)s and %(last)s. Check it against the source."
)


class DateUnreadable(Exception):
    """The text is no date that can be kept; message and parameters of the sentence."""

    def __init__(self, message: str, **params: Param) -> None:
        super().__init__(message)
        self.message = message
        self.params = params


def read_day(text: str) -> str:
    """Return a whole day as 2025-03-31. Raises DateUnreadable."""
    found = _whole_day(text)
    if found is not None:
        return found
    if _MONTH.fullmatch(text) or _YEAR.fullmatch(text) or _UNOBTAINABLE.fullmatch(text) or text.upper() == "UNK":
        raise DateUnreadable(WHOLE_DATE, value=_short(text))
    raise DateUnreadable(NOT_A_DATE, value=_short(text))


def read_partial(text: str) -> str:
    """Return a day as far as it is known: 2025-03-31, 2025-03, 2025, 2025-UNK, UNK. Raises DateUnreadable."""
    if text.upper() == "UNK":
        return "UNK"
    if (match := _UNOBTAINABLE.fullmatch(text)) is not None:
        return f"{_month(match[1], match[2], text) if match[2] else _year(match[1], text)}-UNK"
    if (found := _whole_day(text)) is not None:
        return found
    if (match := _YEAR.fullmatch(text)) is not None:
        return _year(match[1], text)
    if (match := _MONTH.fullmatch(text)) is not None:
        return _month(match[1], match[2] or match[3], text)
    raise DateUnreadable(NOT_A_PARTIAL, value=_short(text))


def read_moment(text: str) -> str:
    """Return a day and a time to the minute as 2025-03-31T14:05. Raises DateUnreadable."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise DateUnreadable(NOT_A_MOMENT, value=_short(text))
    hour, minute = int(match[2]), int(match[3])
    if hour > 23 or minute > 59:
        raise DateUnreadable(NO_SUCH_TIME, value=f"{match[2]}:{match[3]}")
    return f"{read_day(match[1].strip())}T{hour:02}:{minute:02}"


def _whole_day(text: str) -> str | None:
    """Return the day, or None where the text has another shape. Raises DateUnreadable."""
    match = _DAY.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is not None:
        parts = [int(part) for part in match.groups() if part and part.isdigit()]
        return _existing(parts[0], parts[1], parts[2], text).isoformat()
    if (match := _YEAR_LAST.fullmatch(text)) is not None:
        raise _year_last(int(match[1]), int(match[2]), int(match[3]), text)
    return None


def _year_last(one: int, two: int, year: int, text: str) -> DateUnreadable:
    days = sorted({day for day in (_possible(year, two, one), _possible(year, one, two)) if day})
    if not days:
        return DateUnreadable(NO_SUCH_DAY, value=text)
    if len(days) == 1:
        return DateUnreadable(YEAR_FIRST, first=days[0])
    return DateUnreadable(TWO_DAYS, value=text, first=days[0], second=days[1])


def _possible(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _existing(year: int, month: int, day: int, text: str) -> date:
    _year(f"{year:04}", text)
    found = _possible(year, month, day)
    if found is None:
        raise DateUnreadable(NO_SUCH_DAY, value=_short(text))
    return found


def _year(year: str, text: str) -> str:
    if not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        raise DateUnreadable(YEAR_OUT, value=_short(text), first=EARLIEST_YEAR, last=LATEST_YEAR)
    return year


def _month(year: str, month: str, text: str) -> str:
    first = _existing(int(year), int(month), 1, text)
    return f"{first.year:04}-{first.month:02}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
