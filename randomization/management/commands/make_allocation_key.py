"""manage.py make_allocation_key: makes the key that opens the sealed allocation lists."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from randomization.sealed import make_key


class Command(BaseCommand):
    """Makes the key once; an existing one is never overwritten, for without it no list can be opened any more."""

    help = "Make the key of the sealed allocation lists (ALLOCATION_KEY_FILE), outside the database and its backups."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        """Take --if-missing, for set-up scripts that run again."""
        parser.add_argument("--if-missing", action="store_true", help="leave an existing key and say nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key and say what to do with it."""
        path = settings.ALLOCATION_KEY_FILE
        try:
            make_key(path)
        except FileExistsError:
            if options["if_missing"]:
                return
            raise CommandError(f"{path} exists already. Without it the lists it sealed are lost: keep it.") from None
        self.stdout.write(f"Allocation key {path} is made. Keep a copy of it away from the backups of the database.")
