"""Registers the app and connects the receivers of allauth's log-in signals."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Connect the only signal receivers of the project."""
        import_module("accounts.receivers")
