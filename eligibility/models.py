"""What is judged of a subject, and what people put their names to on the way to randomization.

The judgements of the day are kept for the board and for lists. The gate never reads them: it judges again.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import CASCADE, PROTECT, Q

from eligibility.states import Assessed, FailureKind, ReviewSays
from protocol.language import Verdict
from protocol.trial import BEGAN_ON

CLASSES = {
    # Derived from the answers, and at any time recomputed from them: there is nothing in it to protect but the site.
    "CriterionVerdict": "machinery",
    "ResponseConfirmation": "append-only",
    "ReviewResolution": "append-only",
    "Determination": "append-only",
    "Revocation": "append-only",
    "GatePassage": "append-only",
    "ScreenFailure": "append-only",
    "ScreeningLine": "action-only",
    "QuietWeek": "append-only",
}

Person = settings.AUTH_USER_MODEL
FIRST_MONDAY = BEGAN_ON - timedelta(days=BEGAN_ON.weekday())
SHA256 = r"^[0-9a-f]{64}$"

VERDICTS = [verdict.value for verdict in Verdict]
SETTLED = [Verdict.PASS.value, Verdict.FAIL.value]


class CriterionVerdict(models.Model):
    """What is known of one criterion for one subject, as of `judged_on` at the site."""

    # Follows its subject: a judgement of a subject that does not exist says nothing.
    subject = models.ForeignKey("casebook.Subject", CASCADE, related_name="verdicts")
    site = models.ForeignKey("accounts.Site", CASCADE, related_name="+")
    criterion = models.CharField(max_length=12)
    verdict = models.CharField(max_length=8)
    reviewed = models.CharField(
        max_length=8, blank=True, default="", db_default=""
    )  # what two persons settled of a review
    reason = models.JSONField()  # protocol.words.Sentence
    evidence = models.JSONField(default=list)  # protocol.record.Evidence: value as entered, limit, day, source form
    needs = models.JSONField(default=list)  # protocol.record.Need: what must still be entered, and from when on
    valid_until = models.DateField(null=True, blank=True)  # inclusive
    judged_on = models.DateField()
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "criterion"], name="verdict_once_per_criterion"),
            models.CheckConstraint(condition=Q(verdict__in=VERDICTS), name="verdict_known"),
            models.CheckConstraint(
                condition=Q(reviewed="") | Q(reviewed__in=SETTLED, verdict=Verdict.REVIEW.value),
                name="verdict_reviewed_known",
            ),
        ]
        indexes = [
            models.Index(fields=["verdict", "criterion"], name="verdict_by_criterion"),
            models.Index(fields=["valid_until"], name="verdict_valid_until"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.verdict}"


def is_hash(field: str, *, name: str) -> models.CheckConstraint:
    """Return the constraint that a column holds a SHA-256 in hexadecimal."""
    return models.CheckConstraint(condition=Q(**{f"{field}__regex": SHA256}), name=name)


class ResponseConfirmation(models.Model):
    """An investigator's signature on a clinical complete response. Stands only while the evidence is the same."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="response_confirmations")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    evidence_hash = models.CharField(max_length=64)
    summary = models.JSONField()  # the evidence as it was shown, and what was found of it
    signature = models.OneToOneField("accounts.Signature", PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [is_hash("evidence_hash", name="confirmation_hash_is_sha256")]

    def __str__(self) -> str:
        return f"response confirmed by {self.confirmed_by_id}"


class ReviewResolution(models.Model):
    """What one person decided on a verdict that needs review. Counts only while the judgement is the same."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="review_resolutions")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    criterion = models.CharField(max_length=12)
    judgement_hash = models.CharField(max_length=64)
    decision = models.CharField(max_length=8, choices=ReviewSays.choices)
    reason = models.CharField(max_length=1000)
    # What the person was when signing: one of the two decides as investigator, the other as reviewer.
    as_investigator = models.BooleanField()
    as_reviewer = models.BooleanField()
    signature = models.OneToOneField("accounts.Signature", PROTECT, related_name="+")
    resolved_at = models.DateTimeField()
    resolved_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            is_hash("judgement_hash", name="review_hash_is_sha256"),
            models.CheckConstraint(condition=Q(decision__in=ReviewSays.values), name="review_decision_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="review_has_a_reason"),
            models.CheckConstraint(condition=Q(as_investigator=True) | Q(as_reviewer=True), name="review_by_somebody"),
        ]
        indexes = [models.Index(fields=["subject", "judgement_hash"], name="review_by_judgement")]

    def __str__(self) -> str:
        return f"{self.criterion} {self.decision}"


class Determination(models.Model):
    """An investigator's signature on the eligibility of a subject, with every answer it was judged by."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="determinations")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    snapshot = models.JSONField()  # answers, verdicts, reviews, strata as they were judged
    content_hash = models.CharField(max_length=64)
    evidence_hash = models.CharField(max_length=64)  # of the response that was confirmed
    fingerprint = models.CharField(max_length=64)  # of the protocol it was judged by
    determined_on = models.DateField()  # the site's day it was judged for
    valid_until = models.DateField()  # inclusive
    limiting = models.CharField(max_length=12)  # the criterion that lapses first
    confirmation = models.ForeignKey(ResponseConfirmation, PROTECT, related_name="+")
    signature = models.OneToOneField("accounts.Signature", PROTECT, related_name="+")
    determined_at = models.DateTimeField()
    determined_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            is_hash("content_hash", name="determination_hash_is_sha256"),
            is_hash("evidence_hash", name="determination_evidence_is_sha256"),
            models.CheckConstraint(
                condition=Q(valid_until__gte=models.F("determined_on")), name="determination_valid_at_first"
            ),
        ]
        indexes = [models.Index(fields=["subject", "-determined_at"], name="determination_latest")]

    def __str__(self) -> str:
        return f"eligible until {self.valid_until}"


class Revocation(models.Model):
    """That a determination no longer stands, and what altered it. Written by the change that did."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    determination = models.OneToOneField(Determination, PROTECT, related_name="revocation")
    subject = models.ForeignKey("casebook.Subject", PROTECT, related_name="+")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    reason = models.JSONField()  # protocol.words.Sentence
    altered = models.JSONField(default=list)  # codes of the criteria that no longer pass
    revoked_at = models.DateTimeField()
    revoked_by = models.ForeignKey(Person, PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"revoked by {self.revoked_by_id}"


class GatePassage(models.Model):
    """That a subject went through the gate, with the verdicts judged at that moment. Once, and for ever."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.OneToOneField("casebook.Subject", PROTECT, related_name="gate_passage")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    determination = models.OneToOneField(Determination, PROTECT, related_name="passage")
    verdicts = models.JSONField()  # judged at the click, by criterion
    forms = models.JSONField()  # the forms they were judged by
    passed_on = models.DateField()  # the site's day; eligibility is judged as of it from then on
    passed_at = models.DateTimeField()
    passed_by = models.ForeignKey(Person, PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"passed on {self.passed_on}"


class ScreenFailure(models.Model):
    """Why a subject left before randomization, as an investigator declared it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    subject = models.OneToOneField("casebook.Subject", PROTECT, related_name="screen_failure")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=FailureKind.choices)
    criteria = models.JSONField(default=list)  # codes of the criteria that are not met
    reason = models.CharField(max_length=1000)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=FailureKind.values), name="screen_failure_kind_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="screen_failure_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(kind=FailureKind.CRITERIA) | ~Q(criteria=[]), name="screen_failure_names_its_criteria"
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class ScreeningLine(models.Model):
    """Somebody assessed who is no subject, or was none yet: no name, no number of the hospital, no date of birth."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    sequence = models.PositiveIntegerField()
    assessed_on = models.DateField()
    outcome = models.CharField(max_length=16, choices=Assessed.choices)
    criteria = models.JSONField(default=list)  # codes of the criteria that are not met
    reason = models.CharField(max_length=1000, blank=True)
    sex = models.CharField(max_length=8, blank=True)
    age = models.PositiveSmallIntegerField(null=True, blank=True)  # in years
    # No tie to the site: the line stays in the log of the site that assessed, whatever becomes of the subject.
    subject = models.OneToOneField("casebook.Subject", PROTECT, null=True, blank=True, related_name="screening_line")
    # The attempt before, of the same person: a person is counted once, in the last attempt.
    again_of = models.OneToOneField("self", PROTECT, null=True, blank=True, related_name="again_as")
    # Or the subject that was the attempt before: a screen failure of this site.
    after_subject = models.OneToOneField(
        "casebook.Subject", PROTECT, null=True, blank=True, related_name="screening_line_after"
    )
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "sequence"], name="screening_line_once_per_site"),
            models.UniqueConstraint(fields=["id", "site"], name="screening_line_with_site"),
            models.CheckConstraint(
                condition=Q(again_of__isnull=True) | ~Q(again_of=models.F("id")), name="screening_line_after_another"
            ),
            models.CheckConstraint(
                condition=Q(after_subject__isnull=True) | Q(again_of__isnull=True), name="screening_line_after_one"
            ),
            models.CheckConstraint(
                condition=Q(after_subject__isnull=True)
                | Q(subject__isnull=True)
                | ~Q(subject=models.F("after_subject")),
                name="screening_line_after_another_subject",
            ),
            models.CheckConstraint(condition=Q(assessed_on__gte=BEGAN_ON), name="screening_line_within_the_trial"),
            models.CheckConstraint(condition=Q(outcome__in=Assessed.values), name="screening_line_outcome_known"),
            models.CheckConstraint(condition=Q(sex__in=["", "male", "female"]), name="screening_line_sex_known"),
            models.CheckConstraint(condition=Q(age__isnull=True) | Q(age__lte=120), name="screening_line_age"),
            models.CheckConstraint(
                condition=Q(outcome=Assessed.UNDECIDED) | ~Q(reason=""), name="screening_line_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(outcome=Assessed.INELIGIBLE) | ~Q(criteria=[]), name="screening_line_names_its_criteria"
            ),
        ]

    def __str__(self) -> str:
        return f"L{self.sequence:03d}"


class QuietWeek(models.Model):
    """A week of a site, by its Monday, in which nobody was assessed: somebody says so."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    monday = models.DateField()
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "monday"], name="quiet_week_once_per_site"),
            models.CheckConstraint(condition=Q(monday__iso_week_day=1), name="quiet_week_begins_on_monday"),
            models.CheckConstraint(condition=Q(monday__gte=FIRST_MONDAY), name="quiet_week_within_the_trial"),
        ]

    def __str__(self) -> str:
        return f"week of {self.monday}"
