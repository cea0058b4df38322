"""Registers the app."""

from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        """Let the schema know how a caller is known."""
        import_module("api.authentication")
