"""What follows from answers after randomization and waits for a person: signs of relapse and deviations."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, Q

from accounts.models.constraints import paired
from followup.states import DeviationKind, Ending, Severity, SignKind

Person = settings.AUTH_USER_MODEL


class RelapseSign(models.Model):
    """A form after randomization speaks of relapse; open until imaging after it, or a reason, is on record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="relapse_signs")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    form = models.ForeignKey("casebook.Form", PROTECT, related_name="relapse_signs")
    kind = models.CharField(max_length=16, choices=SignKind.choices)
    seen_on = models.DateField()  # of the draw, the scan, the visit
    times = models.PositiveSmallIntegerField(default=1)  # raised again after it was mended
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(Person, PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    closed_how = models.CharField(max_length=12, choices=Ending.choices, blank=True)
    reason = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "form"], name="relapse_sign_once"),
            models.CheckConstraint(condition=Q(kind__in=SignKind.values), name="relapse_sign_kind_known"),
            paired("closed_at", "closed_by", name="relapse_sign_closed_at_and_by"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_how="")
                | Q(closed_at__isnull=False, closed_how__in=Ending.values),
                name="relapse_sign_closed_how",
            ),
            models.CheckConstraint(
                condition=~Q(closed_how=Ending.EXPLAINED) | ~Q(reason=""), name="relapse_sign_explained_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["site"], condition=Q(closed_at__isnull=True), name="relapse_sign_open")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Deviation(models.Model):
    """A deviation that follows from what is on record; it falls by itself when its cause is gone, and stays readable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="deviations")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=DeviationKind.choices)
    about = models.CharField(max_length=64, blank=True)  # key of the visit or form; empty for the subject as a whole
    severity = models.CharField(max_length=12, choices=Severity.choices)
    occurred_on = models.DateField()
    sentence = models.JSONField()  # protocol.words.Sentence
    reveals_arm = models.BooleanField(default=False)
    detected_at = models.DateTimeField()
    detected_by = models.ForeignKey(Person, PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    cause = models.CharField(max_length=2000, blank=True)
    action = models.CharField(max_length=2000, blank=True)
    explained_at = models.DateTimeField(null=True, blank=True)
    explained_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "about"], name="deviation_once"),
            models.CheckConstraint(condition=Q(kind__in=DeviationKind.values), name="deviation_kind_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="deviation_severity_known"),
            paired("closed_at", "closed_by", name="deviation_closed_at_and_by"),
            paired("explained_at", "explained_by", name="deviation_explained_at_and_by"),
            models.CheckConstraint(
                condition=Q(explained_at__isnull=True) | ~Q(cause=""), name="deviation_explained_with_cause"
            ),
        ]
        indexes = [
            models.Index(fields=["site", "occurred_on"], condition=Q(closed_at__isnull=True), name="deviation_standing")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
