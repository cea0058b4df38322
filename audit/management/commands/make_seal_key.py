"""manage.py make_seal_key: makes the key that signs the seals of the audit trail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.keys import key_id, make_key, public_key, public_path


class Command(BaseCommand):
    """Makes the seal key once; an existing one is never overwritten, for old seals would lose their proof."""

    help = "Make the Ed25519 key that signs the seals (SEAL_KEY_FILE), and its public half beside it."

    def add_arguments(self, parser: Any) -> None:
        """Take --if-missing, for set-up scripts that run again."""
        parser.add_argument("--if-missing", action="store_true", help="leave an existing key and say nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key and print where its public half stands."""
        path = settings.SEAL_KEY_FILE
        if path.exists():
            if options["if_missing"]:
                return
            raise CommandError(f"{path} exists already. Move it away first, and keep its public half for old seals.")
        public = make_key(path)
        self.stdout.write(f"Seal key {key_id(public_key(public))}: give {public} to whoever verifies the trail.")
        if public_path(path).parent == settings.SEAL_FOLDER:
            self.stdout.write("Keep the key away from the folder of the seals.")
