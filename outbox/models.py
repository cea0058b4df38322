"""What is to be said to whom: the row is the truth of a message, whoever wakes up sends it."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CASCADE, PROTECT

CLASSES = {"Message": "machinery", "KeptMail": "machinery", "Notice": "machinery", "Canary": "machinery"}


class Message(models.Model):
    """A message to one person about one thing; a second one about the same thing cannot exist."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=60)
    about = models.CharField(max_length=200)
    recipient = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    # Fixed before the first attempt: a mail that goes out twice after a crash is recognised as one by its reader.
    message_id = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "about", "recipient"], name="outbox_message_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(sent_at=None), name="outbox_message_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Notice(models.Model):
    """One thing that one person at a site is to be reminded of, once; a digest gathers those of a day."""

    kind = models.CharField(max_length=40)
    # No foreign key: what it is about belongs to apps above.
    about = models.UUIDField()
    # Machinery: a reminder of nobody says nothing.
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, CASCADE, related_name="+", db_index=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+", db_index=False)
    subject_number = models.CharField(max_length=32, blank=True)
    text = models.JSONField()  # protocol.words.Sentence, said in the reader's language when it is sent
    path = models.CharField(max_length=200)  # where the product shows it
    due_on = models.DateField()  # the site's calendar day it is to be told on
    created_at = models.DateTimeField()
    digest = models.ForeignKey(Message, PROTECT, null=True, related_name="notices")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "about", "recipient", "due_on"], name="outbox_notice_once"),
        ]
        indexes = [
            models.Index(fields=["recipient", "due_on"], condition=models.Q(digest=None), name="outbox_notice_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"


class Canary(models.Model):
    """When a sweep last came to its end: silence shows a worker that lives and does nothing."""

    sweep = models.CharField(max_length=40, primary_key=True)
    sang_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sweep


class KeptMail(models.Model):
    """A mail that stays in the house: what the demonstration's mail server would have sent."""

    recipient = models.TextField()
    subject = models.TextField()
    body = models.TextField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mail {self.pk}"
