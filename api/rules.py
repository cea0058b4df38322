"""Rules of tokens: everyone makes and revokes their own, and the sentence that says why not."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from api.models import Token
from api.selectors import standing_tokens
from audit.decision import YES, Decision, no
from protocol.words import N_

MOST_TOKENS = 10
LONGEST_NAME = 60


def may_make(user: User, owner: User, at: datetime, name: str | None = None) -> Decision:
    """Whether the user may have one more token; with a name, whether it can be called this."""
    if owner.pk != user.pk:
        return no(N_("Everyone makes their own tokens."))
    if not user.is_active:
        return no(N_("Your account is deactivated. Ask an administrator to reactivate it."))
    standing = set(standing_tokens(user, at=at).values_list("name", flat=True))
    if len(standing) >= MOST_TOKENS:
        return no(
            N_("You have %(count)s tokens that stand, and no more are given. Revoke one that is not used."),
            count=len(standing),
        )
    return YES if name is None else _can_be_called(name, standing)


def may_revoke(user: User, token: Token) -> Decision:
    """Whether the user may revoke a token: their own, once."""
    if token.owner_id != user.pk:
        return no(N_("This token belongs to somebody else."))
    if token.revoked_at is not None:
        return no(N_("This token was revoked already."))
    return YES


def _can_be_called(name: str, standing: set[str]) -> Decision:
    if not name.strip():
        return no(N_("Give the token a name that tells what it is used for."))
    if len(name.strip()) > LONGEST_NAME:
        return no(N_("A name has at most %(most)s characters; shorten it."), most=LONGEST_NAME)
    if name.strip() in standing:
        return no(N_("A token of yours with the name “%(name)s” stands already. Choose another name."), name=name)
    return YES
