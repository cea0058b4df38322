"""What is to be said to whom: the row is the truth of a message, whoever wakes up sends it."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

CLASSES = {"Message": "machinery", "KeptMail": "machinery"}


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


class KeptMail(models.Model):
    """A mail that stays in the house: what the demonstration's mail server would have sent."""

    recipient = models.TextField()
    subject = models.TextField()
    body = models.TextField()
    kept_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"mail {self.pk}"
