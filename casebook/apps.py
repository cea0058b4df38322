"""Django's entry to the casebook."""

from django.apps import AppConfig


class CasebookConfig(AppConfig):
    """The casebook app."""

    name = "casebook"
