"""What is said about data: queries, verification marks, reviews, freezes and locks."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, Q

from casebook.states import LockKind, LockLevel, QueryOutcome, QueryState

Person = settings.AUTH_USER_MODEL


class Query(models.Model):
    """A question on one item (`path`), on several (`further`) or, with an empty path, on a whole form."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="queries")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    form = models.ForeignKey("casebook.Form", PROTECT, related_name="queries")
    path = models.CharField(max_length=120, blank=True)
    check_id = models.CharField(max_length=40, blank=True)  # empty: asked by a person
    state = models.CharField(max_length=12, choices=QueryState.choices, default=QueryState.OPEN)
    sentence = models.JSONField()  # message and parameters of protocol.words.Sentence
    value = models.JSONField(default=dict)  # the answer when it was last asked, or the one that mended it
    further = models.JSONField(default=dict, blank=True)  # the other items asked about: answer by path, as `value`
    outcome = models.CharField(max_length=8, choices=QueryOutcome.choices, blank=True)  # of a closed one
    assigned_to = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Person, PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "site"], name="query_with_site"),
            models.CheckConstraint(condition=Q(state__in=QueryState.values), name="query_state_known"),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(outcome__in=QueryOutcome.values, state=QueryState.CLOSED),
                name="query_outcome_of_closed",
            ),
            models.UniqueConstraint(
                fields=["form", "path", "check_id"],
                condition=~Q(check_id="") & Q(state__in=[QueryState.OPEN, QueryState.ANSWERED]),
                name="query_of_a_check_once",
            ),
        ]
        indexes = [models.Index(fields=["site", "state"], name="query_by_site")]

    @property
    def paths(self) -> tuple[str, ...]:
        """The items asked about, the first one first; an empty path for the whole form."""
        return (self.path, *sorted(self.further))

    @property
    def is_open(self) -> bool:
        """Whether the site has still to say something."""
        return self.state == QueryState.OPEN

    @property
    def is_answered(self) -> bool:
        """Whether the site answered and nobody settled it yet."""
        return self.state == QueryState.ANSWERED

    @property
    def is_closed(self) -> bool:
        """Whether it was settled."""
        return self.state == QueryState.CLOSED


class QueryMessage(models.Model):
    """One immutable step of a query's conversation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    query = models.ForeignKey(Query, PROTECT, related_name="messages")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=QueryState.choices)
    text = models.TextField()
    assigned_to = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")  # of an assignment
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(Person, PROTECT, related_name="+")


class Verification(models.Model):
    """A monitor's mark that one value equals its source. A trigger lets it fall when the value changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="+")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    form = models.ForeignKey("casebook.Form", PROTECT, related_name="verifications")
    path = models.CharField(max_length=120)
    value = models.JSONField()
    verified_at = models.DateTimeField()
    verified_by = models.ForeignKey(Person, PROTECT, related_name="+")
    fallen_at = models.DateTimeField(null=True, blank=True)
    fallen_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    taken_back_because = models.CharField(max_length=500, blank=True)  # empty: it fell with its value
    monitoring_visit = models.ForeignKey(
        "casebook.MonitoringVisit", PROTECT, null=True, blank=True, related_name="verifications"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["form", "path"], condition=Q(fallen_at__isnull=True), name="verification_stands_once"
            ),
            models.CheckConstraint(
                condition=Q(fallen_at__isnull=True, fallen_by__isnull=True)
                | Q(fallen_at__isnull=False, fallen_by__isnull=False),
                name="verification_fallen_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_because="") | Q(fallen_at__isnull=False),
                name="verification_taken_back_is_fallen",
            ),
        ]


class Review(models.Model):
    """A data manager has read this version of the form."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="+")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    form = models.ForeignKey("casebook.Form", PROTECT, related_name="reviews")
    version = models.PositiveIntegerField()
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(Person, PROTECT, related_name="+")


class Lock(models.Model):
    """A freeze or lock on a form, visit, subject, site, or the trial (then site is empty); lifted, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=LockKind.choices)
    level = models.CharField(max_length=8, choices=LockLevel.choices)
    site = models.ForeignKey("accounts.Site", PROTECT, null=True, blank=True, related_name="+")
    subject = models.ForeignKey("casebook.Subject", PROTECT, null=True, blank=True, related_name="locks")
    visit = models.ForeignKey("casebook.Visit", PROTECT, null=True, blank=True, related_name="+")
    form = models.ForeignKey("casebook.Form", PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(Person, PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    lifted_with = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")  # the second person
    lift_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="lock_lifted_at_and_by",
            ),
            models.CheckConstraint(condition=Q(level__in=LockLevel.values), name="lock_level_known"),
            models.CheckConstraint(condition=Q(kind__in=LockKind.values), name="lock_kind_known"),
            models.CheckConstraint(
                condition=Q(level=LockLevel.TRIAL, site=None, subject=None, visit=None, form=None)
                | Q(level=LockLevel.SITE, site__isnull=False, subject=None, visit=None, form=None)
                | Q(level=LockLevel.SUBJECT, site__isnull=False, subject__isnull=False, visit=None, form=None)
                | Q(level=LockLevel.VISIT, subject__isnull=False, visit__isnull=False, form=None)
                | Q(level=LockLevel.FORM, subject__isnull=False, form__isnull=False),
                name="lock_covers_its_level",
            ),
            models.UniqueConstraint(
                fields=["kind", "level", "site", "subject", "visit", "form"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="lock_stands_once",
            ),
        ]
        indexes = [
            models.Index(fields=["site"], condition=Q(lifted_at__isnull=True), name="lock_standing"),
            # Asked by every row that is written: the locks of its subject, and those of no subject at all.
            models.Index(fields=["subject"], condition=Q(lifted_at__isnull=True), name="lock_standing_of_subject"),
        ]
