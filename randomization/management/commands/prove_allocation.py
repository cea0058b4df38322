"""manage.py prove_allocation: the proof that one subject got the slot that was committed to, and of no other slot."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.system import system_actor
from audit.door import as_actor
from randomization.models import Allocation
from randomization.proof import prove_slot


class Command(BaseCommand):
    """Prints the proof as JSON; an outsider checks it with SHA-256 alone, as docs/randomization.md says."""

    help = "Print the proof of the slot that a subject got."

    def add_arguments(self, parser: Any) -> None:
        """Take the subject's number."""
        parser.add_argument("subject", help="number of the subject")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the proof."""
        with as_actor(system_actor("export")):
            found = Allocation.objects.select_related("slot__stratum__list").filter(subject__number=options["subject"])
            if (allocation := found.first()) is None:
                raise CommandError(f"{options['subject']} is not randomized. Check the number.")
            self.stdout.write(json.dumps(asdict(prove_slot(allocation)), indent=2))
