"""The sweep of drafts: who typed and did not save is told before it goes, and what expired is forgotten."""

from __future__ import annotations

from celery import shared_task

from audit import clock
from casebook import expiring


# Opens its transaction, as the part of the system that tells people things, by itself.
@shared_task(name="casebook.tasks.sweep_drafts", acts_as=None)
def sweep_drafts() -> int:
    """Tell of drafts that will go soon, forget those that expired; running it twice, or late, changes nothing."""
    return expiring.sweep_drafts(at=clock.now())
