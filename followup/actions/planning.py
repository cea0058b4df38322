"""Planning the visits of a subject, and keeping them what the course of the subject asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from accounts.models import User
from audit.door import action, record, unchanged
from casebook import actions as casebook
from casebook.models import Subject, Visit
from casebook.selectors.standing import day_at
from casebook.states import STAGE_MOVES, Stage, VisitState
from followup.happened import Path, path_of
from followup.rules.planning import may_plan, may_replan
from followup.selectors.consent import withdrawal_of
from followup.status import NOT_PLANNED
from protocol import course as words
from protocol.course import PlannedVisit, course
from protocol.happenings import Happened
from protocol.schedule import OPERATION, SCREENING, SURGERY
from protocol.trial import TRIAL
from randomization.models import Allocation
from randomization.selectors import allocation_of

# Their state follows what made them: the allocation, the operation. Nobody records their attendance.
FOLLOWS = frozenset({words.ALLOCATION, SURGERY.code})
AFTER_OPERATION = frozenset({visit.code for visit in TRIAL.visits if visit.anchor == OPERATION})
SYNCED = ["target_on", "opens_on", "closes_on", "attended_on", "state", "cancelled_because"]
COMPLETED, WITHDRAWN = "completed", "consent withdrawn"


@dataclass
class _Changes:
    """What a replanning changed, by visit, for the event."""

    added: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    rows: list[Visit] = field(default_factory=list)

    def note(self, visit: Visit, before: tuple[object, ...]) -> None:
        """Remember the visit if anything of it is not as before."""
        if _kept(visit) == before:
            return
        was = before[SYNCED.index("state")]
        if visit.state == VisitState.CANCELLED:
            self.cancelled.append(_name(visit))
        elif was == VisitState.CANCELLED:
            self.restored.append(_name(visit))
        else:
            self.moved.append(_name(visit))
        self.rows.append(visit)

    def facts(self) -> dict[str, list[str]]:
        """Return what was changed, leaving out what was not."""
        kinds = ("added", "cancelled", "restored", "moved")
        return {kind: found for kind in kinds if (found := getattr(self, kind))}


@action(may_plan)
def plan_visits(allocation: Allocation, *, by: User, at: datetime) -> list[Visit]:
    """Plan the visits of a subject who was randomized just now; their forms are expected when each takes place."""
    subject = allocation.subject
    today = day_at(subject.site, at)
    randomized_on = day_at(subject.site, allocation.allocated_at)
    planned = course(allocation.arm, randomized_on=randomized_on, happened=Happened(), on=today)
    visits = Visit.objects.bulk_create(_planned(subject, each) for each in planned)
    record("followup.visits.planned", subject=subject, by=by, at=at, facts={"visits": len(visits)})
    return visits


@action(may_replan)
def replan(subject: Subject, *, by: User, at: datetime, path: Path | None = None) -> Subject:
    """Make visits and stage what the course asks for now: cancels, restores, adds and moves; nothing where all fits.

    `path` is what the caller has read already of the subject it holds.
    """
    path = path or path_of(subject)
    if path is None:
        return unchanged(subject)
    visits = list(Visit.objects.filter(subject=subject).exclude(code__in=NOT_PLANNED).order_by("id"))
    planned = course(path.arm, randomized_on=path.randomized_on, happened=path.happened, on=day_at(subject.site, at))
    changes = _synced(subject, visits, planned, path)
    if changes.facts():
        record("followup.visits.replanned", subject=subject, by=by, at=at, facts=changes.facts())
    moved = _follow_stage(subject, path, by=by, at=at)
    return subject if changes.facts() or moved else unchanged(subject)


@action(may_replan)
def follow_withdrawal(subject: Subject, *, by: User, at: datetime) -> Subject:
    """Let the stage of a subject who was never randomized follow the withdrawal of consent, and its correction."""
    if allocation_of(subject) is not None:
        return unchanged(subject)
    withdrawn, is_out = withdrawal_of(subject) is not None, subject.stage == Stage.WITHDRAWN
    to = Stage.WITHDRAWN if withdrawn else Stage.SCREENING
    if withdrawn == is_out or to not in STAGE_MOVES[Stage(subject.stage)]:
        return unchanged(subject)
    return casebook.advance(subject, by=by, at=at, to=to)


def _planned(subject: Subject, planned: PlannedVisit) -> Visit:
    visit = Visit(subject=subject, site_id=subject.site_id, code=planned.code, repeat=planned.repeat)
    _shape(visit, planned)
    return visit


def _synced(subject: Subject, visits: Sequence[Visit], planned: Sequence[PlannedVisit], path: Path) -> _Changes:
    there = {(visit.code, visit.repeat): visit for visit in visits}
    before = {visit.pk: _kept(visit) for visit in visits}
    changes, fresh = _Changes(), []
    for each in planned:
        visit = there.pop((each.code, each.repeat), None)
        if visit is None:
            fresh.append(_planned(subject, each))
        else:
            _shape(visit, each)
            changes.note(visit, before[visit.pk])
    for visit in there.values():
        _drop(visit, path.happened)
        changes.note(visit, before[visit.pk])
    changes.added = [_name(visit) for visit in fresh]
    Visit.objects.bulk_create(fresh)
    if changes.rows:
        Visit.objects.bulk_update(changes.rows, SYNCED)
    return changes


def _kept(visit: Visit) -> tuple[object, ...]:
    return tuple(getattr(visit, name) for name in SYNCED)


def _shape(visit: Visit, planned: PlannedVisit) -> None:
    """Give the visit the window and the state of the plan; what a person recorded as attended stays attended."""
    window = planned.window
    visit.target_on, visit.opens_on, visit.closes_on = window.target, window.opens, window.closes
    if visit.code in FOLLOWS:
        _follow(visit, planned.attended_on)
    _cancel(visit, planned.cancelled.message if planned.cancelled else "")


def _drop(visit: Visit, happened: Happened) -> None:
    """Cancel a visit that the course does not know any more."""
    if visit.code in FOLLOWS:
        _follow(visit, None)
    not_performed = visit.code in AFTER_OPERATION and happened.not_operated_on is not None
    _cancel(visit, words.NOT_PERFORMED if not_performed else words.NOT_PLANNED)


def _follow(visit: Visit, attended_on: date | None) -> None:
    visit.attended_on = attended_on
    if attended_on is not None:
        visit.state, visit.cancelled_because = VisitState.ATTENDED, ""
    elif visit.state == VisitState.ATTENDED:
        visit.state = VisitState.OPEN


def _cancel(visit: Visit, why: str) -> None:
    """Cancel the visit for this reason; without one, give back what stood before it was cancelled."""
    if visit.state == VisitState.ATTENDED:
        return
    if why:
        visit.state = VisitState.CANCELLED
    elif visit.state == VisitState.CANCELLED:
        visit.state = VisitState.MISSED if visit.reason else VisitState.OPEN
    visit.cancelled_because = why


def _name(visit: Visit) -> str:
    return visit.code if visit.repeat == 1 else f"{visit.code}/{visit.repeat}"


def _follow_stage(subject: Subject, path: Path, *, by: User, at: datetime) -> bool:
    """Advance the subject to the stage that is true now, through follow-up where no move leads there at once."""
    to, here = _stage(subject, path), Stage(subject.stage)
    if to == here:
        return False
    if to not in STAGE_MOVES[here]:
        subject.stage = casebook.advance(subject, by=by, at=at, to=Stage.FOLLOW_UP).stage
    subject.stage = casebook.advance(subject, by=by, at=at, to=to).stage
    return True


def _stage(subject: Subject, path: Path) -> Stage:
    said = path.happened
    if said.withdrawn_consent_on is not None or said.end_how == WITHDRAWN:
        return Stage.WITHDRAWN
    if said.end_how == COMPLETED:
        return Stage.COMPLETED
    # Follow-up that has begun, or was left and taken up again, is never unbegun.
    begun = subject.stage != Stage.RANDOMIZED or (
        Visit.objects.filter(subject=subject, state=VisitState.ATTENDED)
        .exclude(code__in=(SCREENING.code, words.ALLOCATION))
        .exists()
    )
    return Stage.FOLLOW_UP if begun else Stage.RANDOMIZED
