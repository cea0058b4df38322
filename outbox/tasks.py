"""The sweep that wakes up and sends what is due."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from outbox import posting


# Acts as nobody: messages are no data of the trial, and each is committed by itself.
@shared_task(name="outbox.tasks.sweep", acts_as=None)
def sweep() -> None:
    """Send what is due; running it twice, or late, changes nothing."""
    posting.send_due(at=timezone.now())
