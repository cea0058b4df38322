"""Rules of the demonstration: who may let days pass."""

from __future__ import annotations

from django.conf import settings

from accounts.models import User
from audit import clock
from audit.decision import YES, Decision, no
from protocol.words import N_

MOST_DAYS_AT_ONCE = 366


def may_let_days_pass(user: User, target: None, *, days: int = 1) -> Decision:
    """Whether the demonstration may be moved on by so many days: by anybody who tries it, and never back."""
    if settings.PRODUCTION or not settings.CLOCK_FILE:
        return no(N_("Time is moved on in a demonstration only."))
    if not 1 <= days <= MOST_DAYS_AT_ONCE:
        return no(N_("Give a whole number of days from 1 to %(most)s; time does not go back."), most=MOST_DAYS_AT_ONCE)
    if clock.days_ahead() + days > clock.MOST_DAYS_AHEAD:
        return no(N_("The demonstration is further ahead than the trial lasts; begin a new one."))
    return YES
