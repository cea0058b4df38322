"""The mail server of the demonstration: it keeps each mail in a table instead of sending it."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from audit import clock
from outbox.models import KeptMail


class MailboxBackend(BaseEmailBackend):
    """Keeps mails for the page /mailbox/."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep each mail, one row per recipient, and return how many mails there were."""
        now = clock.now()
        kept = [
            KeptMail(recipient=recipient, subject=str(mail.subject), body=str(mail.body), kept_at=now)
            for mail in email_messages
            for recipient in mail.recipients()
        ]
        KeptMail.objects.bulk_create(kept)
        return len(email_messages)
