"""Subjects, their visits and forms, and the lesions that scans speak of."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, F, Q
from django.db.models.functions import Coalesce

from casebook.states import FormState, Stage, VisitState

Person = settings.AUTH_USER_MODEL


class Subject(models.Model):
    """One attempt to take part. Holds no name, no hospital number and no date of birth."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="subjects")
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=32, unique=True)
    stage = models.CharField(max_length=24, choices=Stage.choices, default=Stage.LISTED)
    rescreened_from = models.OneToOneField("self", PROTECT, null=True, blank=True, related_name="rescreened_as")
    synthetic = models.BooleanField(default=False)
    # Of a subject that came from another site: which site gave the number, and when it came; its consent is asked anew.
    origin = models.ForeignKey("accounts.Site", PROTECT, null=True, blank=True, related_name="+")
    moved_at = models.DateTimeField(null=True, blank=True)
    moved_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(Coalesce("origin", "site"), "sequence", name="subject_number_once_per_site"),
            models.CheckConstraint(
                condition=Q(origin__isnull=True, moved_at__isnull=True, moved_by__isnull=True)
                | Q(origin__isnull=False, moved_at__isnull=False, moved_by__isnull=False),
                name="subject_moved_at_and_by",
            ),
            models.UniqueConstraint(fields=["id", "site"], name="subject_with_site"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="subject_stage_known"),
        ]

    def __str__(self) -> str:
        return self.number


class Visit(models.Model):
    """A visit of one subject. Planned dates are the site's calendar days, both ends inclusive."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, PROTECT, related_name="visits")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    code = models.CharField(max_length=16)
    repeat = models.PositiveIntegerField(default=1)
    target_on = models.DateField(null=True, blank=True)
    opens_on = models.DateField(null=True, blank=True)
    closes_on = models.DateField(null=True, blank=True)
    attended_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=16, choices=VisitState.choices, default=VisitState.OPEN)
    # Why it was missed, took place outside its window, or without being planned; kept while it is cancelled.
    reason = models.CharField(max_length=500, blank=True)
    cancelled_because = models.CharField(max_length=300, blank=True)  # a term of the protocol, said in every language

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "code", "repeat"], name="visit_once_per_subject"),
            models.UniqueConstraint(fields=["id", "subject"], name="visit_with_subject"),
            models.CheckConstraint(
                condition=Q(opens_on__isnull=True) | Q(opens_on__lte=F("closes_on")), name="visit_window_in_order"
            ),
            models.CheckConstraint(condition=Q(state__in=VisitState.values), name="visit_state_known"),
            models.CheckConstraint(
                condition=Q(state=VisitState.ATTENDED, attended_on__isnull=False)
                | (~Q(state=VisitState.ATTENDED) & Q(attended_on__isnull=True)),
                name="visit_attended_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state=VisitState.MISSED) | ~Q(reason=""), name="visit_missed_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(state=VisitState.CANCELLED) & ~Q(cancelled_because="")
                | ~Q(state=VisitState.CANCELLED) & Q(cancelled_because=""),
                name="visit_cancelled_with_cause",
            ),
        ]
        # What is due is a sliver of all visits: the sweep and the lists find it without reading the rest.
        indexes = [
            models.Index(fields=["site", "opens_on"], name="visit_open_by_opening", condition=Q(state="open")),
            models.Index(fields=["site", "closes_on"], name="visit_open_by_closing", condition=Q(state="open")),
            models.Index(fields=["site", "target_on"], name="visit_by_target"),
        ]

    def __str__(self) -> str:
        return self.code


class Form(models.Model):
    """A CRF of one subject, filled in or expected. `answers` holds an answer per path, every value as text."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, PROTECT, related_name="forms")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, PROTECT, null=True, blank=True, related_name="forms")
    crf = models.CharField(max_length=16)
    repeat = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=16, choices=FormState.choices, default=FormState.NOT_STARTED)
    version = models.PositiveIntegerField(default=0)
    answers = models.JSONField(default=dict)
    last_row = models.PositiveIntegerField(default=0)  # row keys are never used again, so the count only grows
    not_done_reason = models.CharField(max_length=500, blank=True)
    protocol_version = models.CharField(max_length=16)
    entered_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "visit", "crf", "repeat"], name="form_once", nulls_distinct=False
            ),
            models.UniqueConstraint(fields=["id", "subject"], name="form_with_subject"),
            models.UniqueConstraint(fields=["id", "site"], name="form_with_site"),
            models.CheckConstraint(condition=Q(state__in=FormState.values), name="form_state_known"),
            models.CheckConstraint(
                condition=Q(entered_at__isnull=True, entered_by__isnull=True)
                | Q(entered_at__isnull=False, entered_by__isnull=False),
                name="form_entered_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True, completed_by__isnull=True)
                | Q(completed_at__isnull=False, completed_by__isnull=False),
                name="form_completed_at_and_by",
            ),
            models.CheckConstraint(
                condition=~Q(state=FormState.COMPLETE) | Q(completed_at__isnull=False), name="form_complete_by_someone"
            ),
            models.CheckConstraint(
                condition=~Q(state=FormState.NOT_DONE) | ~Q(not_done_reason=""), name="form_not_done_with_reason"
            ),
        ]
        indexes = [models.Index(fields=["site", "crf", "state"], name="form_by_site")]

    def __str__(self) -> str:
        return f"{self.crf} {self.repeat}"


class Lesion(models.Model):
    """A lesion with its identity over all scans: T1 target, NT1 non-target, N1 new."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(Subject, PROTECT, related_name="lesions")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    key = models.CharField(max_length=8)
    lesion_class = models.CharField(max_length=16)
    organ = models.CharField(max_length=32)
    segment = models.CharField(max_length=8, blank=True)
    first_form = models.ForeignKey(Form, PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "key"], name="lesion_key_once")]

    def __str__(self) -> str:
        return self.key
