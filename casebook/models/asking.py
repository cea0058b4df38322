"""What stands beside queries: comments that ask for nothing, and how often a hard check refused a save."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CASCADE, PROTECT, Q

Person = settings.AUTH_USER_MODEL


class Comment(models.Model):
    """A remark on one item (`path`) or, with an empty path, on a whole form. It asks for nothing and never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="+")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    form = models.ForeignKey("casebook.Form", PROTECT, related_name="comments")
    path = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")]
        indexes = [models.Index(fields=["site", "said_at"], name="comment_by_site")]


class CheckRefusal(models.Model):
    """How many saves of a site a hard check refused; what was refused leaves no row of its own."""

    site = models.ForeignKey("accounts.Site", CASCADE, related_name="+")
    check_id = models.CharField(max_length=80)
    times = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "check_id"], name="check_refusal_once")]
