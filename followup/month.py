"""A month of visits: of each day how many have their target on it, and how many windows are open."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    on: date
    is_of_month: bool
    is_today: bool
    is_chosen: bool
    targets: int  # open visits with this target
    attended: int
    windows: int  # open visits whose window includes the day


def month_of(text: str, *, today: date) -> date:
    """Return the first day of the month that the address names as 2025-03; of the present one for any other text."""
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == 7 else today
    except ValueError:
        first = today
    return min(max(first, EARLIEST), LATEST).replace(day=1)


def day_of(text: str, *, month: date, today: date) -> date:
    """Return the day that the address names, if it is in sight of the month; else today, or the month's first day."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is not None and month <= day <= last_of(month):
        return day
    return today if month <= today <= last_of(month) else month


def last_of(month: date) -> date:
    """Return the last day of the month that begins on this day."""
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


def before(month: date) -> date:
    """Return the first day of the month before."""
    return (month - timedelta(days=1)).replace(day=1)


def after(month: date) -> date:
    """Return the first day of the month after."""
    return last_of(month) + timedelta(days=1)


def weeks_of(
    month: date,
    *,
    today: date,
    chosen: date,
    windows: Iterable[tuple[date, date, date, int]],
    attended: Mapping[date, int],
) -> list[list[Day]]:
    """Return whole weeks from Monday; `windows` are open visits as (opens, closes, target, how many)."""
    targets, open_on = Counter[date](), Counter[date]()
    first, last = month - timedelta(days=6), last_of(month) + timedelta(days=6)
    for opens, closes, target, count in windows:
        targets[target] += count
        day = max(opens, first)
        while day <= min(closes, last):
            open_on[day] += count
            day += timedelta(days=1)
    return [
        [
            Day(
                on=day,
                is_of_month=day.month == month.month,
                is_today=day == today,
                is_chosen=day == chosen,
                targets=targets[day],
                attended=attended.get(day, 0),
                windows=open_on[day],
            )
            for day in week
        ]
        for week in calendar.Calendar().monthdatescalendar(month.year, month.month)
    ]
