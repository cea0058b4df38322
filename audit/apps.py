"""The audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What happened, provably."""

    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"
