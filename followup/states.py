"""The kinds and endings of what follow-up keeps."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SignKind(TextChoices):
    """What speaks of relapse."""

    AFP = "afp", _("AFP above its upper limit")
    PIVKA = "pivka", _("PIVKA-II above its upper limit")
    EQUIVOCAL = "equivocal", _("Equivocal finding on a scan")
    PROGRESSION = "progression", _("Progressive disease on a scan")
    SUSPECTED = "suspected", _("Relapse suspected at a visit")


class Ending(TextChoices):
    """How a sign of relapse was settled."""

    IMAGING = "imaging", _("Imaging after it")
    EXPLAINED = "explained", _("Settled with a reason")
    MENDED = "mended", _("The answer was corrected")


class DeviationKind(TextChoices):
    """What the record itself shows to deviate from the protocol."""

    EARLY = "visit early", _("Visit before its window")
    LATE = "visit late", _("Visit after its window")
    MISSED = "visit missed", _("Visit missed")
    ASSESSMENT = "assessment missed", _("Assessment not done")
    SURGERY_LATE = "surgery late", _("Surgery late")
    CROSSED_OVER = "resected without PD", _("Resection in watch and wait without progression")
    INELIGIBLE = "ineligible", _("Randomized, but not eligible")
    EARLY_SCAN = "early scan", _("Scan soon after surgery")
    CONSENT = "consent outdated", _("Consent to a newer version overdue")


# That these exist tells the arm.
OF_ONE_ARM = frozenset({DeviationKind.SURGERY_LATE, DeviationKind.CROSSED_OVER, DeviationKind.EARLY_SCAN})


class Severity(TextChoices):
    """Important: may affect safety, rights, or the reliability of the data."""

    MINOR = "minor", _("Minor")
    IMPORTANT = "important", _("Important")
