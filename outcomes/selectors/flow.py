"""The flow of all people assessed up to a data cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from accounts.models import Site, User
from casebook.models import Subject
from casebook.selectors.standing import day_at
from casebook.states import Stage
from eligibility.models import ScreenFailure, ScreeningLine
from eligibility.states import Assessed
from outcomes.selectors.endpoints import UNTOLD, Endpoints
from outcomes.selectors.population import counted_subjects
from protocol.arms import RESECTION
from protocol.codelists_surgery import NOT_OPERATED
from protocol.flow import CROSSED_OVER, STOPPED, Excluded, Person, Received
from protocol.pathological import Standing
from protocol.words import N_

OF_LINE: Mapping[str, Excluded] = {
    Assessed.DECLINED: Excluded.DECLINED,
    Assessed.INELIGIBLE: Excluded.CRITERIA,
    Assessed.OTHER: Excluded.OTHER,
}
LEFT = (Stage.SCREEN_FAILURE, Stage.WITHDRAWN)
CONSENT_WITHDRAWN = "consent withdrawn"  # how the study ended
NOTHING_RESECTED = N_("Operated without resection")
DAY_MISSING = N_("A day the endpoint asks for is known only in part")


def people(user: User, sites: list[Site], endpoints: Iterable[Endpoints], *, cut_on: date) -> list[Person]:
    """Return everyone assessed up to the cut, each once: of several attempts the last. Four queries."""
    randomized = {each.subject.pk: each for each in endpoints}
    subjects = [each for each in counted_subjects(user, sites).order_by("number") if _added_on(each) <= cut_on]
    repeated = {subject.rescreened_from_id for subject in subjects} | _followed_by_lines(sites, cut_on)
    failures = {each.subject_id: each for each in ScreenFailure.objects.filter(site__in=[site.pk for site in sites])}
    became = [
        _randomized(randomized[subject.pk])
        if subject.pk in randomized
        else _screened(subject, failures.get(subject.pk), cut_on)
        for subject in subjects
        if subject.pk not in repeated
    ]
    return [*became, *_never_subjects(sites, cut_on)]


def _followed_by_lines(sites: list[Site], cut_on: date) -> set[UUID | None]:
    """Return the subjects who were assessed again up to the cut, in the screening log alone or at first."""
    lines = ScreeningLine.objects.filter(site__in=sites, assessed_on__lte=cut_on, after_subject__isnull=False)
    return set(lines.values_list("after_subject_id", flat=True))


def _never_subjects(sites: list[Site], cut_on: date) -> Iterator[Person]:
    """Yield whoever the screening log names and the casebook does not."""
    lines = ScreeningLine.objects.filter(site__in=sites, assessed_on__lte=cut_on).select_related("subject__site")
    found = list(lines.order_by("site", "sequence"))
    before = {line.again_of_id for line in found}
    for line in found:
        if line.pk not in before and _is_alone(line, cut_on):
            yield Person(key=str(line.pk), excluded=OF_LINE.get(line.outcome), criteria=tuple(line.criteria))


def _is_alone(line: ScreeningLine, cut_on: date) -> bool:
    """Whether the person was no subject yet; a subject out of sight counts at its own site."""
    return line.subject_id is None or (line.subject is not None and _added_on(line.subject) > cut_on)


def _added_on(subject: Subject) -> date:
    return day_at(subject.site, subject.added_at)


def _screened(subject: Subject, failure: ScreenFailure | None, cut_on: date) -> Person:
    key = str(subject.pk)
    if failure is not None:
        if day_at(subject.site, failure.declared_at) > cut_on:
            return Person(key=key)
        return Person(key=key, excluded=Excluded(failure.kind), criteria=tuple(failure.criteria))
    return Person(key=key, excluded=Excluded.OTHER if subject.stage in LEFT else None)


def _randomized(known: Endpoints) -> Person:
    followed = Person(
        key=str(known.subject.pk),
        arm=known.given.arm,
        received=Received.UNTOLD,
        lost=_until(known.happened.lost_on, known),
        withdrew=_withdrew(known),
        analysed=known.pfs.is_known,
        why_not_analysed="" if known.pfs.is_known else DAY_MISSING,
    )
    return followed if known.given.arm == UNTOLD else _treated(followed, known)


def _treated(followed: Person, known: Endpoints) -> Person:
    """Return the person with what became of the allocated intervention."""
    received, why_not = _resection(known) if known.given.arm == RESECTION else _watching(known)
    discontinued = [*_stopped(known), *([CROSSED_OVER] if why_not == CROSSED_OVER else [])]
    first = discontinued[0] if discontinued else ""
    return replace(followed, received=received, why_not=why_not, discontinued=first)


def _resection(known: Endpoints) -> tuple[Received, str]:
    if known.surgery.operated_on is not None:
        return Received.YES, ""
    if known.pcr.standing is Standing.PENDING:
        return Received.PENDING, ""
    reason = known.happened.not_operated_reason
    return Received.NO, NOT_OPERATED.term(reason).message if reason else NOTHING_RESECTED


def _watching(known: Endpoints) -> tuple[Received, str]:
    operated_on, progressed_on = known.happened.operation_on, known.happened.progression_on
    # Disease found at the very operation came after the decision to operate.
    is_before = operated_on is not None and (progressed_on is None or operated_on <= progressed_on)
    if is_before and _until(operated_on, known):
        return Received.NO, CROSSED_OVER
    return Received.YES, ""


def _withdrew(known: Endpoints) -> bool:
    """Whether consent ended up to the cut, by its own form or by the end of the study."""
    said = known.happened
    days = (said.withdrawn_consent_on, said.ended_on if said.end_how == CONSENT_WITHDRAWN else None)
    return any(_until(day, known) for day in days)


def _stopped(known: Endpoints) -> Iterator[str]:
    if _until(known.happened.withdrawn_treatment_on, known):
        yield STOPPED


def _until(day: date | None, known: Endpoints) -> bool:
    return day is not None and day <= known.given.cut_on
