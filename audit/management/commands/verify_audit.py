"""manage.py verify_audit: proves the trail, or names the first row that differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from audit.keys import public_key, public_path
from audit.verification import Report, verify


class Command(BaseCommand):
    """Recomputes chains and seals, replays the changes, compares with every recorded table."""

    help = "Verify the audit trail; ends with status 1 and one sentence per fault where it is broken."

    def add_arguments(self, parser: Any) -> None:
        """Take the keys of before, and another folder of seals."""
        parser.add_argument("--key", type=Path, action="append", default=[], help="a public seal key of before")
        parser.add_argument("--seals", type=Path, default=None, help="the folder of the seals outside")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify as the owner, who alone sees every site."""
        if "owner" not in connections:
            raise CommandError("Set OWNER_DATABASE_URL: only the owner of the database sees the whole trail.")
        paths = [path for path in [public_path(settings.SEAL_KEY_FILE)] if path.exists()] + options["key"]
        keys = [public_key(path) for path in paths]
        report = verify(using="owner", folder=options["seals"] or settings.SEAL_FOLDER, keys=keys)
        self._print(report)
        if report.findings.total:
            raise CommandError(f"The trail is broken in {report.findings.total} places.", returncode=1)

    def _print(self, report: Report) -> None:
        speed = report.events / report.seconds if report.seconds else 0
        self.stdout.write(
            f"{report.events} events, {report.changes} changes, {report.rows} rows, {report.seals} seals "
            f"in {report.seconds:.1f} s ({speed:.0f} events/s)."
        )
        for note in report.notes:
            self.stdout.write(f"Note: {note}")
        for _, text in report.findings.sentences:
            self.stdout.write(text)
        if (more := report.findings.total - len(report.findings.sentences)) > 0:
            self.stdout.write(f"... and {more} more.")
        if not report.findings.total:
            self.stdout.write("The trail is whole: the present is the sum of its history.")
