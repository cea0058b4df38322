"""What helps saving and is never data: drafts of what is being typed, receipts of saves already made."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CASCADE

Person = settings.AUTH_USER_MODEL


class Draft(models.Model):
    """What one person is typing between saves on one page: private, expiring, cleared by the save."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    author = models.ForeignKey(Person, CASCADE, related_name="+")
    form = models.ForeignKey("casebook.Form", CASCADE, related_name="+")
    site = models.ForeignKey("accounts.Site", CASCADE, related_name="+")
    # The key of the page it is typed on, and its stroke: what arrives late never overwrites what was kept since.
    page = models.CharField(max_length=64, blank=True, default="")
    sequence = models.PositiveBigIntegerField(default=0)
    typed = models.JSONField(default=dict)
    based_on = models.PositiveIntegerField()
    kept_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "form", "page"], name="draft_once_per_page")]
        indexes = [models.Index(fields=["expires_at"], name="draft_expiring")]


class SaveReceipt(models.Model):
    """The answer given to an idempotency key, stored in the transaction of the save itself."""

    key = models.CharField(max_length=64)
    author = models.ForeignKey(Person, CASCADE, related_name="+")
    site = models.ForeignKey("accounts.Site", CASCADE, related_name="+")
    verb = models.CharField(max_length=40)
    request_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "key"], name="receipt_once_per_author")]
