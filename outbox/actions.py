"""What a person does about mails that did not go out."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from audit.door import action, record, unchanged
from outbox.models import Message
from outbox.rules import may_try_again, may_try_all_again
from outbox.selectors import given_up

STREAM = "outbox"


@action(may_try_again)
def try_again(message: Message, *, by: User, at: datetime) -> Message:
    """Let the next sweep try this mail, with all its attempts before it."""
    message.attempts, message.due_at = 0, at
    message.save(update_fields=["attempts", "due_at"])
    record("outbox.message.tried_again", by=by, at=at, stream=STREAM, facts={"message": message.pk})
    return message


@action(may_try_all_again, creates=True)
def try_all_again(_nothing: None, *, by: User, at: datetime) -> int:
    """Let the next sweeps try every mail that was given up; return how many."""
    count = given_up().update(attempts=0, due_at=at)
    if not count:
        return unchanged(0)
    record("outbox.messages.tried_again", by=by, at=at, stream=STREAM, facts={"count": count})
    return count
