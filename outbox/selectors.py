"""Reads for the outbox."""

from __future__ import annotations

from django.db.models import Case, QuerySet, Value, When

from outbox.models import KeptMail, Message

# About a day of a mail server that is down; then a person must look. The row stays, with what the server said.
MOST_ATTEMPTS = 30


def kept_mails(*, to: str = "") -> QuerySet[KeptMail]:
    """Return the mails that stayed in the house, the latest first; those to addresses that contain `to`."""
    found = KeptMail.objects.order_by("-kept_at", "-id")
    return found.filter(recipient__icontains=to) if to else found


def given_up() -> QuerySet[Message]:
    """Return the messages that nobody tries any more."""
    return Message.objects.filter(sent_at=None, attempts__gte=MOST_ATTEMPTS)


def not_sent(*, to: str = "") -> QuerySet[Message]:
    """Return the messages that did not go out yet: those given up first, then those tried most, then the oldest."""
    found = Message.objects.filter(sent_at=None)
    if to:
        found = found.filter(recipient__icontains=to)
    is_given_up = Case(When(attempts__gte=MOST_ATTEMPTS, then=Value(0)), default=Value(1))
    return found.order_by(is_given_up, "-attempts", "created_at", "id")
