"""The sweeps that wake up, gather what is due into digests, and send it."""

from __future__ import annotations

from celery import shared_task

from audit import clock
from outbox import canary, digests, posting


# Acts as nobody: messages are no data of the trial, and each is committed by itself.
@shared_task(name="outbox.tasks.sweep", acts_as=None)
def sweep() -> None:
    """Send what is due; running it twice, or late, changes nothing."""
    posting.send_due(at=clock.now())
    canary.sing("outbox")


# Opens a transaction for each person: one digest that fails does not hold up the next.
@shared_task(name="outbox.tasks.gather", acts_as=None)
def gather() -> int:
    """Gather the digests of everyone whose morning has come; return how many."""
    return digests.gather(at=clock.now())
