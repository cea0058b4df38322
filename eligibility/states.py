"""What a review may end in, and why a subject leaves before randomization."""

from enum import Enum, auto

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AsOf(Enum):
    """What the day is that a subject is judged for."""

    NOW = auto()
    PASSAGE = auto()  # the day it went through the gate
    END = auto()  # the day its screening ended, by declaration or withdrawal


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


class Outcome(TextChoices):
    """What became of one attempt, a subject's or another's, as the screening log says it and the flow counts it."""

    UNDECIDED = "undecided", _("Not decided yet")
    SCREENING = "screening", _("In screening")
    INELIGIBLE = "not eligible", _("Not meeting the criteria")
    DECLINED = "declined", _("Declined to participate")
    OTHER = "other", _("Other reason")
    RANDOMIZED = "randomized", _("Randomized")


class Enters(TextChoices):
    """Who enters what is missing."""

    ENTRY = "entry", _("Coordinator")
    RANGES = "ranges", _("Data manager")
    INVESTIGATOR = "investigator", _("Investigator")
    SURGEON = "surgeon", _("Surgeon")


class Standing(TextChoices):
    """How the latest determination of a subject stands."""

    NONE = "none", _("Not signed yet")
    VALID = "valid", _("Valid")
    LAPSED = "lapsed", _("Lapsed")
    REVOKED = "revoked", _("Revoked")
    PASSED = "passed", _("Went through the gate")
