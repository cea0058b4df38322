"""The sealed list with its strata and slots, the allocations that used slots, and who opened a list."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, F, Q

from accounts.models.constraints import paired
from protocol.arms import ARMS
from randomization.states import ListState

# Slots and allocations are written once. A list changes its state, a stratum counts what was used: strata and lists
# belong to no site, since all sites draw from them.
CLASSES = {
    "AllocationList": "reference",
    "Stratum": "reference",
    "Slot": "append-only",
    "Allocation": "append-only",
    "ListOpening": "reference",
}

Person = settings.AUTH_USER_MODEL
ARM_CODES = [arm.code for arm in ARMS]


class AllocationList(models.Model):
    """One generated list. `for_trial` False: it serves subjects that do not count, and never one that does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=120)
    for_trial = models.BooleanField()
    state = models.CharField(max_length=16, choices=ListState.choices, default=ListState.SERVING)
    algorithm = models.CharField(max_length=60)
    protocol = models.CharField(max_length=64)  # fingerprint of the definition that named strata, arms and block sizes
    at_least = models.PositiveIntegerField()  # slots asked for in each stratum
    sealed_seed = models.BinaryField()
    seed_hash = models.CharField(max_length=64)  # published
    commitment = models.CharField(max_length=64)  # published: the root over all leaves
    generated_at = models.DateTimeField()
    generated_by = models.ForeignKey(Person, PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["for_trial"], condition=Q(state="serving"), name="one_serving_list"),
            models.CheckConstraint(condition=Q(state__in=ListState.values), name="list_state_known"),
            models.CheckConstraint(condition=~Q(name=""), name="list_has_a_name"),
            models.CheckConstraint(
                condition=Q(state="serving", ended_at__isnull=True) | (~Q(state="serving") & Q(ended_at__isnull=False)),
                name="list_ends_when_it_serves_no_more",
            ),
            paired("ended_at", "ended_by", name="list_ended_at_and_by"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Stratum(models.Model):
    """One combination of levels in one list. Its row is the queue: whoever takes a slot holds it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list = models.ForeignKey(AllocationList, PROTECT, related_name="strata")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=80)  # as protocol.blocks.stratum_code writes it
    levels = models.JSONField()  # level by factor
    size = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=0)  # slots 1 to `used` are given

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "code"], name="stratum_once_per_list"),
            models.UniqueConstraint(fields=["list", "position"], name="stratum_position_once_per_list"),
            models.CheckConstraint(condition=Q(used__lte=F("size")), name="stratum_used_within_size"),
        ]

    def __str__(self) -> str:
        return self.code


class Slot(models.Model):
    """One place of a stratum. `sealed` holds salt, block and arm; only the key outside the database opens it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stratum = models.ForeignKey(Stratum, PROTECT, related_name="slots")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    leaf = models.CharField(max_length=64)  # published: SHA-256 over salt, slot, stratum and arm

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stratum", "number"], name="slot_once_per_stratum")]

    def __str__(self) -> str:
        return f"slot {self.number}"


class Allocation(models.Model):
    """That a subject was randomized: irrevocable. `strata` are the levels as they were used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.OneToOneField("casebook.Subject", PROTECT, related_name="allocation")
    site = models.ForeignKey("accounts.Site", PROTECT, related_name="+")
    slot = models.OneToOneField(Slot, PROTECT, related_name="allocation")
    number = models.CharField(max_length=16, unique=True)  # list-stratum-slot: said aloud and printed
    arm = models.CharField(max_length=16)
    strata = models.JSONField()
    determination = models.ForeignKey("eligibility.Determination", PROTECT, related_name="+")
    allocated_at = models.DateTimeField()
    allocated_by = models.ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "subject"], name="allocation_with_subject"),
            models.CheckConstraint(condition=Q(arm__in=ARM_CODES), name="allocation_arm_known"),
        ]

    def __str__(self) -> str:
        return self.number


class ListOpening(models.Model):
    """That somebody wants the unused slots of a list opened, and that a second person agreed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    list = models.ForeignKey(AllocationList, PROTECT, related_name="openings")
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Person, PROTECT, related_name="+")
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list"], condition=Q(opened_at__isnull=True), name="one_waiting_opening_per_list"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="opening_has_a_reason"),
            models.CheckConstraint(
                condition=Q(opened_by__isnull=True) | ~Q(opened_by=F("asked_by")), name="opening_by_two_persons"
            ),
            paired("opened_at", "opened_by", name="opening_opened_at_and_by"),
        ]

    def __str__(self) -> str:
        return f"opening of list {self.list_id}"
