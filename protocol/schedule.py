"""The visits of the 24 months, their windows, and the state of a visit on a day. Anchored on randomization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from protocol.arms import RESECTION
from protocol.assumptions import (
    FINAL_VISIT_AFTER_DAYS,
    IMAGING_VISIT_WINDOW_DAYS,
    LATE_VISIT_WINDOW_DAYS,
    POD30_WINDOW_DAYS,
    POD90_WINDOW_DAYS,
    SURGERY_GRACE_DAYS,
    SURGERY_WITHIN_DAYS,
    SURVIVAL_CONTACT_MONTHS,
)
from protocol.dates import add_days, add_months
from protocol.language import Visit
from protocol.words import N_

RANDOMIZATION: Final = "randomization"
OPERATION: Final = "operation"
PROGRESSION: Final = "progression"

SCREENING_FORMS: Final = ("DM", "HCC", "TA", "MK", "HE", "CH", "CO", "EG", "VS", "CP", "PG", "MH", "SU", "IJ")
BLOOD_FORMS: Final = ("MK", "HE", "CH", "CO")
IMAGING_FORMS: Final = ("VR", "TA", *BLOOD_FORMS, "CP", "VS")
UNSCHEDULED_FORMS: Final = (*IMAGING_FORMS, "SS")
SOURCE: Final = "Trial schedule, edition 1: NCT05349331 publishes none"


def _month(code: str, title: str, number: int, months: int, *, days: int, forms: tuple[str, ...]) -> Visit:
    return Visit(
        code=code,
        title=title,
        number=number,
        months=months,
        days_before=days,
        days_after=days,
        forms=forms,
        source=SOURCE,
    )


def _imaging(code: str, title: str, number: int, months: int) -> Visit:
    return _month(code, title, number, months, days=IMAGING_VISIT_WINDOW_DAYS, forms=IMAGING_FORMS)


def _late_imaging(code: str, title: str, number: int, months: int) -> Visit:
    return _month(code, title, number, months, days=LATE_VISIT_WINDOW_DAYS, forms=IMAGING_FORMS)


def _after_operation(code: str, title: str, number: int, days: int, window_days: int) -> Visit:
    return Visit(
        code=code,
        title=title,
        number=number,
        anchor=OPERATION,
        days=days,
        days_before=window_days,
        days_after=window_days,
        forms=("PO",),
        arms=(RESECTION,),
        source=SOURCE,
    )


SCREENING: Final = Visit(code="SCR", title=N_("Screening"), number=1, anchor="", forms=SCREENING_FORMS, source=SOURCE)
SURGERY: Final = Visit(
    code="SURG",
    title=N_("Surgery"),
    number=3,
    # The deadline is the target: any day from the day after randomization until then is in time.
    days=SURGERY_WITHIN_DAYS,
    days_before=SURGERY_WITHIN_DAYS - 1,
    grace_days=SURGERY_GRACE_DAYS,
    arms=(RESECTION,),
    source=SOURCE,
)
FINAL: Final = Visit(
    code="M24",
    title=N_("Month 24, end of study"),
    number=34,
    months=24,
    days_after=FINAL_VISIT_AFTER_DAYS,
    forms=IMAGING_FORMS,
    source=SOURCE,
)
UNSCHEDULED: Final = Visit(
    code="UNS", title=N_("Unscheduled"), number=90, anchor="", forms=UNSCHEDULED_FORMS, source=SOURCE
)
SURVIVAL: Final = Visit(
    code="SFU",
    title=N_("Survival contact"),
    number=91,
    anchor=PROGRESSION,
    months=SURVIVAL_CONTACT_MONTHS,
    days_before=LATE_VISIT_WINDOW_DAYS,
    days_after=LATE_VISIT_WINDOW_DAYS,
    every_months=SURVIVAL_CONTACT_MONTHS,
    forms=("SS",),
    source=SOURCE,
)

VISITS: Final = (
    SCREENING,
    Visit(code="RAND", title=N_("Randomization"), number=2, days=0, source=SOURCE),
    SURGERY,
    _after_operation("POD30", N_("30 days after surgery"), 4, 30, POD30_WINDOW_DAYS),
    _after_operation("POD90", N_("90 days after surgery"), 5, 90, POD90_WINDOW_DAYS),
    _month("M1", N_("Month 1"), 11, 1, days=IMAGING_VISIT_WINDOW_DAYS, forms=("VR", *BLOOD_FORMS)),
    _imaging("M2", N_("Month 2"), 12, 2),
    _imaging("M4", N_("Month 4"), 14, 4),
    _imaging("M6", N_("Month 6"), 16, 6),
    _imaging("M8", N_("Month 8"), 18, 8),
    _imaging("M10", N_("Month 10"), 20, 10),
    _imaging("M12", N_("Month 12"), 22, 12),
    _late_imaging("M15", N_("Month 15"), 25, 15),
    _late_imaging("M18", N_("Month 18"), 28, 18),
    _late_imaging("M21", N_("Month 21"), 31, 21),
    FINAL,
    UNSCHEDULED,
    SURVIVAL,
)


@dataclass(frozen=True)
class Window:
    """The target day of a visit and the days it may take place on, both ends included."""

    target: date
    opens: date
    closes: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.opens <= day <= self.closes


class VisitStatus(StrEnum):
    """What a visit is on a day: waiting for its anchor or its window, due, done, or missed."""

    NOT_PLANNED = "not planned"
    UPCOMING = "upcoming"
    DUE = "due"
    IN_WINDOW = "in window"
    EARLY = "early"
    LATE = "late"
    MISSED = "missed"


def visits_for(arm: str) -> tuple[Visit, ...]:
    """Return the visits of a subject in this arm, in the order of the schedule."""
    return tuple(visit for visit in VISITS if not visit.arms or arm in visit.arms)


def target_on(visit: Visit, anchor: date, *, times: int = 1) -> date | None:
    """Return the target day: calendar months clamp to the end of the month; None for a visit without window.

    `times` counts the occurrences of a visit that comes again.
    """
    if visit.months is not None:
        return add_months(anchor, visit.months + visit.every_months * (times - 1))
    if visit.days is not None:
        return add_days(anchor, visit.days)
    return None


def window_of(visit: Visit, anchor: date | None, *, times: int = 1) -> Window | None:
    """Return target and window for an anchor day; None without an anchor or for a visit without window."""
    target = target_on(visit, anchor, times=times) if anchor is not None else None
    if target is None:
        return None
    return Window(target, add_days(target, -visit.days_before), add_days(target, visit.days_after))


def status_of(visit: Visit, *, anchor: date | None, done_on: date | None, on: date, times: int = 1) -> VisitStatus:
    """Return what the visit is on a day, given its anchor and the day it took place, if it did."""
    window = window_of(visit, anchor, times=times)
    if window is None:
        return VisitStatus.NOT_PLANNED if done_on is None else VisitStatus.IN_WINDOW
    if done_on is not None:
        return _status_when_done(window, done_on)
    if on < window.opens:
        return VisitStatus.UPCOMING
    return VisitStatus.DUE if on <= add_days(window.closes, visit.grace_days) else VisitStatus.MISSED


def _status_when_done(window: Window, done_on: date) -> VisitStatus:
    if done_on in window:
        return VisitStatus.IN_WINDOW
    return VisitStatus.EARLY if done_on < window.opens else VisitStatus.LATE
