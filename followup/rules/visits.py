"""Rules over visits: attendance, missed visits, unscheduled ones, and corrections."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.models import Site, User
from accounts.rules import may_perform
from audit.decision import YES, Decision, no
from casebook.models import Form, Lock, Subject, Visit
from casebook.rules.locks import may_change
from casebook.rules.transferring import may_go_on
from casebook.rules.wording import TOO_LONG, may_say
from casebook.selectors.standing import Held, day_at, standing_over_subject, standing_over_visit
from casebook.states import FormState, LockKind, LockLevel, VisitState
from followup.happened import Path, path_of
from followup.status import NOT_ATTENDED_BY_HAND, is_in_window
from protocol.course import ALLOCATION
from protocol.identifiers import IDENTIFIER
from protocol.roles import Task
from protocol.schedule import SCREENING, UNSCHEDULED
from protocol.trial import TRIAL
from protocol.words import N_, Param, sentence

LONGEST_REASON = 500
LONGEST_SAID = 60
NOT_BY_HAND = {
    SCREENING.code: N_("Screening has no day of its own; its forms are dated each."),
    ALLOCATION: N_("The day of randomization follows from the allocation."),
}
FROM_OPERATION = N_(
    "The visit of surgery follows from the operation form. Enter there that it was performed, or why not."
)
NOT_RANDOMIZED = N_("The subject is not randomized; the visits of follow-up begin then.")
NOT_SERVED = N_("The window of %(visit)s does not include %(on)s. Leave it out.")
NOT_OF_THIS_VISIT = N_("An unscheduled visit has no form %(codes)s. Choose from the forms on this page.")
LONG_REASON = N_("A reason has at most %(most)s characters. Shorten it.")
SAY_WHY_OUTSIDE = N_("This day lies outside the window of the visit. Say why it took place then.")
SAY_WHY_MISSED = N_("Say why the visit was missed.")
SAY_WHY_UNSCHEDULED = N_("Say why this visit took place outside the schedule.")
SAY_WHY_CORRECTED = N_("Say why the attendance is corrected.")

# What is said of the reason that was typed, so that a page can say it beside that field.
OF_REASON = frozenset(
    {SAY_WHY_OUTSIDE, SAY_WHY_MISSED, SAY_WHY_UNSCHEDULED, SAY_WHY_CORRECTED, LONG_REASON, TOO_LONG, IDENTIFIER}
)


@dataclass(frozen=True)
class Possible:
    """What may be done with one visit now; each no says why."""

    attend: Decision
    miss: Decision
    correct: Decision


def may_enter_visits(user: User, site: Site, *, at: datetime) -> Decision:
    """Whether the user may record visits at this site now: role, delegation and training."""
    return may_perform(user, Task.CRF_ENTRY, site, day_at(site, at))


def may_contact(path: Path | None, *, on: date) -> Decision:
    """Whether the subject may be met on this day: not before randomization, nor after death or withdrawn consent."""
    if path is None:
        return no(NOT_RANDOMIZED)
    if on < path.randomized_on:
        return no(N_("%(on)s is before randomization on %(first)s. Correct the day."), on=on, first=path.randomized_on)
    said = path.happened
    if said.withdrawn_consent_on is not None and on > said.withdrawn_consent_on:
        return no(
            N_("Consent was withdrawn on %(last)s: nothing dated after it may be recorded."),
            last=said.withdrawn_consent_on,
        )
    if said.died_on is not None and on > said.died_on:
        return no(
            N_("The subject died on %(last)s. Correct the day, or the date of death where that is wrong."),
            last=said.died_on,
        )
    return YES


def may_record_attendance(
    user: User,
    visit: Visit,
    *,
    at: datetime,
    attended_on: date | None = None,
    also: Iterable[Visit] = (),
    reason: str = "",
) -> Decision:
    """Whether the attendance of this visit may be recorded; without a day, whether at all."""
    if not (decision := _may_touch(user, visit, at=at)):
        return decision
    if not (decision := _is_waiting(visit)):
        return decision
    if attended_on is None:
        return YES
    if not (decision := _could_take_place(visit.subject, attended_on, at=at)):
        return decision
    for other in also:
        if not (decision := _may_serve(visit, other, attended_on)):
            return decision
    return _reason_outside(visit, attended_on, reason)


def may_mark_missed(user: User, visit: Visit, *, at: datetime, reason: str | None = None) -> Decision:
    """Whether the visit may be marked as missed: from the day its window opens; without a reason, whether at all."""
    if not (decision := _may_touch(user, visit, at=at)):
        return decision
    if not (decision := _is_waiting(visit)):
        return decision
    if not (decision := _can_be_missed(visit, day_at(visit.site, at))):
        return decision
    return YES if reason is None else may_give_reason(reason, otherwise=SAY_WHY_MISSED)


def may_on_page(
    user: User, subject: Subject, visits: Iterable[Visit], locks: Iterable[Lock], *, at: datetime
) -> dict[UUID, Possible]:
    """Return for each visit of the subject what may be done with it: what the rules above ask, read once for all."""
    shared = may_enter_visits(user, subject.site, at=at) and may_go_on(subject)
    locks, today = list(locks), day_at(subject.site, at)
    found = {}
    for visit in visits:
        held = tuple(Held(LockKind(lock.kind), LockLevel(lock.level)) for lock in locks if _covers(lock, visit))
        here = shared and may_change(held) and _is_by_hand(visit)
        found[visit.pk] = Possible(
            attend=here and _is_waiting(visit),
            miss=here and _is_waiting(visit) and _can_be_missed(visit, today),
            correct=here and _is_recorded(visit),
        )
    return found


def _covers(lock: Lock, visit: Visit) -> bool:
    match LockLevel(lock.level):
        case LockLevel.FORM:
            return False
        case LockLevel.VISIT:
            return lock.visit_id == visit.pk
    return True


def may_add_unscheduled(
    user: User,
    subject: Subject,
    *,
    at: datetime,
    attended_on: date | None = None,
    reason: str | None = None,
    codes: Collection[str] | None = None,
) -> Decision:
    """Whether an unscheduled visit may be recorded, with these forms; without day and reason, whether at all."""
    held = standing_over_subject(subject)
    if not (decision := may_enter_visits(user, subject.site, at=at)):
        return decision
    if not (decision := may_change(held) and may_go_on(subject)):
        return decision
    if attended_on is None:
        return YES if path_of(subject) else no(NOT_RANDOMIZED)
    if not (decision := _could_take_place(subject, attended_on, at=at)):
        return decision
    if strangers := sorted(set(codes or ()) - set(UNSCHEDULED.forms)):
        return no(NOT_OF_THIS_VISIT, codes=", ".join(strangers)[:LONGEST_SAID])
    return YES if reason is None else may_give_reason(reason, otherwise=SAY_WHY_UNSCHEDULED)


def may_correct_attendance(
    user: User, visit: Visit, *, at: datetime, attended_on: date | None = None, reason: str | None = None
) -> Decision:
    """Whether what was recorded of the visit may be corrected: to another day, or (None) to not recorded at all."""
    if not (decision := _may_touch(user, visit, at=at)):
        return decision
    if not (decision := _is_recorded(visit)):
        return decision
    if reason is None:
        return YES
    if attended_on is not None:
        decision = _could_take_place(visit.subject, attended_on, at=at)
    else:
        decision = _holds_nothing(visit)
    return may_give_reason(reason, otherwise=SAY_WHY_CORRECTED) if decision else decision


def may_give_reason(reason: str, *, otherwise: str) -> Decision:
    """Whether the text is a reason that can be kept."""
    if not (decision := may_say(reason, otherwise=otherwise)):
        return decision
    if len(reason.strip()) > LONGEST_REASON:
        return no(LONG_REASON, most=LONGEST_REASON)
    return YES


def _may_touch(user: User, visit: Visit, *, at: datetime) -> Decision:
    held = standing_over_visit(visit)
    if not (decision := may_enter_visits(user, visit.site, at=at)):
        return decision
    if not (decision := may_change(held) and may_go_on(visit.subject)):
        return decision
    return _is_by_hand(visit)


def _is_by_hand(visit: Visit) -> Decision:
    if visit.code in NOT_ATTENDED_BY_HAND:
        return no(NOT_BY_HAND.get(visit.code, FROM_OPERATION))
    return YES


def _can_be_missed(visit: Visit, today: date) -> Decision:
    if visit.opens_on is None:
        return no(N_("This visit has no window that it could miss. Record its day."))
    if today < visit.opens_on:
        return no(N_("The window of this visit opens on %(opens)s; it cannot be missed before."), opens=visit.opens_on)
    return YES


def _is_recorded(visit: Visit) -> Decision:
    if visit.state in (VisitState.ATTENDED, VisitState.MISSED):
        return YES
    return no(N_("Nothing is recorded of this visit that could be corrected."))


def _is_waiting(visit: Visit) -> Decision:
    match VisitState(visit.state):
        case VisitState.OPEN:
            return YES
        case VisitState.MISSED:
            return no(N_("This visit is marked as missed. Correct that with a reason if it took place after all."))
        case VisitState.ATTENDED:
            return no(
                N_("This visit is recorded as attended on %(on)s. Correct it with a reason if that is wrong."),
                on=visit.attended_on or "",
            )
    return no(
        N_("This visit is cancelled (%(why)s). If the subject came, record an unscheduled visit."),
        why=sentence(visit.cancelled_because),
    )


def _could_take_place(subject: Subject, on: date, *, at: datetime) -> Decision:
    today = day_at(subject.site, at)
    if on > today:
        return no(
            N_("%(on)s is still to come: it is %(today)s at the site. Record a visit once it took place."),
            on=on,
            today=today,
        )
    return may_contact(path_of(subject), on=on)


def _may_serve(visit: Visit, other: Visit, on: date) -> Decision:
    words: dict[str, Param] = {"visit": sentence(TRIAL.visit(other.code).title), "on": on}
    if other.subject_id != visit.subject_id or other.pk == visit.pk:
        return no(N_("One attendance serves other visits of the same subject only."))
    if not (decision := _is_by_hand(other) and _is_waiting(other)):
        return decision
    if other.opens_on is None or not is_in_window(other, on):
        return no(NOT_SERVED, **words)
    return YES


def _reason_outside(visit: Visit, on: date, reason: str) -> Decision:
    if is_in_window(visit, on):
        return may_give_reason(reason, otherwise="") if reason.strip() else YES
    return may_give_reason(reason, otherwise=SAY_WHY_OUTSIDE)


def _holds_nothing(visit: Visit) -> Decision:
    held = Form.objects.filter(visit=visit).exclude(state=FormState.NOT_STARTED).count()
    if not held:
        return YES
    return no(
        N_("%(count)s forms of this visit hold entries, so it took place. Correct its day instead."),
        count=held,
    )
