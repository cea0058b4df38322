"""Laboratories, their reference ranges and conversion factors, and the consent forms of a site: dated reference data."""

from django.conf import settings
from django.db import models
from django.db.models import PROTECT, F, Q

from casebook.states import Reconsent

Person = settings.AUTH_USER_MODEL


class Laboratory(models.Model):
    """A laboratory that results are reported by."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.code


class ReferenceRange(models.Model):
    """Limits of one analyte, inclusive; valid from and to, both inclusive, `valid_to` empty while in force.

    What a range says never changes. A correction is a range of its own that `replaces` an earlier one: once it is
    confirmed, the earlier one has left and stays on record. A proposal that is withdrawn has left as well.
    """

    laboratory = models.ForeignKey(Laboratory, PROTECT, related_name="ranges")
    analyte = models.CharField(max_length=40)
    unit = models.CharField(max_length=16, blank=True)
    sex = models.CharField(max_length=8, blank=True)
    age_from = models.PositiveIntegerField(null=True, blank=True)
    age_to = models.PositiveIntegerField(null=True, blank=True)
    method = models.CharField(max_length=60, blank=True)
    low = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)
    high = models.DecimalField(max_digits=14, decimal_places=5, null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(Person, PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)  # judged by only once confirmed
    confirmed_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    replaces = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="corrections")
    reason = models.CharField(max_length=500, blank=True, default="")  # why it replaces the earlier one
    left_at = models.DateTimeField(null=True, blank=True)  # judged by only until it left
    left_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False),
                name="range_left_at_and_by",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(reason=""), name="range_replaced_with_reason"
            ),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(left_at__isnull=True), name="range_one_correction_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="range_confirmed_at_and_by",
            ),
            models.CheckConstraint(condition=Q(sex__in=["", "male", "female"]), name="range_sex_known"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="range_valid_in_order"
            ),
            models.CheckConstraint(condition=Q(low__isnull=False) | Q(high__isnull=False), name="range_has_a_limit"),
        ]  # that no two ranges overlap is an exclusion constraint of the migrations

    @property
    def is_assumed(self) -> bool:
        """Whether the limits come from no document of the laboratory, as its note says."""
        return "assumed" in self.note.casefold()

    @property
    def state(self) -> str:
        """The state of the range, by the name of its mark."""
        if self.left_at is not None:
            return "range replaced" if self.confirmed_at else "range withdrawn"
        return "range in force" if self.confirmed_at else "range waiting"


class ConversionFactor(models.Model):
    """A factor the laboratory itself gives: value in `unit_to` = value in `unit_from` × factor.

    It never changes. A wrong one is withdrawn: it stays on record, and nothing is judged by it any more.
    """

    laboratory = models.ForeignKey(Laboratory, PROTECT, related_name="conversions")
    analyte = models.CharField(max_length=40)
    unit_from = models.CharField(max_length=16)
    unit_to = models.CharField(max_length=16)
    factor = models.DecimalField(max_digits=14, decimal_places=6)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    withdrawn_because = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
                name="factor_withdrawn_at_and_by",
            ),
            models.UniqueConstraint(
                fields=["laboratory", "analyte", "unit_from", "unit_to"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_factor_per_pair_of_units",
            ),
        ]


class ConsentForm(models.Model):
    """A version of the consent form at one site, with ethics approval and the day it must be used from."""

    site = models.ForeignKey("accounts.Site", PROTECT, related_name="consent_forms")
    version = models.CharField(max_length=32)
    approved_on = models.DateField()
    effective_on = models.DateField()
    note = models.CharField(max_length=300, blank=True, default="")  # its language, and what changed
    reconsent = models.CharField(max_length=24, choices=Reconsent.choices, default=Reconsent.NOBODY)
    reconsent_by = models.DateField(null=True, blank=True)  # the last day on which signing again is in time
    # Added wrongly and used by nobody: it stays on record, and nothing is judged by it.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    withdrawn_because = models.CharField(max_length=400, blank=True, default="")
    # Added, corrected or withdrawn last: whoever was judged before that is judged again.
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(changed_at__isnull=True, changed_by__isnull=True)
                | Q(changed_at__isnull=False, changed_by__isnull=False),
                name="consent_changed_at_and_by",
            ),
            models.CheckConstraint(condition=Q(reconsent__in=Reconsent.values), name="consent_reconsent_known"),
            models.CheckConstraint(
                condition=Q(reconsent=Reconsent.NOBODY, reconsent_by__isnull=True)
                | (~Q(reconsent=Reconsent.NOBODY) & Q(reconsent_by__gte=F("effective_on"))),
                name="consent_asked_again_by_a_day",
            ),
            models.UniqueConstraint(
                fields=["site", "version"], condition=Q(withdrawn_at__isnull=True), name="consent_version_once_per_site"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_because="")),
                name="consent_withdrawn_at_and_by",
            ),
            models.CheckConstraint(condition=Q(effective_on__gte=F("approved_on")), name="consent_approved_first"),
        ]
