"""A moment of the past as a person types it, by the clock of a site."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from protocol.words import N_, Sentence, sentence

UNREADABLE = N_("%(text)s is no moment. Write day and time as 2025-03-31 14:05.")
IN_FUTURE = N_("This moment is still to come; what will stand then, nobody knows. Give an earlier one.")
FIRST_YEAR = 2000
INSTANT = timedelta(microseconds=1)
PATTERNS = {
    "%Y-%m-%dT%H:%M": timedelta(minutes=1),
    "%Y-%m-%dT%H:%M:%S": timedelta(seconds=1),
    "%Y-%m-%dT%H:%M:%S.%f": timedelta(),
    "%Y-%m-%d %H:%M": timedelta(minutes=1),
    "%Y-%m-%d %H:%M:%S": timedelta(seconds=1),
    "%Y-%m-%d": timedelta(days=1),
    # As the pages themselves show them.
    "%d %b %Y": timedelta(days=1),
    "%d %b %Y %H:%M": timedelta(minutes=1),
    "%Y年%m月%d日": timedelta(days=1),
    "%Y年%m月%d日 %H:%M": timedelta(minutes=1),
}


def moment_typed(text: str, zone: tzinfo, *, now: datetime) -> tuple[datetime | None, Sentence | None]:
    """Return the moment that was typed, or why there is none; an offset that is given counts, else it is the zone's.

    A day alone is its end, a minute its last instant: what was recorded in it stands. The end of today is now.
    """
    if not text:
        return None, None
    found = _read(text, zone)
    if found is None or found[0].year < FIRST_YEAR:
        return None, sentence(UNREADABLE, text=text)
    begins, ends = found
    return (None, sentence(IN_FUTURE)) if begins > now else (min(ends, now).astimezone(zone), None)


def _read(text: str, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """Return the first and the last instant of what was typed."""
    try:
        if (exact := datetime.fromisoformat(text)).tzinfo:
            return exact, exact
    except ValueError:
        pass
    for pattern, length in PATTERNS.items():
        try:
            begins = datetime.strptime(text, pattern).replace(tzinfo=zone)
            return begins, begins + length - INSTANT if length else begins
        except (ValueError, OverflowError):
            continue
    return None
