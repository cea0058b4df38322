"""Brings the database to this version's schema, as its owner."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from trial_edc.environment import MissingSetting, required


class Command(BaseCommand):
    """Runs what a deployment runs before web, worker and beat start; safe to repeat."""

    help = "Migrate as the owner and make the cache table; needs OWNER_DATABASE_URL."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then make the table that holds lock-outs."""
        try:
            required("OWNER_DATABASE_URL")
        except MissingSetting as missing:
            raise CommandError(str(missing)) from None
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        call_command("createcachetable", database="owner", verbosity=0)
        self.stdout.write("The database is ready.")
