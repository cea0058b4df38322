"""Django's entry to eligibility."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """The eligibility app."""

    name = "eligibility"
