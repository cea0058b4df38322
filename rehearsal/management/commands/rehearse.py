"""Walks synthetic subjects through a whole trial, into every state; for a demonstration, a test or a measurement."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import Site
from rehearsal.cast import PLACES, assemble, standing_cast
from rehearsal.fates import Dealt
from rehearsal.trial import rehearse
from rehearsal.walk import Walk
from rehearsal.workers import workers_here


class Command(BaseCommand):
    """The same number, seed and day give the same trial; a second call adds further subjects."""

    help = "Walk synthetic subjects through the real actions into every state of the trial."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and by which seed."""
        parser.add_argument("--subjects", type=int, default=60, help="how many subjects")
        parser.add_argument("--seed", default="rehearsal", help="which trial: the same seed, the same subjects")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk them, a process on each core; of what is stopped on the way the steps that were done stay."""
        if settings.EDC_ENVIRONMENT not in ("demo", "test"):
            raise CommandError("Synthetic subjects belong in a demonstration or a test: EDC_ENVIRONMENT=demo or test.")
        if options["subjects"] < 1:
            raise CommandError("Give a number of subjects, 1 or more.")
        began = perf_counter()
        now = timezone.now()
        with transaction.atomic():
            cast = standing_cast() if Site.objects.filter(code=PLACES[0].code).exists() else assemble(at=now)
        subjects, seed = options["subjects"], options["seed"]
        done = rehearse(cast, subjects=subjects, seed=seed, at=now, workers=workers_here(), each=self._tell)
        self.stdout.write(f"{len(done)} synthetic subjects in {perf_counter() - began:.0f} s.")

    def _tell(self, dealt: Dealt, walk: Walk) -> None:
        self.stdout.write(f"{walk.subject.number}  {dealt.at:%Y-%m-%d}  {dealt.fate.name}")
