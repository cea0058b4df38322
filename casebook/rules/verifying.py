"""Rules over source data verification and review."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from accounts.roles import Permission
from audit.decision import YES, Decision, no
from casebook.models import Form
from casebook.rules.marks import may_mark
from protocol.words import N_


def may_verify(user: User, form: Form, *, paths: Iterable[str] = ()) -> Decision:
    """Whether the user may mark these values as equal to their source."""
    if not (decision := may_mark(user, form, Permission.FORM_VERIFY)):
        return decision
    if empty := [path for path in paths if path not in form.answers]:
        return no(N_("There is no answer to verify at %(path)s."), path=empty[0])
    return YES


def may_review(user: User, form: Form) -> Decision:
    """Whether the user may mark this version of the form as read."""
    return may_mark(user, form, Permission.FORM_REVIEW)
