"""Posting a message, in the transaction of what it is about, and sending what is due, in transactions of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import islice
from smtplib import SMTPAuthenticationError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from outbox.models import Message, Notice
from outbox.selectors import MOST_ATTEMPTS
from protocol.words import Sentence

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_SUBJECT = 200
NOTICES_AT_ONCE = 500
PERMANENT = 500  # of an SMTP reply: from here on, trying again will not help

Words = str | Sentence


def post(*, kind: str, about: str, recipient: str, subject: str, body: str, at: datetime) -> None:
    """Keep a message until it is sent; one that was posted before about the same thing stays the only one."""
    posted(kind=kind, about=about, recipient=recipient, subject=subject, body=body, at=at)


def tell(
    *,
    kind: str,
    about: str,
    users: Iterable[User],
    subject: Words,
    body: Words | Sequence[Words],
    at: datetime,
    path: str = "",
) -> None:
    """Post a message to each person, in the person's language and at once; who may no longer log in gets none.

    `body` is one paragraph or several; `path` is an address of the product, printed below as a whole link.
    """
    paragraphs = [body] if isinstance(body, (str, Sentence)) else list(body)
    link = [settings.SITE_ADDRESS.rstrip("/") + path] if path else []
    messages = []
    for user in users:
        if not user.is_active or user.is_system:
            continue
        with translation.override(user.language):
            text = "\n\n".join([*(said(each) for each in paragraphs), *link]) + "\n"
            messages.append(
                _message(kind=kind, about=about, recipient=user.email, subject=said(subject), body=text, at=at)
            )
    Message.objects.bulk_create(messages, ignore_conflicts=True)


def notify(notices: Iterable[Notice]) -> None:
    """Keep what people are to be reminded of; what was kept before stays as it is. Any number, in small memory."""
    waiting = iter(notices)
    while some := list(islice(waiting, NOTICES_AT_ONCE)):
        Notice.objects.bulk_create(some, ignore_conflicts=True)


def take_back(notices: Iterable[Notice]) -> None:
    """Forget what nobody was told yet and what no longer holds."""
    if keys := [notice.pk for notice in notices]:
        Notice.objects.filter(pk__in=keys, digest=None).delete()


def posted(*, kind: str, about: str, recipient: str, subject: str, body: str, at: datetime) -> Message | None:
    """Post a message and return it; None where one about the same thing stood before."""
    message = _message(kind=kind, about=about, recipient=recipient, subject=subject, body=body, at=at)
    Message.objects.bulk_create([message], ignore_conflicts=True)
    return Message.objects.filter(pk=message.pk).first()


def said(words: Words) -> str:
    """Return the words in the language that is set."""
    return words.rendered(gettext) if isinstance(words, Sentence) else words


def _message(*, kind: str, about: str, recipient: str, subject: str, body: str, at: datetime) -> Message:
    return Message(
        kind=kind,
        about=about,
        recipient=recipient,
        subject=" ".join(subject.split())[:LONGEST_SUBJECT],  # a line break would start a header of its own
        body=body,
        message_id=f"<{uuid4()}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2].rstrip('>')}>",
        created_at=at,
        due_at=at,
    )


def count_as_sent(*, before: datetime) -> int:
    """Count what was posted before a moment as sent then, and return how many: a rehearsed year sends no mail today."""
    return Message.objects.filter(sent_at=None, created_at__lt=before).update(sent_at=F("created_at"))


def send_due(*, at: datetime, limit: int = 200) -> int:
    """Try what is due, each message in its own transaction, and return how many were tried.

    A server that does not answer ends the sweep: the rest is as due in the next one, and no sweep hangs for long.
    """
    tried = 0
    while tried < limit and (outcome := _try_next(at)) is not Outcome.NOTHING_DUE:
        tried += 1
        if outcome is Outcome.NO_ANSWER:
            break
    return tried


class Outcome(Enum):
    """What came of trying the next message."""

    NOTHING_DUE = auto()
    SENT = auto()
    REFUSED = auto()
    NO_ANSWER = auto()


def _try_next(at: datetime) -> Outcome:
    """Try one message; two senders never take the same one, because the second skips what the first has locked."""
    with transaction.atomic():
        due = Message.objects.filter(sent_at=None, due_at__lte=at, attempts__lt=MOST_ATTEMPTS)
        message = due.select_for_update(skip_locked=True).order_by("due_at", "id").first()
        if message is None:
            return Outcome.NOTHING_DUE
        try:
            _deliver(message)
        except (SMTPException, OSError, ValueError) as failure:
            _put_off(message, failure, at=at)
            return Outcome.NO_ANSWER if isinstance(failure, TimeoutError) else Outcome.REFUSED
        Message.objects.filter(pk=message.pk).update(sent_at=at, attempts=F("attempts") + 1, failure="")
        return Outcome.SENT


def _deliver(message: Message) -> None:
    EmailMessage(
        message.subject,
        message.body,
        to=[message.recipient],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    ).send()


def _put_off(message: Message, failure: Exception, *, at: datetime) -> None:
    attempts = MOST_ATTEMPTS if is_permanent(failure) else message.attempts + 1
    pause = min(FIRST_PAUSE * 2 ** min(message.attempts, 10), LONGEST_PAUSE)
    Message.objects.filter(pk=message.pk).update(attempts=attempts, failure=str(failure)[:1000], due_at=at + pause)
    logger.warning("message not sent", extra={"outbox_message": message.pk, "failure": type(failure).__name__})


def is_permanent(failure: Exception) -> bool:
    """Whether the mail server says that it will never take this message, or it cannot even be written down as one."""
    if isinstance(failure, ValueError):
        return True
    if isinstance(failure, SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _reply in failure.recipients.values())
    # Who we are is a setting that an administrator mends, and then everything goes: the log-in is tried again.
    return (
        isinstance(failure, SMTPResponseException)
        and not isinstance(failure, SMTPAuthenticationError)
        and failure.smtp_code >= PERMANENT
    )
