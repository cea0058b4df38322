"""Who may call without a browser: tokens, and how often each person called."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CASCADE, F, Q

Person = settings.AUTH_USER_MODEL
SHA256 = r"^[0-9a-f]{64}$"

CLASSES = {
    # A key to a door, no data of the trial; that one was made or revoked stands in the trail.
    "Token": "machinery",
    "Calls": "machinery",
}


class Token(models.Model):
    """A secret that lets a program read as its owner. Only its hash is kept; the secret was shown once."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(Person, CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, blank=True)  # a day is enough to find one that nobody uses
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=SHA256), name="token_digest_is_sha256"),
            models.CheckConstraint(condition=~Q(name=""), name="token_has_a_name"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_expires_after_it_is_made"),
        ]
        indexes = [models.Index(fields=["owner", "-created_at"], name="token_of_owner")]

    def __str__(self) -> str:
        return self.name


class Calls(models.Model):
    """How often one person called since the window of counting began."""

    owner = models.OneToOneField(Person, CASCADE, primary_key=True, related_name="+")
    began_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.count} since {self.began_at}"
