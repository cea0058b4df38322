"""Lets a program in: whose token it carries, and whether this person may call once more now.

Nobody acts yet, so both are asked as the part of the system that logs people in, in a transaction of their own:
what is counted stays counted however the request ends, and no two requests can take the last place.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from secrets import token_urlsafe
from typing import Any

from django.db import connection

from accounts.models import User
from accounts.system import system_actor
from api.models import Token
from audit.door import as_actor
from protocol.words import N_, Sentence, sentence

SCHEME = "bearer"
PREFIX = "edc_"  # so that who finds one in a file knows what it is
MOST_CALLS, WINDOW = 600, timedelta(minutes=10)
COUNT_SQL = """
INSERT INTO api_calls AS c (owner_id, began_at, count) VALUES (%(owner)s, %(at)s, 1)
ON CONFLICT (owner_id) DO UPDATE
   SET count = CASE WHEN c.began_at <= %(over)s OR c.began_at > %(ahead)s THEN 1 ELSE least(c.count, %(most)s) + 1 END,
       began_at = CASE WHEN c.began_at <= %(over)s OR c.began_at > %(ahead)s THEN %(at)s ELSE c.began_at END
RETURNING count, began_at
"""


class NotAdmitted(Exception):
    """The call goes no further: what to say, with which status, and after how many seconds to come again."""

    def __init__(self, why: Sentence, *, status: int = 401, retry_after: int | None = None) -> None:
        super().__init__(why.english())
        self.sentence, self.status, self.retry_after = why, status, retry_after


def new_secret() -> str:
    """Return a secret nobody can guess."""
    return PREFIX + token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret. It is random and long, so a plain hash tells nothing of it."""
    return sha256(secret.encode()).hexdigest()


def owner_of(header: str, *, at: datetime) -> User:
    """Return whose token an Authorization header carries, and note the day. Raises NotAdmitted."""
    scheme, _, secret = header.partition(" ")
    if scheme.lower() != SCHEME or not secret.strip():
        raise NotAdmitted(sentence(N_("Send your token as “Authorization: Bearer” and the token.")))
    with as_actor(system_actor("log-in")):
        token = Token.objects.select_related("owner").filter(digest=digest_of(secret.strip())).first()
        if token is None or not token.owner.is_active or token.owner.is_system:
            raise NotAdmitted(sentence(N_("This token is not known. Make one on the page “API tokens”.")))
        _refuse_ended(token, at=at)
        if token.last_used_on != at.date():
            Token.objects.filter(pk=token.pk).update(last_used_on=at.date())
    return token.owner


def _refuse_ended(token: Token, *, at: datetime) -> None:
    if token.revoked_at is not None:
        raise NotAdmitted(sentence(N_("This token was revoked. Make another one on the page “API tokens”.")))
    if token.expires_at <= at:
        raise NotAdmitted(sentence(N_("This token has expired. Make another one on the page “API tokens”.")))


def count_call(user: User, *, at: datetime) -> None:
    """Count one call of this person, of all their tokens and sessions together. Raises NotAdmitted beyond the limit."""
    asked: dict[str, Any] = {"owner": user.pk, "at": at, "over": at - WINDOW, "ahead": at + WINDOW, "most": MOST_CALLS}
    with as_actor(system_actor("log-in")), connection.cursor() as cursor:
        cursor.execute(COUNT_SQL, asked)
        count, began_at = cursor.fetchone()
    if count > MOST_CALLS:
        wait = max(1, ceil((began_at + WINDOW - at).total_seconds()))
        said = sentence(
            N_("There were more than %(most)s calls in %(minutes)s minutes. Go on in %(wait)s seconds."),
            most=MOST_CALLS,
            minutes=WINDOW // timedelta(minutes=1),
            wait=wait,
        )
        raise NotAdmitted(said, status=429, retry_after=wait)
