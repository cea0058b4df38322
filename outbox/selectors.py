"""Reads for the outbox."""

from __future__ import annotations

from django.db.models import QuerySet

from outbox.models import KeptMail


def kept_mails() -> QuerySet[KeptMail]:
    """Return the mails that stayed in the house, the latest first."""
    return KeptMail.objects.order_by("-kept_at", "-id")
