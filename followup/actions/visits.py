"""What became of a visit: attended, missed, unscheduled, corrected."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from accounts.models import User
from audit.door import action, locked_all, record, unchanged
from casebook import actions as casebook
from casebook.actions.receipts import earlier_answer, keep_receipt, request_hash
from casebook.models import Form, Subject, Visit
from casebook.ports import after_change
from casebook.selectors.records import read_once
from casebook.states import FormState, VisitState
from followup.rules.visits import (
    may_add_unscheduled,
    may_correct_attendance,
    may_mark_missed,
    may_record_attendance,
)
from followup.status import status_of
from protocol.schedule import UNSCHEDULED
from protocol.trial import TRIAL


@action(may_record_attendance)
def record_attendance(
    visit: Visit, *, by: User, at: datetime, attended_on: date, also: Iterable[Visit] = (), reason: str = ""
) -> Visit:
    """Record that the visit took place, and expect its forms.

    `also` are visits of the same subject that this attendance serves too: what both ask for is expected once.
    """
    others = locked_all(also)
    served = [visit, *others]
    for each in served:
        _attend(each, attended_on, reason if each is visit else "")
    asked: set[str] = set()
    for each in served:
        codes = [code for code in TRIAL.visit(each.code).forms if code not in asked]
        casebook.expect_forms(each, by=by, at=at, codes=codes)
        asked.update(codes)
    for each in served:
        with_ = [_name(other) for other in served if other is not each]
        facts = {**_facts(each), **({"with": with_} if with_ else {})}
        record("followup.visit.attended", subject=visit.subject, by=by, at=at, reason=each.reason, facts=facts)
    read_once(visit.subject)
    after_change(visit.subject, form=None, by=by, at=at)
    return visit


@action(may_mark_missed)
def mark_missed(visit: Visit, *, by: User, at: datetime, reason: str) -> Visit:
    """Say that the visit did not take place, and why; forms it may still expect are marked as not done."""
    visit.state, visit.reason = VisitState.MISSED, reason.strip()
    visit.save(update_fields=["state", "reason"])
    record("followup.visit.missed", subject=visit.subject, by=by, at=at, reason=visit.reason, facts=_facts(visit))
    for form in Form.objects.filter(visit=visit, state=FormState.NOT_STARTED).order_by("id"):
        casebook.mark_not_done(form, by=by, at=at, reason=visit.reason)
    read_once(visit.subject)
    after_change(visit.subject, form=None, by=by, at=at)
    return visit


@action(may_add_unscheduled)
def add_unscheduled(
    subject: Subject,
    *,
    by: User,
    at: datetime,
    attended_on: date,
    reason: str,
    codes: Collection[str] | None = None,
    key: str = "",
) -> Visit:
    """Record a visit that no schedule plans, and expect its forms, or those that `codes` names.

    The same key adds one visit only.
    """
    asked = request_hash(subject=str(subject.pk), on=attended_on.isoformat())
    if key and (earlier := earlier_answer(by, key=key, asked=asked)) is not None:
        return unchanged(Visit.objects.get(pk=earlier["visit"]))
    visit = casebook.add_visit(
        subject, by=by, at=at, code=UNSCHEDULED.code, attended_on=attended_on, reason=reason.strip()
    )
    casebook.expect_forms(visit, by=by, at=at, codes=codes)
    if key:
        answer = {"visit": str(visit.pk)}
        keep_receipt(by, site_id=subject.site_id, key=key, verb="add_unscheduled", asked=asked, answer=answer, at=at)
    record("followup.visit.attended", subject=subject, by=by, at=at, reason=visit.reason, facts=_facts(visit))
    read_once(subject)
    after_change(subject, form=None, by=by, at=at)
    return visit


@action(may_correct_attendance)
def correct_attendance(visit: Visit, *, by: User, at: datetime, attended_on: date | None, reason: str) -> Visit:
    """Correct the day of a visit, or that it took place or was missed at all (None: nothing is recorded of it)."""
    before = visit.state
    if attended_on is None:
        visit.state, visit.attended_on, visit.reason = VisitState.OPEN, None, ""
        visit.save(update_fields=["state", "attended_on", "reason"])
    else:
        _attend(visit, attended_on, reason)
        casebook.expect_forms(visit, by=by, at=at)
    facts = {**_facts(visit), "from": str(VisitState(before).value)}
    record("followup.visit.corrected", subject=visit.subject, by=by, at=at, reason=reason.strip(), facts=facts)
    read_once(visit.subject)
    after_change(visit.subject, form=None, by=by, at=at)
    return visit


def _attend(visit: Visit, on: date, reason: str) -> None:
    visit.state, visit.attended_on, visit.reason = VisitState.ATTENDED, on, reason.strip()
    visit.save(update_fields=["state", "attended_on", "reason"])


def _facts(visit: Visit) -> dict[str, object]:
    """Return what every event says of its visit; whether it was in time, but not its day."""
    return {"visit": visit.code, "repeat": visit.repeat, "state": _state(visit)}


def _state(visit: Visit) -> str:
    if visit.state == VisitState.ATTENDED and visit.attended_on:
        return status_of(visit, on=visit.attended_on).value
    return str(VisitState(visit.state).value)


def _name(visit: Visit) -> str:
    return visit.code if visit.repeat == 1 else f"{visit.code}/{visit.repeat}"
