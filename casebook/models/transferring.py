"""A subject that goes to another site: who asked, who accepted, and the casebook as the old site last had it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, F, Q

from casebook.states import TransferState

Person = settings.AUTH_USER_MODEL


class SubjectTransfer(models.Model):
    """One site asks another to take a subject over. Both see it; the number stands here, for the subject is one's only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No foreign key of the model: whoever settles it cannot see the subject yet. The database ties them all the same.
    subject_id = models.UUIDField()
    number = models.CharField(max_length=32)
    origin = models.ForeignKey("accounts.Site", PROTECT, related_name="+")  # the site that gave the number
    sequence = models.PositiveIntegerField()
    from_site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    to_site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=TransferState.choices, default=TransferState.ASKED)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    settled_because = models.CharField(max_length=500, blank=True)
    copy_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TransferState.values), name="transfer_state_known"),
            models.CheckConstraint(condition=~Q(from_site=F("to_site")), name="transfer_between_two_sites"),
            models.CheckConstraint(condition=~Q(reason=""), name="transfer_with_reason"),
            models.CheckConstraint(
                condition=Q(state=TransferState.ASKED, settled_at__isnull=True, settled_by__isnull=True)
                | ~Q(state=TransferState.ASKED) & Q(settled_at__isnull=False, settled_by__isnull=False),
                name="transfer_settled_at_and_by",
            ),
            models.CheckConstraint(
                condition=~Q(state=TransferState.ACCEPTED) | ~Q(settled_by=F("asked_by")) & ~Q(copy_sha256=""),
                name="transfer_accepted_by_another_with_a_copy",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[TransferState.DECLINED, TransferState.CANCELLED]) | ~Q(settled_because=""),
                name="transfer_not_made_with_reason",
            ),
            models.UniqueConstraint(
                fields=["subject_id"], condition=Q(state=TransferState.ASKED), name="transfer_waits_once"
            ),
        ]
        indexes = [
            models.Index(fields=["from_site", "asked_at"], name="transfer_from_site"),
            models.Index(fields=["to_site", "asked_at"], name="transfer_to_site"),
        ]

    def __str__(self) -> str:
        return self.number


class TransferCopy(models.Model):
    """The casebook on paper as it stood when the subject went; the old site's for good. Its digest is in the trail."""

    transfer = models.OneToOneField(SubjectTransfer, PROTECT, primary_key=True, related_name="paper")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, PROTECT, related_name="+")  # whose sight it shows
