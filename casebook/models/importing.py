"""Imports: what was prepared, by whom it was released, and which row of which source became which subject."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT

from casebook.states import ImportState

Person = settings.AUTH_USER_MODEL


class ImportBatch(models.Model):
    """One file with its mapping and the report of its dry run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    source = models.CharField(max_length=60)
    file_name = models.CharField(max_length=120)
    content = models.TextField()
    content_hash = models.CharField(max_length=64)
    mapping = models.TextField()
    declared = models.JSONField(default=dict)  # what was declared at the run itself: name and value
    report = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=ImportState.choices, default=ImportState.PREPARED)
    prepared_at = models.DateTimeField()
    prepared_by = models.ForeignKey(Person, PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")


class ImportedRow(models.Model):
    """The row `key` of a source is this subject: so the same file twice changes nothing.

    `said` is what the source said last, per form and path: what a person corrected since then is not imported back.
    """

    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    source = models.CharField(max_length=60)
    key = models.CharField(max_length=60)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="imported_rows")
    batch = models.ForeignKey(ImportBatch, PROTECT, related_name="rows")  # the last one that brought the row
    said = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "source", "key"], name="imported_row_once")]
