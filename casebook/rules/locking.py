"""Rules over setting and lifting freezes and locks; wide locks are lifted by two persons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import Form, Lock, Subject, UnlockRequest, Visit
from casebook.rules.locks import may_freeze_under
from casebook.rules.wording import TOO_LONG, may_say
from casebook.selectors.locking import Condition, conditions_of
from casebook.selectors.standing import (
    Held,
    standing_over,
    standing_over_site,
    standing_over_subject,
    standing_over_trial,
    standing_over_visit,
)
from casebook.states import LockKind, LockLevel, UnlockState
from protocol.words import N_, sentence

WIDE = (LockLevel.SUBJECT, LockLevel.SITE, LockLevel.TRIAL)
LEVELS: tuple[tuple[type, LockLevel], ...] = (
    (Form, LockLevel.FORM),
    (Visit, LockLevel.VISIT),
    (Subject, LockLevel.SUBJECT),
    (Site, LockLevel.SITE),
)
LONGEST_REASON = 500
CONFIRMED_WITHIN = timedelta(hours=24)
DONE_ALREADY = {
    LockKind.FREEZE: N_("This is done already: %(name)s froze it on %(day)s, and that stands."),
    LockKind.LOCK: N_("This is done already: %(name)s locked it on %(day)s, and that stands."),
}
NOT_YET = N_("This cannot be locked yet. Still open: %(reasons)s.")
SAY_WHY = N_("Say why it is lifted.")
LIFTED = N_("This was lifted already.")
BY_TWO = N_(
    "A lock of a subject, a site or the trial is lifted by two persons: ask for it, and have a second one confirm it."
)
BY_ONE = N_("This is lifted by one data manager with a reason; no second person is needed.")


def level_of(target: Any) -> LockLevel:
    """Return the level a target stands for; no target is the whole trial."""
    return next((level for kind, level in LEVELS if isinstance(target, kind)), LockLevel.TRIAL)


def site_of(target: Any) -> Site | None:
    """Return the site of a form, visit, subject or site; None for the trial."""
    if target is None or isinstance(target, Site):
        return target
    site: Site | None = target.site
    return site


def may_lock(user: User, target: Any, *, kind: LockKind = LockKind.LOCK, reason: str = "") -> Decision:
    """Whether the user may freeze or lock a form, visit, subject, site or (no target) the trial; a freeze only where no lock stands."""
    level = level_of(target)
    if not (decision := may(user, Permission.FORM_LOCK, site_of(target))):
        return decision
    set_before = Lock.objects.filter(kind=kind, level=level, lifted_at__isnull=True, **covering(target))
    if (made := set_before.select_related("set_by", "site").first()) is not None:
        day = made.set_at.astimezone(made.site.zone if made.site else UTC).date()
        return no(DONE_ALREADY[kind], name=made.set_by.name, day=day)
    if reason.strip() and not (decision := _may_give(reason)):
        return decision
    if kind == LockKind.FREEZE:
        return may_freeze_under(_held_over(target))
    key = target.pk if target is not None else None
    return may_lock_under(conditions_of(level, [target])[key])


def _held_over(target: Any) -> tuple[Held, ...]:
    match target:
        case Form():
            return standing_over(target)
        case Visit():
            return standing_over_visit(target)
        case Subject():
            return standing_over_subject(target)
        case Site():
            return standing_over_site(target)
        case _:
            return standing_over_trial()


def may_lock_under(conditions: tuple[Condition, ...]) -> Decision:
    """Whether these preconditions of a lock are met; the sentence names each that is not, with its count."""
    unmet = tuple(sentence(each.message, count=each.count) for each in conditions if not each.is_met)
    return no(NOT_YET, reasons=unmet) if unmet else YES


def covering(target: Any) -> dict[str, Any]:
    """Return the columns of a lock that say what it covers."""
    match target:
        case Form():
            return {"site_id": target.site_id, "subject_id": target.subject_id, "form_id": target.pk}
        case Visit():
            return {"site_id": target.site_id, "subject_id": target.subject_id, "visit_id": target.pk}
        case Subject():
            return {"site_id": target.site_id, "subject_id": target.pk}
        case Site():
            return {"site_id": target.pk}
        case _:
            return {"site_id": None}


def asks_two(lock: Lock) -> bool:
    """Whether two persons lift this together."""
    return lock.kind == LockKind.LOCK and lock.level in WIDE


def may_unlock(user: User, lock: Lock, *, reason: str = "words") -> Decision:
    """Whether the user alone may lift this, with a reason: any freeze, and the lock of a form or a visit."""
    if not (decision := _may_lift(user, lock, reason)):
        return decision
    return no(BY_TWO) if asks_two(lock) else YES


def may_ask_unlock(user: User, lock: Lock, *, at: datetime, reason: str = "words") -> Decision:
    """Whether the user may ask, with a reason, that a wide lock is lifted; somebody else has to confirm it."""
    if not (decision := _may_lift(user, lock, reason)):
        return decision
    if not asks_two(lock):
        return no(BY_ONE)
    asked = UnlockRequest.objects.filter(lock=lock, state=UnlockState.WAITING, asked_at__gt=at - CONFIRMED_WITHIN)
    if asked.exists():
        return no(N_("Somebody has asked for this already; a second person can confirm it."))
    return YES


def may_confirm_unlock(user: User, request: UnlockRequest, *, at: datetime) -> Decision:
    """Whether the user may confirm what another person asked for, within a day."""
    if not (decision := _may_settle(user, request)):
        return decision
    if request.asked_by_id == user.pk:
        return no(N_("You asked for this yourself: a second person has to confirm it, with their own log-in."))
    if at >= request.asked_at + CONFIRMED_WITHIN:
        return no(N_("Nobody confirmed this within 24 hours, so it has lapsed. Ask for it again."))
    if not (decision := may(request.asked_by, Permission.FORM_LOCK, request.site)):
        return decision
    return no(LIFTED) if request.lock.lifted_at is not None else YES


def may_withdraw_unlock(user: User, request: UnlockRequest) -> Decision:
    """Whether the user may take back a wish to unlock: whoever asked, and whoever might confirm it."""
    return _may_settle(user, request)


def _may_settle(user: User, request: UnlockRequest) -> Decision:
    if not (decision := may(user, Permission.FORM_LOCK, request.site)):
        return decision
    if request.state != UnlockState.WAITING:
        return no(N_("This was settled already."))
    return YES


def _may_lift(user: User, lock: Lock, reason: str) -> Decision:
    if not (decision := may(user, Permission.FORM_LOCK, lock.site)):
        return decision
    if lock.lifted_at is not None:
        return no(LIFTED)
    return _may_give(reason)


def _may_give(reason: str) -> Decision:
    if (count := len(reason.strip())) > LONGEST_REASON:
        return no(TOO_LONG, count=count, most=LONGEST_REASON)
    return may_say(reason, otherwise=SAY_WHY)
