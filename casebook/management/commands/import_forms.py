"""Imports a file of rows as forms: manage.py import_forms FILE --mapping MAP [--dry-run]."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Site, User
from accounts.system import system_actor
from audit import clock
from audit.decision import Refusal
from audit.door import IMPORT, as_actor
from casebook.actions.importing import keep_import, rehearse_import, release_import
from casebook.imports.order import Order, declared_once, read_order
from casebook.imports.report import COUNTED, KIND_TITLES, ImportRefused, Kind, Report
from casebook.imports.source import MOST_BYTES
from protocol.words import N_, sentence

ENTRIES_PRINTED = 200
WOULD = {
    "subjects added": "subjects would be added",
    "forms saved": "forms would be saved",
    "forms unchanged": "forms would stay unchanged",
    "values saved": "values would be saved",
    "queries opened": "queries would be opened",
    "queries closed": "queries would be closed",
}


class Command(BaseCommand):
    """All of the file is imported, or nothing; the report says row, column, value and why."""

    help = "Import a CSV file as forms, by a mapping. --dry-run does the same and takes it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the mapping and what is declared for this run."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping", type=Path, required=True, help="TOML file that says which column is which item"
        )
        parser.add_argument("--dry-run", action="store_true", help="report only; nothing is kept")
        parser.add_argument("--by", default="", help="e-mail address of the person who releases the import")
        parser.add_argument(
            "--declare", action="append", default=[], metavar="NAME=VALUE", help="what the mapping asks for"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import, print the report."""
        try:
            order = self._order(options)
            report = self._run(order, options)
        except ImportRefused as refused:
            self._print(refused.report)
            raise CommandError(refused.sentence.english()) from refused
        except Refusal as refusal:
            raise CommandError(refusal.sentence.english()) from refusal
        self._print(report, would=options["dry_run"])

    def _order(self, options: dict[str, Any]) -> Order:
        declared = declared_once(_declaration(text) for text in options["declare"])
        mapping = _content(options["mapping"]).decode("utf-8", errors="replace")
        content = _content(options["file"])
        return read_order(content, mapping, file_name=options["file"].name, declared=declared)

    def _run(self, order: Order, options: dict[str, Any]) -> Report:
        importer, now = system_actor("import"), clock.now()
        with as_actor(importer, moment=IMPORT):
            site = _site(order.mapping.site)
            if options["dry_run"]:
                self.stdout.write("Dry run: nothing is kept.")
                return rehearse_import(site, by=importer, at=now, order=order)
            batch = keep_import(site, by=importer, at=now, order=order)
            batch = release_import(batch, by=_person(options["by"]) or importer, at=now)
        return Report.from_json(batch.report)

    def _print(self, report: Report, *, would: bool = False) -> None:
        for kind in Kind:
            entries = report.of(kind)
            if entries:
                self.stdout.write(f"\n{KIND_TITLES[kind]}: {report.counts[kind.value]}")
            for entry in entries[:ENTRIES_PRINTED]:
                self._print_entry(entry)
            if len(entries) > ENTRIES_PRINTED:
                self.stdout.write(f"  … and {report.counts[kind.value] - ENTRIES_PRINTED} more")
        if report.is_refused:
            return  # the refusal says that nothing was imported; counts would say otherwise
        words = WOULD if would else {}
        counts = ", ".join(f"{report.counts[name]} {words.get(name, name)}" for name in COUNTED if report.counts[name])
        self.stdout.write(f"\n{counts or 'nothing done'}")

    def _print_entry(self, entry: Any) -> None:
        place = ", ".join(part for part in (f"row {entry.row}" if entry.row else "", entry.key, entry.column) if part)
        value = f" “{entry.value}”" if entry.value else ""
        times = f" ({entry.times} ×)" if entry.times > 1 else ""
        head = f"{place}{value}: " if place else ""
        self.stdout.write(f"  {head}{entry.sentence.english()}{times}")


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte over the limit is enough to know that the file is too large.
            return file.read(MOST_BYTES + 1)
    except OSError as fault:
        message = N_("%(file)s cannot be read: %(why)s.")
        raise Refusal(sentence(message, file=path.name, why=fault.strerror or "")) from fault


def _declaration(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise Refusal(sentence(N_("Write --declare NAME=VALUE, not %(text)s."), text=text))
    return name.strip(), value.strip()


def _site(code: str) -> Site:
    site = Site.objects.filter(code=code).first()
    if site is None:
        raise Refusal(sentence(N_("There is no site %(code)s; an administrator adds it first."), code=code))
    return site


def _person(email: str) -> User | None:
    if not email:
        return None
    person = User.objects.filter(email=email.lower()).first()
    if person is None:
        raise Refusal(sentence(N_("There is no user %(email)s."), email=email))
    return person
