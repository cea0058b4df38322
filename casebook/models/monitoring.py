"""The monitor's work around verification marks: the plan, visits to a site with what was found, where sources are kept."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, F, Q

from casebook.states import MonitoringKind, MonitoringNoteKind, MonitoringState

Person = settings.AUTH_USER_MODEL


class VerificationPlan(models.Model):
    """One version of the plan, in force from the moment it is set until the next; the first is the protocol's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    rates = models.JSONField()  # percent by CRF
    first_subjects = models.PositiveIntegerField()
    reason = models.TextField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(Person, PROTECT, related_name="+")


class MonitoringVisit(models.Model):
    """A visit of a monitor to a site, there or from afar; the marks set in it carry it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=MonitoringKind.choices)
    state = models.CharField(max_length=8, choices=MonitoringState.choices, default=MonitoringState.OPEN)
    began_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    monitor = models.ForeignKey(Person, PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Person, PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "number"], name="monitoring_number_once_per_site"),
            models.UniqueConstraint(fields=["id", "site"], name="monitoring_with_site"),
            models.UniqueConstraint(
                fields=["site", "monitor"], condition=Q(state="open"), name="monitoring_open_once_per_monitor"
            ),
            models.CheckConstraint(condition=Q(kind__in=MonitoringKind.values), name="monitoring_kind_known"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("began_on")), name="monitoring_in_order"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_on__isnull=True, closed_at__isnull=True, closed_by__isnull=True)
                | Q(state="closed", ended_on__isnull=False, closed_at__isnull=False, closed_by__isnull=False),
                name="monitoring_closed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_closed(self) -> bool:
        """Whether the visit is over."""
        return self.state == MonitoringState.CLOSED

    @property
    def mark(self) -> str:
        """The state to show."""
        return f"visit {self.state}"


class MonitoringNote(models.Model):
    """One finding of a monitoring visit, or one action agreed on. Written once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    monitoring_visit = models.ForeignKey(MonitoringVisit, PROTECT, related_name="notes")
    kind = models.CharField(max_length=8, choices=MonitoringNoteKind.choices)
    text = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MonitoringNoteKind.values), name="monitoring_note_kind_known")
        ]


class SourceNote(models.Model):
    """Where a site keeps the source of one CRF, from a day on; the latest note says so, the earlier ones stay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    crf = models.CharField(max_length=16)
    place = models.TextField()
    since = models.DateField()
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["site", "crf"], name="source_note_by_site")]


class MarkCount(models.Model):
    """How far a form with marks is verified, kept by triggers: lists of all forms need not count each one's marks."""

    form = models.OneToOneField("casebook.Form", models.CASCADE, primary_key=True, related_name="mark_count")
    site = models.ForeignKey("accounts.Site", models.CASCADE, related_name="+")
    answered = models.PositiveIntegerField()
    marked = models.PositiveIntegerField()
    fallen = models.BooleanField()  # a mark fell, or was taken back, and none stands in its place
