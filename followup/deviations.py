"""What the record itself shows to deviate from the protocol. Pure: read from visits, forms and answers, kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from casebook.models import Form, Visit
from casebook.states import VisitState
from followup.states import DeviationKind, Severity
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.assessments import Assessment
from protocol.assumptions import EARLY_SCAN_AFTER_SURGERY_DAYS, SURGERY_GRACE_DAYS, SURGERY_WITHIN_DAYS
from protocol.dates import add_days, days_between
from protocol.facts import Facts, day_of
from protocol.happenings import Happened
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

BEFORE_WINDOW = N_("%(visit)s took place on %(on)s, before its window, which opens on %(opens)s.")
AFTER_WINDOW = N_("%(visit)s took place on %(on)s, after its window, which closed on %(closes)s.")
VISIT_MISSED = N_("%(visit)s, due until %(closes)s, was missed.")
NOT_ASSESSED = N_("Not done at %(visit)s: %(form)s.")
OPERATED_LATE = N_("The operation of %(on)s took place %(days)s days after randomization; it was due until %(due)s.")
NOT_OPERATED = N_("No operation, and no reason why not, is entered; it was due until %(due)s.")
CROSSED_OVER = N_("In watch and wait, an operation took place on %(on)s without progression before it.")
INELIGIBLE = N_("Randomized on %(on)s; by what is on record now, this does not pass: %(codes)s.")
EARLY_SCAN = N_("The scan of %(on)s lies %(days)s days after the operation; the surgical bed may look like disease.")
# The operation has a rule of its own; screening and unscheduled visits have no window.
WITHOUT_WINDOW = frozenset({"SCR", "RAND", "SURG", "UNS"})


@dataclass(frozen=True, kw_only=True)
class Found:
    """One deviation as the record shows it now."""

    kind: DeviationKind
    occurred_on: date
    sentence: Sentence
    about: str = ""
    severity: Severity = Severity.MINOR
    reveals_arm: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes it one deviation: its kind and what it is about."""
        return (self.kind.value, self.about)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Everything that deviations are read from."""

    arm: str
    randomized_on: date
    facts: Facts
    assessments: Sequence[Assessment]
    happened: Happened
    visits: Sequence[Visit]
    not_done: Sequence[Form]  # forms of visits, with their visit
    altered: Sequence[str] | None  # codes of criteria that no longer pass; None where this was not asked


def deviations_in(ground: Ground) -> tuple[Found, ...]:
    """Return the deviations of one subject, each once."""
    found = (
        *_of_visits(ground.visits, on=ground.facts.on),
        *_of_assessments(ground),
        *_of_surgery(ground),
        *_of_scans(ground),
        *_of_eligibility(ground),
    )
    return tuple({each.key: each for each in found}.values())


def asked(ground: Ground) -> frozenset[str]:
    """Return the kinds that this ground can speak of; about others nothing is known."""
    kinds = {kind.value for kind in DeviationKind if kind is not DeviationKind.CONSENT}  # followed by itself
    return frozenset(kinds if ground.altered is not None else kinds - {DeviationKind.INELIGIBLE.value})


def _of_visits(visits: Iterable[Visit], *, on: date) -> Iterator[Found]:
    for visit in visits:
        if visit.code not in WITHOUT_WINDOW and (told := _of_visit(visit, on=on)) is not None:
            yield told


def _of_visit(visit: Visit, *, on: date) -> Found | None:
    if visit.state == VisitState.MISSED:
        told = sentence(VISIT_MISSED, visit=_named(visit), closes=visit.closes_on or on)
        kind, day = DeviationKind.MISSED, visit.closes_on or on
    elif visit.attended_on and visit.opens_on and visit.attended_on < visit.opens_on:
        told = sentence(BEFORE_WINDOW, visit=_named(visit), on=visit.attended_on, opens=visit.opens_on)
        kind, day = DeviationKind.EARLY, visit.attended_on
    elif visit.attended_on and visit.closes_on and visit.attended_on > visit.closes_on:
        told = sentence(AFTER_WINDOW, visit=_named(visit), on=visit.attended_on, closes=visit.closes_on)
        kind, day = DeviationKind.LATE, visit.attended_on
    else:
        return None
    return Found(kind=kind, occurred_on=day, sentence=told, about=str(visit.pk), reveals_arm=_reveals(visit))


def _named(visit: Visit) -> Sentence:
    title = Sentence(TRIAL.visit(visit.code).title)
    return sentence(N_("%(visit)s %(number)s"), visit=title, number=visit.repeat) if visit.repeat > 1 else title


def _reveals(visit: Visit) -> bool:
    return bool(TRIAL.visit(visit.code).arms)


def _of_assessments(ground: Ground) -> Iterator[Found]:
    for form in ground.not_done:
        if form.visit is None or form.visit.code in ("SCR", "UNS") or form.visit.state != VisitState.ATTENDED:
            continue
        told = sentence(NOT_ASSESSED, form=Sentence(TRIAL.crf(form.crf).title), visit=_named(form.visit))
        yield Found(
            kind=DeviationKind.ASSESSMENT,
            occurred_on=form.visit.attended_on or ground.facts.on,
            sentence=told,
            about=str(form.pk),
            reveals_arm=_reveals(form.visit),
        )


# --- operations --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """One operation on record."""

    form: str
    on: date
    purpose: str


def operations_in(facts: Facts, *, since: date) -> tuple[Operation, ...]:
    """Return the operations that took place since randomization, by day."""
    found = []
    for form in facts.forms("OP"):
        day = day_of(form.answer("operated_on").value)
        if form.answer("performed").value == "Y" and day is not None and day >= since:
            found.append(Operation(form.id, day, form.answer("purpose").value))
    return tuple(sorted(found, key=lambda operation: (operation.on, operation.form)))


def _of_surgery(ground: Ground) -> Iterator[Found]:
    operations = operations_in(ground.facts, since=ground.randomized_on)
    if ground.arm == RESECTION:
        yield from _of_deadline(ground, operations)
    if ground.arm == WATCH_AND_WAIT:
        progressed_on = ground.happened.progression_on
        for operation in operations:
            if progressed_on is None or progressed_on > operation.on:
                yield Found(
                    kind=DeviationKind.CROSSED_OVER,
                    occurred_on=operation.on,
                    sentence=sentence(CROSSED_OVER, on=operation.on),
                    about=operation.form,
                    severity=Severity.IMPORTANT,
                    reveals_arm=True,
                )


def _of_deadline(ground: Ground, operations: Sequence[Operation]) -> Iterator[Found]:
    due = add_days(ground.randomized_on, SURGERY_WITHIN_DAYS)
    last = add_days(due, SURGERY_GRACE_DAYS)
    first = next((each for each in operations if each.purpose not in ("salvage", "crossover")), None)
    if first is not None and first.on > due:
        days = days_between(ground.randomized_on, first.on)
        told = sentence(OPERATED_LATE, on=first.on, days=days, due=due)
        yield _late(told, first.on, is_important=first.on > last)
    elif first is None and ground.facts.on > last and not _is_excused(ground, last):
        yield _late(sentence(NOT_OPERATED, due=due), add_days(last, 1), is_important=True)


def _late(told: Sentence, day: date, *, is_important: bool) -> Found:
    severity = Severity.IMPORTANT if is_important else Severity.MINOR
    return Found(kind=DeviationKind.SURGERY_LATE, occurred_on=day, sentence=told, severity=severity, reveals_arm=True)


def _is_excused(ground: Ground, last: date) -> bool:
    happened = ground.happened
    ended = (
        happened.progression_on,
        happened.died_on,
        happened.withdrawn_treatment_on,
        happened.withdrawn_visits_on,
        happened.withdrawn_consent_on,
        happened.lost_on,
        happened.ended_on,
    )
    return happened.not_operated_on is not None or any(day is not None and day <= last for day in ended)


def _of_scans(ground: Ground) -> Iterator[Found]:
    operations = operations_in(ground.facts, since=ground.randomized_on)
    for assessment in ground.assessments:
        before = [operation for operation in operations if operation.on < assessment.on]
        days = days_between(before[-1].on, assessment.on) if before else EARLY_SCAN_AFTER_SURGERY_DAYS
        if days < EARLY_SCAN_AFTER_SURGERY_DAYS:
            yield Found(
                kind=DeviationKind.EARLY_SCAN,
                occurred_on=assessment.on,
                sentence=sentence(EARLY_SCAN, on=assessment.on, days=days),
                about=assessment.scan.form.id,
                reveals_arm=True,
            )


def _of_eligibility(ground: Ground) -> Iterator[Found]:
    if ground.altered:
        told = sentence(INELIGIBLE, on=ground.randomized_on, codes=tuple(ground.altered))
        yield Found(
            kind=DeviationKind.INELIGIBLE,
            occurred_on=ground.randomized_on,
            sentence=told,
            severity=Severity.IMPORTANT,
        )
