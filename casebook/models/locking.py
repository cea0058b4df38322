"""What two persons do together: a lock of a subject, a site or the trial is lifted when a second one confirms it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, F, Q

from casebook.states import UnlockState

Person = settings.AUTH_USER_MODEL


class UnlockRequest(models.Model):
    """One person asks, with a reason, to lift a wide lock; another one confirms it in time, or it lapses."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lock = models.ForeignKey("casebook.Lock", PROTECT, related_name="unlock_requests")
    site = models.ForeignKey("accounts.Site", PROTECT, null=True, blank=True, related_name="+")  # empty: the trial
    subject = models.ForeignKey("casebook.Subject", PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=UnlockState.choices, default=UnlockState.WAITING)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=UnlockState.values), name="unlock_state_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="unlock_with_reason"),
            models.CheckConstraint(
                condition=Q(state=UnlockState.WAITING, settled_at__isnull=True, settled_by__isnull=True)
                | ~Q(state=UnlockState.WAITING) & Q(settled_at__isnull=False, settled_by__isnull=False),
                name="unlock_settled_at_and_by",
            ),
            models.CheckConstraint(
                condition=~Q(state=UnlockState.CONFIRMED) | ~Q(settled_by=F("asked_by")), name="unlock_by_two_persons"
            ),
            models.UniqueConstraint(
                fields=["lock"], condition=Q(state=UnlockState.WAITING), name="unlock_waits_once_per_lock"
            ),
        ]
