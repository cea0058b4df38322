"""The sweeps of safety: reports that are due soon or overdue are told once each; operations that never came are found."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from accounts.models import Site
from accounts.system import system_actor
from audit.acting import as_actor
from followup.safety import react
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
from followup.selectors.safety import SaeClock, clock_on, lapsed_operations, unreported

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


def find_lapsed_operations(*, at: datetime) -> int:
    """Let deviations follow where an operation became overdue by the day alone; return how many were looked at.

    What nobody saves nobody notices: the days since the deadline are looked at again and again, and once is enough.
    """
    actor = system_actor("follow-up")
    with as_actor(actor):
        lapsed = [subject for site in Site.objects.order_by("pk") for subject in lapsed_operations(site, at=at)]
        for subject in lapsed:
            react(subject, form=None, by=actor, at=at)
        return len(lapsed)


def kind_of(sae: SaeClock, *, at: datetime) -> str:
    """Return which reminder the report asks for now; an empty text for none."""
    if sae.state is ClockState.OVERDUE:
        return SAE_OVERDUE
    return SAE_SOON if sae.clock.left(at) <= REMIND_BEFORE else ""
