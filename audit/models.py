"""The tables of the trail, as the application reads them. The database alone writes their facts."""

from __future__ import annotations

from django.db import models

CLASSES = {"Change": "append-only", "Event": "append-only", "Seal": "append-only"}


class Change(models.Model):
    """One row of one table, before and after, as text; written by the table's trigger."""

    id = models.BigIntegerField(primary_key=True)
    txid = models.TextField()
    actor_id = models.TextField()
    table_name = models.TextField()
    row_id = models.TextField()
    operation = models.TextField()
    site_id = models.IntegerField(null=True)
    old = models.TextField(null=True)
    new = models.TextField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_change"

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"


class Event(models.Model):
    """Who did what and why; covers, by hash, the changes of its transaction and the event before it."""

    id = models.BigIntegerField(primary_key=True)
    txid = models.TextField()
    stream = models.TextField()
    sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    at = models.DateTimeField()
    actor_id = models.TextField()
    actor_name = models.TextField()
    actor_role = models.TextField()
    kind = models.TextField()
    subject_id = models.UUIDField(null=True)
    site_id = models.IntegerField(null=True)
    reason = models.TextField()
    facts = models.TextField()
    message = models.TextField()
    english = models.TextField()
    protocol = models.TextField()
    request_id = models.TextField()
    hash_version = models.SmallIntegerField()
    first_change = models.BigIntegerField(null=True)
    last_change = models.BigIntegerField(null=True)
    changes_digest = models.TextField()
    previous_hash = models.TextField()
    hash = models.TextField()

    class Meta:
        managed = False
        db_table = "audit_event"

    def __str__(self) -> str:
        return f"{self.stream} {self.sequence}"


class Seal(models.Model):
    """How far every chain had come at one moment: numbered, chained, signed, and kept outside as well."""

    number = models.BigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    text = models.TextField()
    digest = models.TextField()
    previous = models.TextField()
    key_id = models.TextField()
    signature = models.TextField()

    class Meta:
        managed = False
        db_table = "audit_seal"

    def __str__(self) -> str:
        return f"seal {self.number}"
