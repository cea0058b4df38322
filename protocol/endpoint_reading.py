"""Reads the course of endpoints from a record: which scans are adequate, which therapy is new, what surgery found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from protocol.arms import WATCH_AND_WAIT
from protocol.assessments import Assessment, assess
from protocol.dates import PossibleDays, exactly
from protocol.endpoint_course import Course, Seen
from protocol.facts import Facts, day_of, days_of
from protocol.imaging import scans_of
from protocol.pathological import Specimen, Surgery
from protocol.record import FormRecord, Record
from protocol.schedule import VISITS, Window, window_of

CHEST_CT_VISITS: Final = ("M6", "M12", "M18", "M24")
DISEASE_FOUND: Final = frozenset({"unresectable", "extrahepatic", "additional malignancy"})
PRIMARY: Final = "primary"


class Happened(Protocol):
    """What `protocol.happenings` knows of a subject, as far as endpoints ask."""

    @property
    def died_on(self) -> date | None: ...
    @property
    def died_partial(self) -> str: ...
    @property
    def withdrawn_treatment_on(self) -> date | None: ...
    @property
    def withdrawn_visits_on(self) -> date | None: ...
    @property
    def withdrawn_consent_on(self) -> date | None: ...
    @property
    def public_records_allowed(self) -> bool: ...
    @property
    def lost_on(self) -> date | None: ...
    @property
    def last_alive_on(self) -> date | None: ...


@dataclass(frozen=True, kw_only=True)
class Allocated:
    """A subject as randomized, looked at on the day of the data cut."""

    arm: str
    randomized_on: date
    cut_on: date


def assessed_until(record: Record, cut_on: date) -> tuple[Assessment, ...]:
    """Return the scans of a record up to the data cut, judged."""
    return assess(scans_of(Facts(record, cut_on)))


def course_of(
    record: Record, happened: Happened, given: Allocated, *, assessed: Sequence[Assessment] | None = None
) -> Course:
    """Return the course of a randomized subject up to the data cut; `assessed` where the scans are judged already."""
    if assessed is None:
        assessed = assessed_until(record, given.cut_on)
    operations = [_Operation(form) for form in record.complete_forms("OP")]
    return Course(
        randomized_on=given.randomized_on,
        cut_on=given.cut_on,
        scans=tuple(_scans(assessed, given)),
        planned=tuple(window for _, window in _planned(given.randomized_on)),
        intraoperative_on=_first(each.on for each in operations if each.found_disease),
        died=_died(happened),
        new_therapy=_new_therapy(record, operations, given),
        relapse_treated_on=_relapse_treated_on(record, operations),
        visits_ended_on=happened.withdrawn_visits_on,
        consent_ended_on=happened.withdrawn_consent_on,
        public_records=happened.public_records_allowed,
        lost_on=happened.lost_on,
        last_alive_on=happened.last_alive_on,
    )


def surgery_of(record: Record, given: Allocated) -> Surgery:
    """Return what became of the operation the arm asks for, up to the data cut."""
    primary = [form for form in record.complete_forms("OP") if form.answer("purpose").value in ("", PRIMARY)]
    resected = (_Operation(form).on for form in primary if not _only_explored(form))
    declined = [_day(form, "not_performed_on") for form in primary if form.answer("performed").value == "N"]
    declined += [_Operation(form).on for form in primary if _only_explored(form)]
    specimens = (_specimen(form) for form in record.complete_forms("PA"))
    return Surgery(
        arm=given.arm,
        operated_on=_first(day for day in resected if day is not None and day <= given.cut_on),
        not_operated_on=_first(day for day in declined if day is not None and day <= given.cut_on),
        specimens=tuple(
            each for each in specimens if each.reported_on is not None and each.reported_on <= given.cut_on
        ),
    )


def _only_explored(form: FormRecord) -> bool:
    return form.answer("procedure").value == "exploration"


# --- scans --------------------------------------------------------------------------------------------------------


def _planned(randomized_on: date) -> Iterator[tuple[str, Window]]:
    """Yield the scheduled tumour assessments; the calendar is the same in both arms."""
    for visit in VISITS:
        window = window_of(visit, randomized_on) if visit.months and "TA" in visit.forms else None
        if window is not None and not visit.every_months:
            yield visit.code, window


def _scans(assessed: Iterable[Assessment], given: Allocated) -> Iterator[Seen]:
    found = [each for each in assessed if not each.scan.is_baseline]
    chest = {each.on for each in found if each.scan.said("chest_ct") == "Y"}
    lacking = [
        window
        for code, window in _planned(given.randomized_on)
        if code in CHEST_CT_VISITS and not any(day in window for day in chest)
    ]
    for each in found:
        yield Seen(
            on=each.on,
            overall=each.overall,
            adequate=not any(each.on in window for window in lacking),
            progressed_on=each.progressed_on,
        )


# --- operations and therapies -------------------------------------------------------------------------------------


class _Operation:
    """One operation form: an operation that took place has a day."""

    def __init__(self, form: FormRecord) -> None:
        is_done = form.answer("performed").value == "Y"
        self.on = _day(form, "operated_on") if is_done else None
        self.purpose = form.answer("purpose").value
        is_declared = bool(form.answer("finding_basis").value)
        self.found_disease = is_declared and form.answer("finding").value in DISEASE_FOUND


def _new_therapy(record: Record, operations: Iterable[_Operation], given: Allocated) -> PossibleDays | None:
    """Return the start of the first new therapy after randomization, an operation the arm does not ask for included."""
    started = [
        days_of(form.answer("started_on").value) for form in record.complete_forms("NT") if _is_new_therapy(form)
    ]
    is_watched = given.arm == WATCH_AND_WAIT
    started += [exactly(each.on) for each in operations if each.on and (is_watched or each.purpose != PRIMARY)]
    later = [days for days in started if days.latest is None or days.latest > given.randomized_on]
    return min(later, key=lambda days: (days.earliest or date.min, days.latest or date.max), default=None)


def _is_new_therapy(form: FormRecord) -> bool:
    # What goes on from the conversion treatment is not new; arterial therapy after randomization always is.
    goes_on = form.answer("of_conversion_regimen").value == "Y"
    return not goes_on or form.answer("kind").value == "arterial"


def _relapse_treated_on(record: Record, operations: Iterable[_Operation]) -> date | None:
    treated = [
        _day(form, "started_on") for form in record.complete_forms("NT") if form.answer("reason").value == "progression"
    ]
    salvaged = [each.on for each in operations if each.purpose == "salvage"]
    return _first([*treated, *salvaged, *_proven_on(record)])


def _proven_on(record: Record) -> Iterator[date | None]:
    """Yield the days of local recurrences that pathology has confirmed, whatever the scans show."""
    for form in record.complete_forms("RP"):
        is_proven = form.answer("status").value == "confirmed" and "pathology" in form.answer("basis").value.split()
        if is_proven and "local" in form.answer("pattern").value.split():
            yield _day(form, "confirmed_on")


def _specimen(form: FormRecord) -> Specimen:
    names = ("viable_tumour", "margin", "sampling_adequate", "beds_resected")
    return Specimen(
        operated_on=_day(form, "operated_on"),
        reported_on=_day(form, "reported_on"),
        **{name: form.answer(name).value for name in names},
    )


def _died(happened: Happened) -> PossibleDays | None:
    if happened.died_on is not None:
        return exactly(happened.died_on)
    return days_of(happened.died_partial) if happened.died_partial else None


def _day(form: FormRecord, item: str) -> date | None:
    return day_of(form.answer(item).value)


def _first(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)
