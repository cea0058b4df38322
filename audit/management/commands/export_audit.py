"""manage.py export_audit FOLDER: writes the trail for the stand-alone verifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from audit.export import export


class Command(BaseCommand):
    """Writes events, changes, seals and the present rows of all sites into a new folder."""

    help = "Export the audit trail; scripts/verify_audit_export.py proves the export without this system."

    def add_arguments(self, parser: Any) -> None:
        """Take the folder to make."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Export as the owner, who alone sees every site."""
        if "owner" not in connections:
            raise CommandError("Set OWNER_DATABASE_URL: only the owner of the database sees the whole trail.")
        folder = options["folder"]
        if folder.exists():
            raise CommandError(f"{folder} exists already. Name a new folder.")
        counts = export(folder, using="owner")
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        self.stdout.write(f"{folder}: {said}. It holds clinical data of all sites: keep it so.")
