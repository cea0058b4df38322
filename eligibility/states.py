"""What a review may end in, and why a subject leaves before randomization."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReviewSays(TextChoices):
    """What one person decides on a verdict that needs review."""

    PASS = "pass", _("Pass")
    FAIL = "fail", _("Fail")


class FailureKind(TextChoices):
    """Why a subject is not randomized, as the flow diagram of the trial counts it."""

    CRITERIA = "criteria", _("Not meeting the criteria")
    DECLINED = "declined", _("Declined to participate")
    OTHER = "other", _("Other reason")


class Assessed(TextChoices):
    """What became of somebody assessed who is no subject of the casebook."""

    UNDECIDED = "undecided", _("Not decided yet")
    DECLINED = "declined", _("Declined to participate")
    INELIGIBLE = "not eligible", _("Not eligible, before consent")
    OTHER = "other", _("Other reason")
