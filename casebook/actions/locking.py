"""Freezing and locking at every level, and lifting it again: alone with a reason, or two persons together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.selectors import holders_of
from audit.decision import Refusal
from audit.door import action, locked, record, unchanged
from casebook.models import Lock, Subject, UnlockRequest
from casebook.rules.locking import (
    covering,
    level_of,
    may_ask_unlock,
    may_confirm_unlock,
    may_lock,
    may_unlock,
    may_withdraw_unlock,
)
from casebook.states import LockKind, LockLevel, UnlockState
from outbox.posting import tell
from protocol.words import N_, Sentence, sentence

STREAM = "casebook"
MAIL = "casebook unlock"
TITLE = N_("%(what)s: an unlock waits for a second person")
TEXT = N_("%(name)s asks to unlock %(what)s. Confirm it within 24 hours with your own password, or take it back.")
THE_TRIAL = N_("the trial")


@action(may_lock, creates=True)
def lock(target: Any, *, by: User, at: datetime, kind: LockKind = LockKind.LOCK, reason: str = "") -> Lock:
    """Freeze or lock a form, visit, subject, site or, without a target, the trial."""
    level = level_of(target)
    _wait_for_saves(target, level)
    # The trial has no row that the door could hold: what was asked before waiting is asked again.
    if level == LockLevel.TRIAL and not (decision := may_lock(by, target, kind=kind, reason=reason)):
        raise Refusal.of(decision)
    made = Lock.objects.create(kind=kind, level=level, reason=reason.strip(), set_at=at, set_by=by, **covering(target))
    word = "frozen" if kind == LockKind.FREEZE else "locked"
    _record(made, f"casebook.{level}.{word}", by=by, at=at, reason=reason.strip())
    return made


def _wait_for_saves(target: Any, level: LockLevel) -> None:
    # A save holds its subject, an added subject its site: once these are ours, nothing comes in behind the lock.
    if level in (LockLevel.SITE, LockLevel.TRIAL):
        sites = Site.objects.filter(pk=target.pk) if target else Site.objects.all()
        subjects = Subject.objects.filter(site=target) if target else Subject.objects.all()
        for rows in (sites, subjects):
            list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))


@action(may_unlock)
def unlock(made: Lock, *, by: User, at: datetime, reason: str) -> Lock:
    """Lift a freeze of any level, or the lock of a form or a visit."""
    return _lifted(made, by=by, second=None, at=at, reason=reason)


@action(may_ask_unlock)
def ask_unlock(made: Lock, *, by: User, at: datetime, reason: str) -> UnlockRequest:
    """Ask that the lock of a subject, a site or the trial is lifted; who else may do it is told by mail."""
    lapsed = UnlockRequest.objects.filter(lock=made, state=UnlockState.WAITING)
    lapsed.update(state=UnlockState.WITHDRAWN, settled_at=at, settled_by=by)
    request = UnlockRequest.objects.create(
        lock=made, site_id=made.site_id, subject_id=made.subject_id, reason=reason.strip(), asked_at=at, asked_by=by
    )
    _record(made, f"casebook.{made.level}.unlock_asked", by=by, at=at, reason=reason.strip(), request=str(request.pk))
    _tell_others(request, at=at)
    return request


@action(may_confirm_unlock)
def confirm_unlock(request: UnlockRequest, *, by: User, at: datetime) -> Lock:
    """Lift the lock that another person asked to lift; both are named on it."""
    made = locked(request.lock)
    if made.lifted_at is not None:
        return unchanged(made)
    _settle(request, UnlockState.CONFIRMED, by=by, at=at)
    return _lifted(made, by=request.asked_by, second=by, at=at, reason=request.reason, acting=by)


@action(may_withdraw_unlock)
def withdraw_unlock(request: UnlockRequest, *, by: User, at: datetime) -> UnlockRequest:
    """Take the wish back: the lock stays."""
    _settle(request, UnlockState.WITHDRAWN, by=by, at=at)
    made = request.lock
    _record(made, f"casebook.{made.level}.unlock_withdrawn", by=by, at=at, reason="", request=str(request.pk))
    return request


def _settle(request: UnlockRequest, to: UnlockState, *, by: User, at: datetime) -> None:
    request.state, request.settled_at, request.settled_by = to, at, by
    request.save(update_fields=["state", "settled_at", "settled_by"])


def _lifted(
    made: Lock, *, by: User, second: User | None, at: datetime, reason: str, acting: User | None = None
) -> Lock:
    made.lifted_at, made.lifted_by, made.lifted_with = at, by, second
    made.lift_reason = reason.strip()
    made.save(update_fields=["lifted_at", "lifted_by", "lifted_with", "lift_reason"])
    word = "unfrozen" if made.kind == LockKind.FREEZE else "unlocked"
    facts = {"asked_by": str(by.pk), "second": str(second.pk)} if second else {}
    _record(made, f"casebook.{made.level}.{word}", by=acting or by, at=at, reason=reason.strip(), **facts)
    return made


def _tell_others(request: UnlockRequest, *, at: datetime) -> None:
    others = [user for user in holders_of(Permission.FORM_LOCK, request.site_id) if user.pk != request.asked_by_id]
    what = request.subject.number if request.subject else request.site.code if request.site else Sentence(THE_TRIAL)
    tell(
        kind=MAIL,
        about=str(request.pk),
        users=others,
        subject=sentence(TITLE, what=what),
        body=sentence(TEXT, what=what, name=request.asked_by.name),
        at=at,
        path=reverse("locks"),
    )


def _record(made: Lock, kind: str, *, by: User, at: datetime, reason: str, **facts: str) -> None:
    subject: Subject | None = made.subject
    whole = {"lock": str(made.pk), "level": str(LockLevel(made.level).value), **facts}
    if made.form_id:
        whole["form"] = str(made.form_id)
    # A lock of the whole trial belongs to no site: it has the casebook's own stream.
    record(
        kind,
        subject=subject,
        site=made.site_id,
        stream="" if made.site_id else STREAM,
        by=by,
        at=at,
        reason=reason,
        facts=whole,
    )
