"""A small file with its mapping, and the real one where it is at hand, for tests of the import."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Site, User
from accounts.system import system_actor
from audit.door import as_actor
from casebook.actions.importing import prepare_import, release_import
from casebook.actions.range_file import load_ranges
from casebook.imports.order import Order, read_order
from casebook.imports.report import Entry, Kind, Report
from casebook.models import Form, ImportBatch, ImportedRow, Subject
from tests.people import a_site

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "examples" / "hcc-survival.toml"
FOLDER = Path(os.environ.get("EDC_HCC_DATA") or ROOT.parent / "shared" / "data" / "hcc-survival")

MAPPING = """
[source]
name = "small"
key = "id"
site = "IX"
[asked]
sampled_on = "The day of the samples"
[forms.DM]
visit = "SCR"
complete = true
[forms.HE]
visit = "SCR"
complete = true
constants = { sampled_on = "$sampled_on", laboratory = "LAB" }
[columns.G]
form = "DM"
item = "sex"
codes = { 1 = "male", 0 = "female" }
[columns.born]
form = "DM"
item = "birth_date"
[columns.PLT]
form = "HE"
item = "platelets"
units = [{ below = 1000, unit = "10^9/L" }, { from = 1000, unit = "/µL" }]
[columns.HB]
form = "HE"
item = "haemoglobin"
unit = "g/dL"
"""
RANGES = b"""laboratory,analyte,sex,unit,low,high,valid_from,valid_to,note
LAB,platelets,,10^9/L,150,400,2010-01-01,,assumed
"""


def importer() -> User:
    """Return the part of the system that imports."""
    return system_actor("import")


def today() -> date:
    """Return a day that is over at no site before it begins at another."""
    return timezone.now().date()


def an_exercise(ranges: bytes = RANGES) -> Site:
    """Return the site for imported exercises, with its laboratory."""
    load_ranges(ranges, by=system_actor("set-up"), at=timezone.now())
    return a_site("IX", name="Import exercise", counts=False, time_zone="Europe/Lisbon")


def an_order(
    content: str | bytes, mapping: str = MAPPING, *, sampled_on: str = "", file_name: str = "file.csv"
) -> Order:
    """Return what is to be imported."""
    raw = content.encode() if isinstance(content, str) else content
    declared = {"sampled_on": sampled_on or today().isoformat()} if "[asked]" in mapping else {}
    return read_order(raw, mapping, file_name=file_name, declared=declared)


def imported(site: Site, content: str | bytes, *, at: datetime | None = None, **options: str) -> Report:
    """Import a file as the system does and return its report."""
    moment = at or timezone.now()
    with as_actor(importer()):
        batch = prepare_import(site, by=importer(), at=moment, order=an_order(content, **options))
        batch = release_import(batch, by=importer(), at=moment)
    return Report.from_json(batch.report)


def a_prepared_import(site: Site) -> ImportBatch:
    """Return a small import that waits for its release."""
    mapping = f"""
[source]
name = "tiny"
key = "id"
site = "{site.code}"
[forms.DM]
visit = "SCR"
[columns.G]
form = "DM"
item = "sex"
"""
    with as_actor(importer()):
        order = an_order("id,G\nA,male\n", mapping)
        return prepare_import(site, by=importer(), at=timezone.now(), order=order)


@contextmanager
def looking() -> Iterator[None]:
    """Look into the tables as the import does."""
    with as_actor(importer()):
        yield


def subject_of(key: str) -> Subject:
    """Return the subject that a row became."""
    with looking():
        return Subject.objects.select_related("site").get(imported_rows__key=key)


def form_of(key: str, crf: str) -> Form:
    """Return the form that a row filled in."""
    with looking():
        return Form.objects.select_related("visit").get(subject__imported_rows__key=key, crf=crf)


def kept_counts() -> tuple[int, int, int]:
    """Return how many subjects, imported rows and batches there are."""
    with looking():
        return Subject.objects.count(), ImportedRow.objects.count(), ImportBatch.objects.count()


def said(entries: list[Entry]) -> list[tuple[int, str, str, str]]:
    """Return row, column, value and sentence."""
    return [(entry.row, entry.column, entry.value, entry.sentence.english()) for entry in entries]


def of(report: Report, kind: Kind) -> list[tuple[int, str, str, str]]:
    """Return the lines of a kind as row, column, value and sentence."""
    return said(report.of(kind))


def hcc_file(name: str) -> bytes:
    """Return a file of the Coimbra data set, or skip: it is not part of the project."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not here; set EDC_HCC_DATA to the folder of the HCC Survival data set.")
    return path.read_bytes()
