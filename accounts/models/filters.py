"""Filters of lists that a person keeps under a name."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CASCADE


class SavedFilter(models.Model):
    """How one person narrows one list: what stands after the question mark of its address. Nobody else sees it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, CASCADE, related_name="+")
    list_name = models.CharField(max_length=60)  # the name of the list's address
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "list_name", "name"], name="saved_filter_once_by_name")]

    def __str__(self) -> str:
        return self.name
