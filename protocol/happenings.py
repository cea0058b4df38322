"""What happened to a subject after randomization, read from the complete forms: the days that schedule and endpoints ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from protocol.assessments import Assessment, assess
from protocol.dates import add_days
from protocol.facts import Facts, day_of, days_of
from protocol.imaging import scans_of
from protocol.mrecist import Category
from protocol.record import FormRecord, Record

# The items whose day proves that the subject was alive on it; of some forms only with these answers.
ALIVE_BY: Final = (
    ("ICF", "signed_at", "", ()),
    ("VR", "visited_on", "", ()),
    ("SS", "contacted_on", "status", ("alive",)),
    ("TA", "scan_on", "", ()),
    ("MK", "sampled_on", "", ()),
    ("HE", "sampled_on", "", ()),
    ("CH", "sampled_on", "", ()),
    ("CO", "sampled_on", "", ()),
    ("EG", "performed_on", "", ()),
    ("VS", "assessed_on", "ecog", ("", "0", "1", "2", "3", "4")),
    ("CP", "assessed_on", "", ()),
    ("PG", "assessed_on", "", ()),
    ("MH", "taken_on", "", ()),
    ("OP", "operated_on", "performed", ("Y",)),
    ("PO", "assessed_on", "alive", ("Y",)),
    ("NT", "started_on", "", ()),
    ("WD", "withdrawn_on", "decided_by", ("subject",)),
)
NO_FINDING: Final = "none"
ELECTIVE: Final = ("crossover", "salvage")  # operations that are a new treatment, not the one the arm asks for


@dataclass(frozen=True, kw_only=True)
class Happened:
    """The days of a subject's course; None where it did not happen, or its day is not known."""

    operation_on: date | None = None
    operation_purpose: str = ""
    not_operated_on: date | None = None
    not_operated_reason: str = ""
    progression_on: date | None = None
    died_on: date | None = None
    died_partial: str = ""  # the date of death as entered, where it names no day
    withdrawn_treatment_on: date | None = None
    withdrawn_visits_on: date | None = None
    withdrawn_consent_on: date | None = None
    public_records_allowed: bool = False
    lost_on: date | None = None
    ended_on: date | None = None
    end_how: str = ""
    new_therapy_on: date | None = None
    last_alive_on: date | None = None

    @property
    def is_dead(self) -> bool:
        """Whether the subject died, the day known or not."""
        return self.died_on is not None or bool(self.died_partial)


def happened(record: Record, *, randomized_on: date | None, assessed: Iterable[Assessment] | None = None) -> Happened:
    """Return what happened, by the complete forms alone; before randomization nothing is a progression or a new therapy.

    Who has judged the scans already hands them in: to judge them is most of the work.
    """
    facts = Facts(record, date.max)
    operation = _operation(facts, randomized_on)
    refusal = _refusal(facts) if operation is None else None
    died_on, died_partial = _death(facts)
    consent = _withdrawal(facts, "consent")
    end = _last(facts, "ES")
    ended_on, end_how = (_day(end, "ended_on"), _said(end, "how")) if end is not None else (None, "")
    return Happened(
        operation_on=_day(operation, "operated_on"),
        operation_purpose=_said(operation, "purpose"),
        not_operated_on=_day(refusal, "not_performed_on"),
        not_operated_reason=_said(refusal, "not_performed_reason"),
        progression_on=min(_progressions(facts, randomized_on, assessed), default=None),
        died_on=died_on,
        died_partial=died_partial,
        withdrawn_treatment_on=_day(_withdrawal(facts, "treatment"), "withdrawn_on"),
        withdrawn_visits_on=_day(_withdrawal(facts, "visits"), "withdrawn_on"),
        withdrawn_consent_on=_day(consent, "withdrawn_on"),
        public_records_allowed=_said(consent, "public_records") == "Y",
        lost_on=ended_on if end_how == "lost" else None,
        ended_on=ended_on,
        end_how=end_how,
        new_therapy_on=min(_new_therapies(facts, randomized_on), default=None),
        last_alive_on=_last_alive(facts, died_on, died_partial),
    )


# --- operation ------------------------------------------------------------------------------------------------


def _operations(facts: Facts, randomized_on: date | None) -> list[tuple[date, FormRecord]]:
    """Return the operations on or after the day of randomization, the first one first."""
    if randomized_on is None:
        return []
    performed = [form for form in facts.forms("OP") if _said(form, "performed") == "Y"]
    dated = [(_day(form, "operated_on"), form) for form in performed]
    return sorted(
        ((on, form) for on, form in dated if on is not None and on >= randomized_on), key=lambda each: each[0]
    )


def _operation(facts: Facts, randomized_on: date | None) -> FormRecord | None:
    return next((form for _, form in _operations(facts, randomized_on)), None)


def _refusal(facts: Facts) -> FormRecord | None:
    not_performed = [form for form in facts.forms("OP") if _said(form, "performed") == "N"]
    return not_performed[-1] if not_performed else None


# --- progression and new therapy ------------------------------------------------------------------------------


def _progressions(facts: Facts, randomized_on: date | None, assessed: Iterable[Assessment] | None) -> Iterator[date]:
    if randomized_on is None:
        return
    for assessment in assess(scans_of(facts)) if assessed is None else assessed:
        if assessment.overall is Category.PD and assessment.on > randomized_on:
            # What was doubtful before randomization and is progression now has progressed after it.
            first = assessment.progressed_on or assessment.on
            yield first if first > randomized_on else assessment.on
    for on, form in _operations(facts, randomized_on):
        if _said(form, "finding") not in ("", NO_FINDING):
            yield on


def _new_therapies(facts: Facts, randomized_on: date | None) -> Iterator[date]:
    """Yield the days on which treatments began that end the follow-up of the arm's own: any other agent or procedure.

    Of a start that is no whole day the first day it can mean counts, after randomization.
    """
    if randomized_on is None:
        return
    for form in facts.forms("NT"):
        if _said(form, "kind") != "arterial" and _said(form, "of_conversion_regimen") == "Y":
            continue
        possible = days_of(_said(form, "started_on"))
        if possible.earliest is not None and (possible.latest or date.max) > randomized_on:
            yield max(possible.earliest, add_days(randomized_on, 1))
    for on, form in _operations(facts, randomized_on):
        if _said(form, "purpose") in ELECTIVE:
            yield on


# --- the end --------------------------------------------------------------------------------------------------


def _death(facts: Facts) -> tuple[date | None, str]:
    said = _said(_last(facts, "DT"), "died_on")
    on = days_of(said).day if said else None
    return (on, "") if on is not None else (None, said)


def _withdrawal(facts: Facts, of: str) -> FormRecord | None:
    """Return the first withdrawal of this kind."""
    forms = [form for form in facts.forms("WD") if _said(form, "of") == of]
    dated = [(on, form) for form in forms if (on := _day(form, "withdrawn_on")) is not None]
    return min(dated, key=lambda each: each[0])[1] if dated else None


def _last_alive(facts: Facts, died_on: date | None, died_partial: str) -> date | None:
    latest = died_on or (days_of(died_partial).latest if died_partial else None) or date.max
    return max((on for on in _alive(facts) if on <= latest), default=None)


def _alive(facts: Facts) -> Iterator[date]:
    for crf, item, given, values in ALIVE_BY:
        for form in facts.forms(crf):
            on = _day(form, item)
            if on is not None and (not given or _said(form, given) in values):
                yield on


# --- reading --------------------------------------------------------------------------------------------------


def _last(facts: Facts, crf: str) -> FormRecord | None:
    forms = facts.forms(crf)
    return forms[-1] if forms else None


def _said(form: FormRecord | None, item: str) -> str:
    return form.answer(item).value if form is not None else ""


def _day(form: FormRecord | None, item: str) -> date | None:
    text = _said(form, item)
    return day_of(text) if text else None
