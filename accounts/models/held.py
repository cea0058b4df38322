"""What a person was given: roles, delegated tasks, trainings; and what a person signed."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.constraints import ordered, paired
from accounts.models.sites import Site
from accounts.roles import title_of
from protocol.roles import Task


class Grant(models.Model):
    """A role of a person, at one site or at every site (no site), for a time."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(_("role"), max_length=40)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="grants", null=True, blank=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "site"],
                condition=Q(valid_to__isnull=True),
                nulls_distinct=False,
                name="one_standing_grant_of_a_role",
            ),
            ordered("valid_from", "valid_to", name="grant_ends_after_it_begins"),
            paired("ended_at", "ended_by", name="grant_ended_at_and_by"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(valid_to__isnull=False),
                name="an_ended_grant_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.user_id}"

    @property
    def title(self) -> str:
        """Return the title of the role, in English."""
        return title_of(self.role)


class Signature(models.Model):
    """What a person put their name to. Only ever added: an edit makes a signature void, not gone."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    signer = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=400)
    signed_at = models.DateTimeField()
    about_kind = models.CharField(max_length=60)
    about_id = models.UUIDField()
    content_hash = models.CharField(max_length=64)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    # No foreign key: subjects belong to an app above. The form's own row ties the two together.
    subject_id = models.UUIDField(null=True, blank=True)
    form_version = models.IntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["about_kind", "about_id"], name="signature_about")]
        constraints = [
            models.CheckConstraint(condition=Q(content_hash__regex=r"^[0-9a-f]{64}$"), name="signature_hash_is_sha256"),
            models.CheckConstraint(condition=~Q(printed_name=""), name="signature_has_a_printed_name"),
            models.CheckConstraint(condition=~Q(meaning=""), name="signature_has_a_meaning"),
        ]

    def __str__(self) -> str:
        return f"{self.about_kind} signed by {self.printed_name}"


class Delegation(models.Model):
    """A task that the principal investigator of a site hands to a person, by signature, from day to day."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="delegations")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="delegations")
    task = models.CharField(_("task"), max_length=40)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"), null=True, blank=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="delegation")
    delegated_at = models.DateTimeField()
    delegated_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "site", "task"],
                condition=Q(to_on__isnull=True),
                name="one_standing_delegation_of_a_task",
            ),
            ordered("from_on", "to_on", name="delegation_ends_after_it_begins"),
            paired("ended_at", "ended_by", name="delegation_ended_at_and_by"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(to_on__isnull=False),
                name="an_ended_delegation_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} of {self.user_id} at {self.site_id}"

    @property
    def title(self) -> str:
        """Return the title of the task, in English."""
        return Task(self.task).title


class Training(models.Model):
    """That a person was trained for a role under a version of the protocol, and when."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="trainings")
    role = models.CharField(_("role"), max_length=40)
    protocol_version = models.CharField(_("protocol version"), max_length=40)
    trained_on = models.DateField(_("trained on"))
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "protocol_version", "trained_on"], name="one_record_per_training"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.role}, protocol {self.protocol_version}"

    @property
    def title(self) -> str:
        """Return the title of the role, in English."""
        return title_of(self.role)


class AccessReview(models.Model):
    """That somebody went through who has access at a site, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="access_reviews")
    findings = models.CharField(max_length=1000)
    people = models.PositiveIntegerField()  # how many had access when it was reviewed
    reviewed_at = models.DateTimeField()
    reviewed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(findings=""), name="access_review_says_something")]

    def __str__(self) -> str:
        return f"access at {self.site_id}, reviewed {self.reviewed_at:%Y-%m-%d}"
