"""The sweep over serious events that are not reported: told when little time is left, and when none is, once each."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from accounts.system import system_actor
from audit.acting import as_actor
from followup.safety_clock import REMIND_BEFORE, ClockState
from followup.safety_mail import (
    OVERDUE_TEXT,
    OVERDUE_TITLE,
    SAE_OVERDUE,
    SAE_SOON,
    SOON_TEXT,
    SOON_TITLE,
    tell_of_event,
    told_of,
)
from followup.selectors.safety import SaeClock, clock_on, unreported

WORDS = {SAE_SOON: (SOON_TITLE, SOON_TEXT), SAE_OVERDUE: (OVERDUE_TITLE, OVERDUE_TEXT)}


def remind_safety(*, at: datetime) -> int:
    """Tell of reports that are due soon or overdue; return how many were told. Running it twice changes nothing."""
    actor = system_actor("follow-up")
    with as_actor(actor):
        waiting = [clock_on(form, at=at) for form in unreported(actor.site_ids())]
        due = [(kind, sae) for sae in waiting if (kind := kind_of(sae, at=at))]
        told = told_of([kind for kind, _sae in due], [sae.form for _kind, sae in due])
        fresh = [(kind, sae) for kind, sae in due if (kind, str(sae.form.pk)) not in told]
        for kind, sae in fresh:
            path = reverse("form", args=[sae.form.pk])
            tell_of_event(kind, *WORDS[kind], sae.form, due_at=sae.clock.due_at, path=path, at=at)
        return len(fresh)


def kind_of(sae: SaeClock, *, at: datetime) -> str:
    """Return which reminder the report asks for now; an empty text for none."""
    if sae.state is ClockState.OVERDUE:
        return SAE_OVERDUE
    return SAE_SOON if sae.clock.left(at) <= REMIND_BEFORE else ""
