"""Rules for the outbox: who may have a mail tried again."""

from __future__ import annotations

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from outbox.models import Message
from protocol.words import N_


def may_try_all_again(user: User, _nothing: None = None) -> Decision:
    """Whether this user may have mails tried again."""
    return may(user, Permission.ADMINISTER, None)


def may_try_again(user: User, message: Message) -> Decision:
    """Whether this mail may be tried again: one that was sent would come twice."""
    if not (decision := may_try_all_again(user)):
        return decision
    if message.sent_at is not None:
        return no(N_("This mail was sent already. Nothing more needs to be done."))
    return YES
