"""The moment that rules, windows, screens and reports use: now. A demonstration alone can be moved on by days.

Sessions, log-in and the database keep their own clock; an event made while the two differ says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

MOST_DAYS_AHEAD = 3 * 366


def now() -> datetime:
    """Return the moment to act at."""
    ahead = days_ahead()
    return timezone.now() + timedelta(days=ahead) if ahead else timezone.now()


def days_ahead() -> int:
    """Return by how many days a demonstration was moved on; in production never any."""
    if (file := _file()) is None:
        return 0
    try:
        return int(file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def move_on(days: int) -> int:
    """Let days pass in a demonstration and return how many it is ahead now. Raises ValueError where time cannot move."""
    file = _file()
    ahead = days_ahead() + days
    if file is None or days < 1 or ahead > MOST_DAYS_AHEAD:
        raise ValueError(f"Expected 1 to {MOST_DAYS_AHEAD} days in a demonstration, got {days}.")
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(str(ahead))
    new.replace(file)  # a reader finds the old number or the new one, never half of it
    return ahead


def _file() -> Path | None:
    # A file, because every process of the demonstration asks many times, and none of them may touch the database for it.
    return None if settings.PRODUCTION or not settings.CLOCK_FILE else Path(settings.CLOCK_FILE)
