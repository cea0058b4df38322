"""What a visit is on a day of its site: the words of lists, pages, reminders and reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from casebook.models import Visit
from casebook.states import VisitState
from protocol.course import ALLOCATION
from protocol.schedule import SCREENING, SURGERY, UNSCHEDULED
from protocol.trial import TRIAL
from protocol.words import N_


class VisitStatus(StrEnum):
    """Due: its window is open. In grace: it closed, but a reason makes up for that. Overdue: both are over, nothing said."""

    UPCOMING = "upcoming"
    DUE = "due"
    GRACE = "in grace"
    OVERDUE = "overdue"
    ATTENDED = "attended"
    EARLY = "early"
    LATE = "late"
    MISSED = "missed"
    CANCELLED = "not applicable"
    UNDATED = "no date"


TITLES: Final[Mapping[VisitStatus, str]] = {
    VisitStatus.UPCOMING: N_("Upcoming"),
    VisitStatus.DUE: N_("Due now"),
    VisitStatus.GRACE: N_("In grace"),
    VisitStatus.OVERDUE: N_("Overdue"),
    VisitStatus.ATTENDED: N_("Attended"),
    VisitStatus.EARLY: N_("Attended early"),
    VisitStatus.LATE: N_("Attended late"),
    VisitStatus.MISSED: N_("Missed"),
    VisitStatus.CANCELLED: N_("Not applicable"),
    VisitStatus.UNDATED: N_("No date yet"),
}

GRACE_DAYS: Final[Mapping[str, int]] = {visit.code: visit.grace_days for visit in TRIAL.visits if visit.grace_days}
# What takes place by something else: the allocation, the operation, the forms of screening.
NOT_ATTENDED_BY_HAND: Final = frozenset({SCREENING.code, ALLOCATION, SURGERY.code})
NOT_PLANNED: Final = frozenset({SCREENING.code, UNSCHEDULED.code})


def status_of(visit: Visit, *, on: date) -> VisitStatus:
    """Return what the visit is on this day of its site."""
    match VisitState(visit.state):
        case VisitState.ATTENDED:
            return _of_attended(visit)
        case VisitState.MISSED:
            return VisitStatus.MISSED
        case VisitState.CANCELLED:
            return VisitStatus.CANCELLED
    if visit.opens_on is None or visit.closes_on is None:
        return VisitStatus.UNDATED
    if on < visit.opens_on:
        return VisitStatus.UPCOMING
    if on <= visit.closes_on:
        return VisitStatus.DUE
    return VisitStatus.GRACE if on <= last_day_of(visit) else VisitStatus.OVERDUE


def last_day_of(visit: Visit) -> date:
    """Return the last day on which the visit is not overdue. Raises ValueError for a visit without window."""
    if visit.closes_on is None:
        raise ValueError(f"Expected a visit with a window, got {visit.code}.")
    return visit.closes_on + timedelta(days=GRACE_DAYS.get(visit.code, 0))


def is_in_window(visit: Visit, day: date) -> bool:
    """Whether the day lies in the window, both ends included; a visit without window takes any day."""
    if visit.opens_on is None or visit.closes_on is None:
        return True
    return visit.opens_on <= day <= visit.closes_on


def _of_attended(visit: Visit) -> VisitStatus:
    day = visit.attended_on
    if day is None or is_in_window(visit, day):
        return VisitStatus.ATTENDED
    return VisitStatus.EARLY if visit.opens_on and day < visit.opens_on else VisitStatus.LATE
