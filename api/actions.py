"""Changes to tokens: made and revoked by their owner. The trail names a token, and never holds its secret or hash."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from api.models import Token
from api.rules import may_make, may_revoke
from audit.door import action, record

STREAM = "tokens"
STANDS_FOR = timedelta(days=90)


@action(may_make)
def make_token(owner: User, *, by: User, at: datetime, name: str, digest: str) -> Token:
    """Keep the hash of a new secret; who makes it keeps the secret to show it once."""
    token = Token.objects.create(
        owner=owner, name=name.strip(), digest=digest, created_at=at, expires_at=at + STANDS_FOR
    )
    facts = {"token": str(token.pk), "expires_at": token.expires_at.isoformat()}
    record("api.token.made", by=by, at=at, stream=STREAM, facts=facts)
    return token


@action(may_revoke)
def revoke_token(token: Token, *, by: User, at: datetime) -> Token:
    """Let a token open nothing from now on."""
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    record("api.token.revoked", by=by, at=at, stream=STREAM, facts={"token": str(token.pk)})
    return token
