"""Django's entry to the rehearsal."""

from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    """The rehearsal app."""

    name = "rehearsal"
