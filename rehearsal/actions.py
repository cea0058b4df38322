"""What happens in a demonstration only: days pass."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction

from accounts.models import User
from audit import clock
from audit.door import action, record
from rehearsal.rules import may_let_days_pass

STREAM = "rehearsal"


@action(may_let_days_pass, creates=True)
def let_days_pass(target: None, *, by: User, at: datetime, days: int) -> int:
    """Move the demonstration on by whole days and return how many it will be ahead; recorded like all else."""
    ahead = clock.days_ahead() + days
    record("rehearsal.days.passed", stream=STREAM, by=by, at=at, facts={"days": days, "ahead": ahead})
    # The file knows no transaction: it is written once the event stands.
    transaction.on_commit(partial(clock.move_on, days))
    return ahead
