"""Loads laboratories and their reference ranges from a CSV file: all of it or nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.system import system_actor
from audit import clock
from casebook.actions.range_file import FileRefused, load_ranges


class Command(BaseCommand):
    help = "Load laboratories and reference ranges from a CSV file. The same file twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file as the system's set-up; what is refused is said line by line, and nothing is kept."""
        try:
            content = options["file"].read_bytes()
        except OSError as fault:
            raise CommandError(f"{options['file']} cannot be read: {fault.strerror}.") from fault
        try:
            loaded = load_ranges(content, by=system_actor("set-up"), at=clock.now())
        except FileRefused as refusal:
            raise CommandError("\n".join(refusal.lines())) from refusal
        self.stdout.write(f"{loaded.added} ranges added, {loaded.known} known already.")
