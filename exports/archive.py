"""The dataset of the whole trial as one ZIP: every table as CSV, and a page that says what it is and what it must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from accounts.models import Site, User
from audit.models import Seal
from exports.tables import Table, tables_of
from exports.trial_tables import trial_tables
from paper.tables import csv_lines
from protocol.trial import TRIAL

LINES_AT_ONCE = 500


@dataclass(frozen=True)
class Written:
    """One file of the archive: how many rows it has and what it must hash to."""

    name: str
    rows: int
    digest: str


def write_trial(
    target: IO[bytes], user: User, sites: Sequence[Site], *, at: datetime, seal: Seal | None
) -> Sequence[Written]:
    """Write the archive of these sites, as the user may see them, and return what it holds."""
    written = []
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for table in _tables(user, sites, at=at):
            written.append(_write(archive, table, at=at))
        with archive.open(_entry("README.txt", at), "w") as page:
            page.write(readme(written, user, sites, at=at, seal=seal).encode())
    return written


def _tables(user: User, sites: Sequence[Site], *, at: datetime) -> Iterator[Table]:
    yield from trial_tables(user, sites)
    for crf in TRIAL.crfs:
        yield from tables_of(user, crf, sites, at=at)


def _write(archive: ZipFile, table: Table, *, at: datetime) -> Written:
    digest, lines, name = sha256(), -1, f"{table.name}.csv"  # the header is no row
    with archive.open(_entry(name, at), "w") as file:
        for some in batched_lines(table):
            lines += len(some)
            content = "".join(some).encode()
            digest.update(content)
            file.write(content)
    return Written(name, lines, digest.hexdigest())


def batched_lines(table: Table, *, bom: bool = False) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a table, many at once: a write of each line alone would cost more than the line."""
    lines = csv_lines(table.header, table.rows, bom=bom)
    while some := tuple(islice(lines, LINES_AT_ONCE)):
        yield some


def _entry(name: str, at: datetime) -> ZipInfo:
    entry = ZipInfo(name, date_time=at.astimezone(UTC).timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def readme(written: Sequence[Written], user: User, sites: Sequence[Site], *, at: datetime, seal: Seal | None) -> str:
    """Return the page that goes with the files, in English as the datasets are."""
    said: Mapping[str, object] = {
        "Trial": f"{TRIAL.registration} {TRIAL.short_name}",
        "Protocol": f"version {TRIAL.version}, fingerprint {TRIAL.fingerprint}",
        "Data as of": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "Audit seal": f"{seal.number} {seal.digest} of {seal.sealed_at:%Y-%m-%d %H:%M:%S} UTC" if seal else "none yet",
        "Sites": ", ".join(site.code for site in sites),
        "Made for": f"{user.name}: what this person may see, and nothing else",
    }
    lines = [f"{name:<12}{value}" for name, value in said.items()]
    files = [f"{file.digest}  {file.name}  {file.rows} rows" for file in written]
    return "\n".join([*lines, "", *CONVENTIONS, "", "SHA-256 of each file:", *files, ""])


CONVENTIONS = (
    "One table per form (CODE.csv), one row per form; the rows of a group stand in a table of their own",
    "(CODE_group.csv), one line each, with the key of the row. dictionary.csv says what every column means.",
    "Values stand as entered: 20.0 is not 20. item_unit, item_comparator, item_missing and item_reason belong to item.",
    "An empty value with an empty missing code was not entered. derived_ marks what was computed, as of this export.",
    "Days are ISO 8601 and may be partial; moments are UTC. Text is UTF-8, composed (NFC), lines end with CR LF.",
    "A text that a spreadsheet would calculate (=, +, -, @ or a tab first) is preceded by one apostrophe.",
    "synthetic = Y and counts = N mark subjects that are no subjects of the trial.",
)
