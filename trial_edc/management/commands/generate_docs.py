"""Writes the documents that are generated from code, or says which are stale."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trial_edc.documents import generated


class Command(BaseCommand):
    """Covers every document that settings.GENERATED_DOCUMENTS lists."""

    help = "Write the generated documents under docs/; with --check only compare."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="write nothing, fail where a document is stale")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare or write."""
        stale = [(path, text) for path, text in generated() if not path.exists() or path.read_text() != text]
        names = ", ".join(str(path.relative_to(settings.BASE_DIR)) for path, _text in stale)
        if options["check"] and stale:
            raise CommandError(f"Stale: {names}. Run `make fix`.")
        for path, text in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.stdout.write(f"Written: {names}." if stale else "The generated documents are current.")
