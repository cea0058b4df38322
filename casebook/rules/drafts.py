"""Rules over drafts: they are nobody's data, so nothing but their author's will stands over them."""

from __future__ import annotations

from accounts.models import User
from audit.decision import YES, Decision
from casebook.models import Form


def may_discard_draft(user: User, form: Form) -> Decision:
    """Whether the user may forget what they typed here: always, also where the form can no longer be entered."""
    return YES
