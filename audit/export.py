"""Writes the whole trail to files that the stand-alone verifier, or anybody, can read: one JSON array per line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from audit.trail import (
    CHANGE_FIELDS,
    CHANGES_SQL,
    EVENT_FIELDS,
    EVENTS_SQL,
    SEAL_FIELDS,
    SEALS_SQL,
    Row,
    streamed,
    whole_trail,
)
from audit.walled import added_columns, present_sql, recorded_tables

FORMAT = "edc-audit-export-1"


def export(folder: Path, *, using: str) -> dict[str, int]:
    """Write the trail of all sites into a new folder; return how many lines each file has."""
    folder.mkdir(parents=True, mode=0o700)
    with whole_trail(using) as connection:
        with connection.cursor() as cursor:
            tables = recorded_tables(cursor)
            added = {name: added_columns(cursor, name) for name in tables}
        counts = {
            "events": _write(folder / "events.jsonl", streamed(connection, EVENTS_SQL, name="events")),
            "changes": _write(folder / "changes.jsonl", streamed(connection, CHANGES_SQL, name="changes")),
            "seals": _write(folder / "seals.jsonl", streamed(connection, SEALS_SQL, name="seals")),
            "rows": _write(folder / "rows.jsonl", streamed(connection, *present_sql(tables.values()), name="present")),
        }
    manifest = {
        "format": FORMAT,
        "events": [*EVENT_FIELDS, "hash", "hash_version", "id"],
        "changes": CHANGE_FIELDS,
        "seals": SEAL_FIELDS,
        "rows": ["table_name", "row_id", "text"],
        "tables": {name: {"is_on": table.is_on, "added": added[name]} for name, table in tables.items()},
        "counts": counts,
    }
    with _new(folder / "manifest.json") as file:
        json.dump(manifest, file, indent=1, ensure_ascii=False)
    return counts


def _write(path: Path, rows: Iterable[Row]) -> int:
    count = 0
    with _new(path) as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def _new(path: Path) -> Any:
    """Open a new file for its owner alone: an export holds clinical data of all sites."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
