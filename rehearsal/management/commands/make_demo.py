"""Makes the demonstration once, and prints one log-in per role."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Site, User
from accounts.system import system_actor
from audit.door import as_actor
from casebook.actions.range_file import load_ranges
from casebook.models import Laboratory
from rehearsal.cast import PARTS, PLACES, Part
from rehearsal.demonstration import CANDIDATES, SUBJECTS, perform
from rehearsal.workers import workers_here

# Known to everyone who reads this: so the command refuses to run anywhere but in a demonstration or a test.
PASSWORD = "demonstration-only"  # noqa: S105 -- documented, and worth nothing elsewhere

HALF_MADE = "The demonstration was stopped while it was made, and what it recorded stays. Make it in an empty database."
EXERCISE_LABORATORY = "Coimbra"
EXERCISE_RANGES = settings.BASE_DIR / "docs" / "examples" / "hcc-survival-ranges.csv"


class Command(BaseCommand):
    """Safe to repeat: what is there stays."""

    help = "Make the demonstration: sites, people, a living trial of synthetic subjects; print the log-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many subjects; how they fare follows from the number."""
        parser.add_argument("--subjects", type=int, default=SUBJECTS, help=f"how many in all, {CANDIDATES} at least")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing. Of one that was stopped on the way nobody can log in; it is said, and not mended."""
        if settings.EDC_ENVIRONMENT not in ("demo", "test"):
            raise CommandError(
                "The demonstration has known passwords; it is made with EDC_ENVIRONMENT=demo or test only."
            )
        if not Site.objects.filter(code=PLACES[0].code).exists():
            perform(at=timezone.now(), subjects=options["subjects"], workers=workers_here())
            let_in()
        elif _is_half_made():
            raise CommandError(HALF_MADE)
        _let_exercise_be_imported()
        self.stdout.write(table())


def table() -> str:
    """Return the log-ins, one line per person."""
    rows = [("Who", "Log in as", "At"), *((part.name, part.email, _at(part)) for part in PARTS)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "", f"Password of all: {PASSWORD}"])


def _at(part: Part) -> str:
    return ", ".join(part.sites) or "all sites"


def _let_exercise_be_imported() -> None:
    # Asked at every start: a demonstration made before the laboratory was part of it gains it, and none is overwritten.
    set_up = system_actor("set-up")
    with as_actor(set_up):
        if not Laboratory.objects.filter(code=EXERCISE_LABORATORY).exists():
            load_ranges(EXERCISE_RANGES.read_bytes(), by=set_up, at=timezone.now())


def _is_half_made() -> bool:
    people = list(User.objects.filter(email__in=[part.email for part in PARTS]))
    return bool(people) and not any(user.has_usable_password() for user in people)


def let_in() -> None:
    """Give everybody the password of the demonstration: the last step of making one."""
    # One hash for all: hashing is slow by design, and here it guards nothing.
    User.objects.filter(email__in=[part.email for part in PARTS]).update(password=make_password(PASSWORD))
