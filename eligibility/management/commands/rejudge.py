"""Judges every subject anew, after an amendment or a restore, and shows the verdicts per criterion."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.system import system_actor
from audit import clock
from audit.door import as_actor
from casebook.models import Subject
from eligibility.actions import rejudge_subjects
from eligibility.selectors import tally
from protocol.language import Verdict
from protocol.trial import TRIAL


class Command(BaseCommand):
    """Safe to repeat: a verdict that stays the same is left as it is."""

    help = "Judge all subjects anew and print the verdicts per criterion."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer one site alone."""
        parser.add_argument("--site", default="", help="the code of one site; without it, all sites")
        parser.add_argument("--table-only", action="store_true", help="print the verdicts as they are kept")

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge, then print one line per criterion."""
        judge = system_actor("eligibility")
        chosen = {"site__code": options["site"]} if options["site"] else {}
        with as_actor(judge):
            subjects = list(Subject.objects.filter(**chosen))
        if not options["table_only"]:
            count = rejudge_subjects(subjects, by=judge, at=clock.now())
            self.stdout.write(f"Judged {count} subjects.")
        with as_actor(judge):
            self._print(tally(Subject.objects.filter(**chosen)))

    def _print(self, counts: dict[str, dict[str, int]]) -> None:
        verdicts = [verdict.value for verdict in Verdict]
        self.stdout.write("criterion " + " ".join(f"{verdict:>8}" for verdict in verdicts) + "  what it asks")
        for criterion in TRIAL.criteria:
            found = counts.get(criterion.code, {})
            numbers = " ".join(f"{found.get(verdict, 0):>8}" for verdict in verdicts)
            self.stdout.write(f"{criterion.code:<9} {numbers}  {criterion.short}")
