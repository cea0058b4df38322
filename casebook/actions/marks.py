"""What people put to a form beside its answers: signature, freeze and lock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import Signature, Site, User
from audit.door import action, record
from casebook.actions.saving import facts_of
from casebook.content import content_hash
from casebook.models import Form, Lock, Subject
from casebook.ports import after_change
from casebook.rules.marks import covering, level_of, may_lock, may_sign, may_unlock
from casebook.selectors.signatures import ABOUT
from casebook.states import LockKind, LockLevel
from protocol.words import N_

SIGNED_AS_CORRECT = N_("I have reviewed this form; its answers are complete and correct.")
STREAM = "casebook"


@action(may_sign)
def sign_form(
    form: Form,
    *,
    by: User,
    at: datetime,
    meaning: str = SIGNED_AS_CORRECT,
    version: int | None = None,
    content: str = "",
) -> Signature:
    """Sign the form, in the version and content that was read. A later change voids the signature; it stays, as void."""
    signature = Signature.objects.create(
        signer=by,
        printed_name=by.name,
        meaning=meaning,
        signed_at=at,
        about_kind=ABOUT,
        about_id=form.pk,
        content_hash=content_hash(form),
        site_id=form.site_id,
        subject_id=form.subject_id,
        form_version=form.version,
    )
    facts = {**facts_of(form), "signature": str(signature.pk), "content_hash": signature.content_hash}
    record("casebook.form.signed", subject=form.subject, by=by, at=at, facts=facts)
    after_change(form.subject, form=form, by=by, at=at)
    return signature


@action(may_lock, creates=True)
def lock(target: Any, *, by: User, at: datetime, kind: LockKind = LockKind.LOCK, reason: str = "") -> Lock:
    """Freeze or lock a form, visit, subject, site or, without a target, the trial."""
    level = level_of(target)
    _wait_for_saves(target, level)
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
def unlock(made: Lock, *, by: User, at: datetime, reason: str, second: User | None = None) -> Lock:
    """Lift a freeze or lock; `second` has confirmed it with the own password where two persons are needed."""
    made.lifted_at, made.lifted_by, made.lifted_with = at, by, second
    made.lift_reason = reason.strip()
    made.save(update_fields=["lifted_at", "lifted_by", "lifted_with", "lift_reason"])
    word = "unfrozen" if made.kind == LockKind.FREEZE else "unlocked"
    facts = {"second": str(second.pk)} if second else {}
    _record(made, f"casebook.{made.level}.{word}", by=by, at=at, reason=reason.strip(), **facts)
    return made


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
