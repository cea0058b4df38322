"""Signs of relapse: raised, settled and mended as the record says, told to investigators once, settled by one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from audit.door import action, record, unchanged
from casebook.models import Form, Subject
from followup.models import RelapseSign
from followup.rules.safety import may_follow_record, may_resolve_sign
from followup.safety_mail import tell_of_sign
from followup.safety_signs import Seen
from followup.states import Ending

CLOSING = ["closed_at", "closed_by", "closed_how", "reason"]


@action(may_follow_record)
def follow_signs(subject: Subject, *, by: User, at: datetime, seen: Sequence[Seen]) -> Subject:
    """Make the signs of the subject those that the record shows now."""
    standing = {(sign.kind, str(sign.form_id)): sign for sign in RelapseSign.objects.filter(subject=subject)}
    moved = [_followed(subject, standing.pop(each.key, None), each, by=by, at=at) for each in seen]
    moved += [_mended(subject, sign, by=by, at=at) for sign in standing.values()]
    return subject if any(moved) else unchanged(subject)


def _followed(subject: Subject, sign: RelapseSign | None, seen: Seen, *, by: User, at: datetime) -> bool:
    if sign is None:
        sign = _new(subject, seen, by=by, at=at)
        _raise(subject, sign, by=by, at=at)
    elif sign.closed_how == Ending.MENDED:
        sign.times += 1
        _reopen(sign, seen)
        _raise(subject, sign, by=by, at=at)
    elif sign.closed_how == Ending.IMAGING and not seen.imaged:
        _reopen(sign, seen)
        _tell("followup.sign.reopened", subject, sign, by=by, at=at)
    elif sign.closed_at is not None or not (seen.imaged or sign.seen_on != seen.on):
        return False
    elif sign.seen_on != seen.on:
        sign.seen_on = seen.on
        sign.save(update_fields=["seen_on"])
        _tell("followup.sign.moved", subject, sign, by=by, at=at)
    if seen.imaged:
        _close(sign, Ending.IMAGING, by=by, at=at)
        _tell("followup.sign.imaged", subject, sign, by=by, at=at)
    return True


def _new(subject: Subject, seen: Seen, *, by: User, at: datetime) -> RelapseSign:
    return RelapseSign.objects.create(
        subject=subject,
        site_id=subject.site_id,
        form=Form.objects.select_related("visit").get(pk=seen.form),
        kind=seen.kind,
        seen_on=seen.on,
        raised_at=at,
        raised_by=by,
    )


def _raise(subject: Subject, sign: RelapseSign, *, by: User, at: datetime) -> None:
    _tell("followup.sign.raised", subject, sign, by=by, at=at)
    tell_of_sign(sign, path=reverse("safety-sign", args=[sign.pk]), at=at)


def _reopen(sign: RelapseSign, seen: Seen) -> None:
    sign.seen_on = seen.on
    sign.closed_at, sign.closed_by, sign.closed_how, sign.reason = None, None, "", ""
    sign.save(update_fields=[*CLOSING, "seen_on", "times"])


def _mended(subject: Subject, sign: RelapseSign, *, by: User, at: datetime) -> bool:
    if sign.closed_how in (Ending.MENDED, Ending.EXPLAINED):
        return False
    _close(sign, Ending.MENDED, by=by, at=at)
    _tell("followup.sign.mended", subject, sign, by=by, at=at)
    return True


def _close(sign: RelapseSign, how: Ending, *, by: User, at: datetime, reason: str = "") -> None:
    sign.closed_at, sign.closed_by, sign.closed_how, sign.reason = at, by, how, reason
    sign.save(update_fields=CLOSING)


@action(may_resolve_sign)
def resolve_relapse_sign(sign: RelapseSign, *, by: User, at: datetime, reason: str) -> RelapseSign:
    """Settle the sign with a reason instead of imaging."""
    _close(sign, Ending.EXPLAINED, by=by, at=at, reason=reason.strip())
    _tell("followup.sign.explained", sign.subject, sign, by=by, at=at, reason=reason.strip())
    return sign


def _tell(kind: str, subject: Subject, sign: RelapseSign, *, by: User, at: datetime, reason: str = "") -> None:
    facts = {"sign": str(sign.pk), "form": str(sign.form_id), "times": sign.times}
    record(kind, subject=subject, by=by, at=at, reason=reason, facts=facts)
