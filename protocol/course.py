"""The course of one subject after randomization: which visits the schedule asks for, given what happened. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from protocol.arms import RESECTION
from protocol.dates import add_months
from protocol.facts import days_of
from protocol.happenings import Happened
from protocol.language import Visit
from protocol.schedule import FINAL, OPERATION, RANDOMIZATION, SURGERY, SURVIVAL, VISITS, Window, window_of
from protocol.words import N_, Sentence, sentence

ALLOCATION: Final = "RAND"

NOT_PERFORMED: Final = N_("Not applicable: surgery not performed")
PROGRESSED: Final = N_("Tumour visits end with progression; survival contacts follow")
TREATMENT_WITHDRAWN: Final = N_("Withdrawn from treatment; survival contacts follow")
VISITS_WITHDRAWN: Final = N_("Withdrawn from visits; survival contacts follow")
CONSENT_WITHDRAWN: Final = N_("Consent withdrawn")
LOST: Final = N_("Lost to follow-up")
DIED: Final = N_("Subject died")
ENDED: Final = N_("Study ended for the subject")
NOT_PLANNED: Final = N_("No longer part of the subject's schedule")


@dataclass(frozen=True)
class PlannedVisit:
    """One visit the schedule asks for; `cancelled` says why it is not to take place.

    `attended_on` is set where something else made the visit: the allocation, or the operation.
    """

    code: str
    repeat: int
    window: Window
    cancelled: Sentence | None = None
    attended_on: date | None = None


@dataclass(frozen=True)
class _End:
    """A day after which visits are not to take place any more, and why."""

    on: date
    why: str


def course(arm: str, *, randomized_on: date, happened: Happened, on: date) -> tuple[PlannedVisit, ...]:
    """Return the visits in the order of the schedule, as far as is known on the day `on`.

    A visit whose target lies after an end is cancelled; one on that day or before stays due. Source: schedule, edition 1.
    """
    ends = tuple(_ends(happened, on))
    scheduled_ends = (*ends, *_ends_of_tumour_visits(happened, on))
    visits = [
        *_surgery(arm, randomized_on, happened, ends, on),
        *(_cancelled(each, scheduled_ends) for each in _months(randomized_on)),
        *(_cancelled(each, ends) for each in _survival(randomized_on, happened, on)),
    ]
    return (PlannedVisit(ALLOCATION, 1, _day(randomized_on), attended_on=randomized_on), *visits)


def _day(day: date) -> Window:
    return Window(day, day, day)


def _known(day: date | None, on: date) -> date | None:
    return day if day is not None and day <= on else None


def _ends(happened: Happened, on: date) -> Iterator[_End]:
    """Yield what ends every visit and contact."""
    ends = (
        (_died_on(happened), DIED),
        (happened.withdrawn_consent_on, CONSENT_WITHDRAWN),
        (happened.lost_on, LOST),
        (happened.ended_on, ENDED),
    )
    for day, why in ends:
        if day is not None and day <= on:
            yield _End(day, why)


def _died_on(happened: Happened) -> date | None:
    """Return the day of death; of an incomplete date the first possible one on which the subject is not known alive."""
    if happened.died_on is not None or not happened.died_partial:
        return happened.died_on
    days = (days_of(happened.died_partial).earliest, happened.last_alive_on)
    return max((day for day in days if day is not None), default=None)


def _ends_of_tumour_visits(happened: Happened, on: date) -> Iterator[_End]:
    """Yield what ends the calendar of tumour visits, after which only survival is asked for."""
    ends = (
        (happened.progression_on, PROGRESSED),
        (happened.withdrawn_visits_on, VISITS_WITHDRAWN),
        (happened.withdrawn_treatment_on, TREATMENT_WITHDRAWN),
    )
    for day, why in ends:
        if day is not None and day <= on:
            yield _End(day, why)


def _cancelled(visit: PlannedVisit, ends: tuple[_End, ...]) -> PlannedVisit:
    before = [end for end in ends if end.on < visit.window.target]
    if not before:
        return visit
    return replace(visit, cancelled=sentence(min(before, key=lambda end: end.on).why))


def _months(randomized_on: date) -> Iterator[PlannedVisit]:
    for visit in VISITS:
        window = window_of(visit, randomized_on)
        if visit.anchor == RANDOMIZATION and visit.code not in (ALLOCATION, SURGERY.code) and window is not None:
            yield PlannedVisit(visit.code, 1, window)


def _surgery(
    arm: str, randomized_on: date, happened: Happened, ends: tuple[_End, ...], on: date
) -> Iterator[PlannedVisit]:
    """Yield surgery and what follows it: planned in the resection arm, in either arm from an operation."""
    operated_on = _known(happened.operation_on, on)
    window = window_of(SURGERY, randomized_on) if arm == RESECTION else operated_on and _day(operated_on)
    if window:
        yield _operation(PlannedVisit(SURGERY.code, 1, window, attended_on=operated_on), happened, ends, on)
    if operated_on:
        withdrawn = _known(happened.withdrawn_visits_on, on)
        stop = (*ends, _End(withdrawn, VISITS_WITHDRAWN)) if withdrawn else ends
        for visit in _after_operation():
            after = window_of(visit, operated_on)
            if after is not None:
                yield _cancelled(PlannedVisit(visit.code, 1, after), stop)


def _operation(visit: PlannedVisit, happened: Happened, ends: tuple[_End, ...], on: date) -> PlannedVisit:
    if visit.attended_on is not None:
        return visit
    if _known(happened.not_operated_on, on):
        return replace(visit, cancelled=sentence(NOT_PERFORMED))
    withdrawn = (
        (happened.withdrawn_treatment_on, TREATMENT_WITHDRAWN),
        (happened.withdrawn_visits_on, VISITS_WITHDRAWN),
    )
    stop = tuple(_End(day, why) for day, why in withdrawn if day is not None and day <= on)
    return _cancelled(visit, (*ends, *stop))


def _after_operation() -> tuple[Visit, ...]:
    return tuple(visit for visit in VISITS if visit.anchor == OPERATION)


def _survival(randomized_on: date, happened: Happened, on: date) -> Iterator[PlannedVisit]:
    """Yield contacts from progression or withdrawal on; the first on or after month 24 is the last.

    So it is known of everyone whether they were alive at month 24.
    """
    anchors = [end.on for end in _ends_of_tumour_visits(happened, on)]
    if not anchors:
        return
    anchor, until = min(anchors), add_months(randomized_on, FINAL.months or 0)
    times = 1
    while anchor < until:
        window = window_of(SURVIVAL, anchor, times=times)
        if window is None:
            return
        yield PlannedVisit(SURVIVAL.code, times, window)
        if window.target >= until:
            return
        times += 1
