"""What the audit trail does by itself: it is sealed every minute."""

from __future__ import annotations

import logging

from celery import shared_task
from django.conf import settings

from audit import sealing

logger = logging.getLogger(__name__)


# Sealing opens its own transaction: one writer, under its own lock.
@shared_task(acts_as=None)
def seal() -> None:
    """Seal the chains that moved; a second writer finds the lock taken and does nothing."""
    number = sealing.seal(folder=settings.SEAL_FOLDER, key_file=settings.SEAL_KEY_FILE)
    if number is not None:
        logger.info("trail sealed", extra={"seal": number})
