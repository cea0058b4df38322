"""Progression-free and overall survival of one subject, with the rule that decided. Domain chapter 5.

An endpoint is read from a `Course`: what happened from randomization to the data cut. Day 1 is the day of
randomization, whether or not the subject was operated on. The primary reading censors as the FDA advises; readings
without its stops stand beside it as sensitivity analyses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Final, NamedTuple

from protocol.assumptions import PFS_COUNTS_DEATH, PFS_COUNTS_INTRAOPERATIVE
from protocol.dates import PossibleDays, exactly
from protocol.endpoint_course import CENSORED, EVENT, Course, Outcome
from protocol.mrecist import Category
from protocol.schedule import Window
from protocol.words import N_, Sentence, sentence

TREATMENT_POLICY: Final = N_("Treatment policy: new therapy and missed assessments do not censor")
WITHOUT_INTRAOPERATIVE: Final = N_("Without progression found at operation")
TO_PROGRESSION: Final = N_("Time to progression: death does not count")

PROGRESSED: Final = N_("Progression by mRECIST: the event is the scan of %(on)s that first showed it.")
FOUND_AT_OPERATION: Final = N_("Progression found at the operation of %(on)s: the event is that day.")
RELAPSED: Final = N_("Treatment for recurrence began on %(on)s: treatment failed on that day.")
DIED: Final = N_("Death on %(on)s is the event.")
FREE: Final = N_("No event: censored at the last adequate tumour assessment, %(last)s.")
UNASSESSED: Final = N_("No adequate tumour assessment after randomization: censored at randomization, day 1.")
TREATED: Final = N_(
    "New anticancer therapy began on %(on)s before any progression: "
    "censored at the last adequate tumour assessment until then, %(last)s."
)
GAP: Final = N_(
    "The event of %(event)s came after two or more missed assessments in a row: "
    "censored at the last adequate tumour assessment before the gap, %(last)s."
)
CONSENT_ENDED: Final = N_(
    "Consent was withdrawn on %(on)s: censored at the last adequate tumour assessment until then, %(last)s."
)
LOST: Final = N_("Lost to follow-up since %(on)s: censored at the last adequate tumour assessment, %(last)s.")
VISITS_ENDED: Final = N_("Visits were ended on %(on)s: censored at the last adequate tumour assessment, %(last)s.")
EITHER_WAY: Final = N_(
    "Censored at the last adequate tumour assessment, %(last)s, whichever of the possible days the partial date means."
)
ALIVE: Final = N_("Alive: censored on the last day known to be alive, %(last)s.")
UNSURE_DEATH: Final = N_("The day of death is not known, only part of it. Enter the day; nothing is imputed.")
UNSURE_THERAPY: Final = N_(
    "The day the new anticancer therapy began is not known, only part of it. Enter the day; nothing is imputed."
)
TOO_EARLY: Final = N_("The event of %(on)s lies before randomization on %(start)s. Correct one of the two.")
CUT_BEFORE: Final = N_("The subject was randomized on %(start)s, after the data cut.")


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """What counts and what censors in one analysis."""

    deaths: bool = PFS_COUNTS_DEATH
    intraoperative: bool = PFS_COUNTS_INTRAOPERATIVE
    stops: bool = True  # new therapy and two missed assessments censor
    relapses: bool = False


@dataclass(frozen=True, kw_only=True)
class _Event:
    on: date
    rule: Sentence
    reveals_arm: bool = False


class _Stop(NamedTuple):
    """A reason to censor: the day it censors on, the day of the reason itself, and its words."""

    censored_on: date
    on: date
    rule: Sentence


PRIMARY: Final = _Reading()
BESIDE: Final = (
    (TREATMENT_POLICY, _Reading(stops=False)),
    (WITHOUT_INTRAOPERATIVE, _Reading(intraoperative=False)),
    (TO_PROGRESSION, _Reading(deaths=False)),
)


def pfs(course: Course) -> Outcome:
    """Return progression-free survival; the other readings stand beside it."""
    beside = tuple((name, _settled(course, reading)) for name, reading in BESIDE)
    return replace(_settled(course, PRIMARY), alternatives=beside)


def ttf(course: Course) -> Outcome:
    """Return the time to treatment failure: the events of progression-free survival and recurrence otherwise declared."""
    return _settled(course, _Reading(relapses=True))


def os(course: Course) -> Outcome:
    """Return overall survival: death of any cause, censored on the last day known to be alive."""
    if course.cut_on < course.randomized_on:
        return _unknown(course, sentence(CUT_BEFORE, start=course.randomized_on))
    found = [_survived(each) for each in _exact(replace(course, new_therapy=None))]
    return _agreed(course, found)


# --- partial days -------------------------------------------------------------------------------------------------


def _settled(course: Course, reading: _Reading) -> Outcome:
    if course.cut_on < course.randomized_on:
        return _unknown(course, sentence(CUT_BEFORE, start=course.randomized_on))
    return _agreed(course, [_progression_free(each, reading) for each in _exact(course)])


def _exact(course: Course) -> Iterator[Course]:
    """Yield the course with the earliest and the latest day of what is known in part."""
    for died, therapy in product(_ends(course.died, course), _ends(course.new_therapy, course)):
        yield replace(course, died=exactly(died) if died else None, new_therapy=exactly(therapy) if therapy else None)


def _ends(days: PossibleDays | None, course: Course) -> tuple[date | None, ...]:
    if days is None:
        return (None,)
    latest = days.latest or course.cut_on
    earliest = days.earliest or course.randomized_on
    if earliest < course.randomized_on <= latest:
        earliest = course.randomized_on  # who was randomized was alive, and what began earlier is not new
    return tuple({earliest: None, latest: None})


def _agreed(course: Course, found: list[Outcome]) -> Outcome:
    """Return what every possible day leads to; where they differ, the day must be entered."""
    if all((each.on, each.cnsr) == (found[0].on, found[0].cnsr) for each in found):
        is_same = all(each.rule == found[0].rule for each in found)
        return found[0] if is_same else replace(found[0], rule=sentence(EITHER_WAY, last=found[0].on or course.cut_on))
    is_death = course.died is not None and course.died.day is None
    return _unknown(course, sentence(UNSURE_DEATH if is_death else UNSURE_THERAPY))


def _unknown(course: Course, why: Sentence) -> Outcome:
    return Outcome(start_on=course.randomized_on, on=None, cnsr=None, rule=why)


# --- one exact course ---------------------------------------------------------------------------------------------


def _progression_free(course: Course, reading: _Reading) -> Outcome:
    event = min(_events(course, reading), key=lambda each: each.on, default=None)
    if event is not None and event.on < course.randomized_on:
        return _unknown(course, sentence(TOO_EARLY, on=event.on, start=course.randomized_on))
    stops = list(_stops(course, event, reading))
    if not stops and event is not None:
        return Outcome(
            start_on=course.randomized_on, on=event.on, cnsr=EVENT, rule=event.rule, reveals_arm=event.reveals_arm
        )
    # Of several reasons the earliest: never the latest day any of them would allow.
    last_of_all = _last_adequate(course, course.cut_on)
    first = min(stops, default=_Stop(last_of_all, course.cut_on, sentence(FREE)), key=lambda each: each[:2])
    return Outcome(
        start_on=course.randomized_on, on=first.censored_on, cnsr=CENSORED, rule=_why_censored(course, first)
    )


def _why_censored(course: Course, stop: _Stop) -> Sentence:
    message = stop.rule.message
    if stop.censored_on == course.randomized_on and message in (FREE, LOST, VISITS_ENDED):
        return sentence(UNASSESSED)
    return sentence(message, **dict(stop.rule.params), last=stop.censored_on)


def _events(course: Course, reading: _Reading) -> Iterator[_Event]:
    for scan in course.scans:
        if scan.overall is Category.PD and course.randomized_on < scan.on <= course.cut_on:
            # What was doubtful before randomization and is progression now has progressed after it.
            first = scan.progressed_on or scan.on
            on = first if first > course.randomized_on else scan.on
            yield _Event(on=on, rule=sentence(PROGRESSED, on=on))
    found_on = course.intraoperative_on
    if reading.intraoperative and found_on is not None and found_on <= course.cut_on:
        yield _Event(on=found_on, rule=sentence(FOUND_AT_OPERATION, on=found_on), reveals_arm=True)
    treated_on = course.relapse_treated_on
    if reading.relapses and treated_on is not None and treated_on <= course.cut_on:
        yield _Event(on=treated_on, rule=sentence(RELAPSED, on=treated_on))
    died_on = _died_on(course)
    if reading.deaths and died_on is not None:
        yield _Event(on=died_on, rule=sentence(DIED, on=died_on))


def _stops(course: Course, event: _Event | None, reading: _Reading) -> Iterator[_Stop]:
    """Yield what censors before the event, where there is one."""

    def until(day: date) -> bool:
        return day <= course.cut_on and (event is None or day < event.on)

    therapy_on = course.new_therapy.day if course.new_therapy is not None else None
    if reading.stops and therapy_on is not None and until(therapy_on):
        yield _Stop(_last_adequate(course, therapy_on), therapy_on, sentence(TREATED, on=therapy_on))
    ended_on = course.consent_ended_on
    if ended_on is not None and until(ended_on):
        yield _Stop(_last_adequate(course, ended_on), ended_on, sentence(CONSENT_ENDED, on=ended_on))
    if event is None:
        yield from _no_longer_seen(course)
    elif reading.stops:
        yield from _gap_before(course, event)


def _no_longer_seen(course: Course) -> Iterator[_Stop]:
    for day, reason in ((course.lost_on, LOST), (course.visits_ended_on, VISITS_ENDED)):
        if day is not None and day <= course.cut_on:
            yield _Stop(_last_adequate(course, course.cut_on), day, sentence(reason, on=day))


def _gap_before(course: Course, event: _Event) -> Iterator[_Stop]:
    last = _last_adequate(course, event.on)
    later = sorted(window.closes for window in course.planned if not _serves(last, window))
    if len(later) > 1 and event.on > later[1]:
        yield _Stop(last, later[1], sentence(GAP, event=event.on))


def _serves(last: date, window: Window) -> bool:
    """Whether the assessments up to a day leave this visit not missed; early by another half window still serves it."""
    return last >= window.opens - (window.target - window.opens)


def _last_adequate(course: Course, until: date) -> date:
    """Return the day of the last adequate assessment up to a day; the day of randomization where there is none."""
    until = min(until, course.cut_on)
    days = (scan.on for scan in course.scans if scan.counts and course.randomized_on < scan.on <= until)
    return max(days, default=course.randomized_on)


def _died_on(course: Course) -> date | None:
    """Return the day of a death up to the cut that may be used."""
    died_on = course.died.day if course.died is not None else None
    if died_on is None or died_on > course.cut_on:
        return None
    ended_on = course.consent_ended_on
    return None if ended_on is not None and died_on > ended_on and not course.public_records else died_on


def _survived(course: Course) -> Outcome:
    start, died_on = course.randomized_on, _died_on(course)
    if died_on is not None and died_on < start:
        return _unknown(course, sentence(TOO_EARLY, on=died_on, start=start))
    if died_on is not None:
        return Outcome(start_on=start, on=died_on, cnsr=EVENT, rule=sentence(DIED, on=died_on))
    ends = [course.cut_on]
    if course.consent_ended_on is not None and not course.public_records:
        ends.append(course.consent_ended_on)
    later = course.died.day if course.died is not None else None  # who died after the cut was alive on it
    known = max(day for day in (course.last_alive_on, later, start) if day is not None)
    last = max(min(known, *ends), start)
    return Outcome(start_on=start, on=last, cnsr=CENSORED, rule=sentence(ALIVE, last=last))
