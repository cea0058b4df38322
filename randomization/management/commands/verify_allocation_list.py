"""manage.py verify_allocation_list: makes every list again from its sealed seed and compares."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from randomization.proof import faults_of
from randomization.selectors import lists


class Command(BaseCommand):
    """Names the first slots that differ; never what a slot hides."""

    help = "Make every sealed list again from its seed and name what differs from what is stored and published."

    def add_arguments(self, parser: Any) -> None:
        """Take the number of one list."""
        parser.add_argument("--list", type=int, help="number of the one list to verify")
        parser.add_argument("--most", type=int, default=10, help="how many differences to name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, and fail where something differs."""
        chosen = [each for each in lists() if options["list"] in (None, each.number)]
        found = [f"List {each.number}: {fault}" for each in chosen for fault in faults_of(each)]
        for line in found[: options["most"]]:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} differences in {len(chosen)} lists.")
        self.stdout.write(f"{len(chosen)} lists are what their seeds make of them.")
