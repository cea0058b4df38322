"""The clock of a serious adverse event: from the moment somebody at the site knew of it, to its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from protocol.assumptions import SAE_REPORT_HOURS

REMIND_BEFORE = timedelta(hours=4)


class ClockState(StrEnum):
    """Where the report of a serious event stands."""

    RUNNING = "clock running"
    OVERDUE = "overdue"
    IN_TIME = "reported in time"
    LATE = "reported late"


@dataclass(frozen=True, kw_only=True)
class Clock:
    """When a site knew, until when it has to report, and when it did."""

    aware_at: datetime
    reported_at: datetime | None
    is_known: bool = True  # the moment of awareness is entered; otherwise it counts from the first entry

    @property
    def due_at(self) -> datetime:
        """Return the last moment in time. Hours are hours, also where a clock is put forward in between."""
        due = self.aware_at.astimezone(UTC) + timedelta(hours=SAE_REPORT_HOURS)
        return due.astimezone(self.aware_at.tzinfo)

    def state(self, at: datetime) -> ClockState:
        """Return where the report stands at a moment."""
        if self.reported_at is not None:
            return ClockState.IN_TIME if self.reported_at <= self.due_at else ClockState.LATE
        return ClockState.RUNNING if at <= self.due_at else ClockState.OVERDUE

    def left(self, at: datetime) -> timedelta:
        """Return the time left; negative once it is overdue."""
        return self.due_at - at

    def minutes_late(self) -> int:
        """Return by how many minutes the report came too late; 0 where it came in time or not yet."""
        if self.reported_at is None:
            return 0
        return max(0, int((self.reported_at - self.due_at).total_seconds() // 60))


def clock_of(answers: Mapping[str, Mapping[str, str]], *, zone: ZoneInfo, entered_at: datetime) -> Clock:
    """Return the clock that the answers of a form, as they are stored, give."""
    aware = moment_of(answers, "aware_at", zone)
    return Clock(
        aware_at=aware or entered_at.astimezone(zone),
        reported_at=moment_of(answers, "reported_at", zone),
        is_known=aware is not None,
    )


def moment_of(answers: Mapping[str, Mapping[str, str]], path: str, zone: ZoneInfo) -> datetime | None:
    """Return a moment as entered at the site; None where none is."""
    text = answers.get(path, {}).get("value", "")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone) if "T" in text else None
    except ValueError:
        return None
