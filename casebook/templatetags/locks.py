"""Template tags for signatures and locks: what stands over a form, what may be done about it, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form, Lock
from casebook.rules.locking import may_lock, may_unlock
from casebook.selectors.locking import Condition, standing_on
from casebook.selectors.presence import Present
from casebook.selectors.signatures import NONE, signature_state
from casebook.states import LockKind, LockLevel
from casebook.words import said
from protocol.words import N_, sentence

register = template.Library()
HELD_WITH = {
    LockLevel.VISIT: N_("with its visit"),
    LockLevel.SUBJECT: N_("with the subject"),
    LockLevel.SITE: N_("with the site"),
    LockLevel.TRIAL: N_("with the whole trial"),
}


@register.filter
def condition(asked: Condition) -> str:
    """Return a precondition with its count, in the reader's language."""
    return said(sentence(asked.message, count=asked.count))


@register.filter
def held_with(lock: Lock) -> str:
    """Return with what else a form, visit, subject or site is frozen or locked."""
    return _(HELD_WITH[LockLevel(lock.level)])


@register.filter
def at(found: Mapping[Any, Any], key: Any) -> Any:
    """Return what a mapping has for a key, or nothing."""
    return found.get(key, "")


@register.inclusion_tag("casebook/form_acts.html", takes_context=True)
def form_acts(context: Context, form: Form, present: Present) -> Mapping[str, Any]:
    """Draw what stands of the signatures on a form, and sign, freeze, lock or unlock for who may."""
    user: User = context["user"]
    return {
        "form": form,
        "may_sign": context.get("may_sign"),
        "before": signature_state(form) if present.signatures else NONE,
        "acts": _lock_acts(user, form) if user.holds(Permission.FORM_LOCK, at=form.site_id) else (),
    }


def _lock_acts(user: User, form: Form) -> tuple[tuple[str, Any], ...]:
    standing = {lock.kind: lock for lock in standing_on(LockLevel.FORM, [form.pk]).get(form.pk, ())}
    frozen, locked = standing.get(LockKind.FREEZE), standing.get(LockKind.LOCK)
    return (
        ("unfreeze", may_unlock(user, frozen)) if frozen else ("freeze", may_lock(user, form, kind=LockKind.FREEZE)),
        ("unlock", may_unlock(user, locked)) if locked else ("lock", may_lock(user, form)),
    )
