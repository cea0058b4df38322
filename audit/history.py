"""Replays the changes: the present of every recorded table is the sum of its history."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from audit.findings import Fault, Findings
from audit.trail import Row
from audit.walled import RecordedTable, added_columns

# How a row ends: the number of its last change, and a digest of its text, or None where it was deleted.
End = tuple[int, bytes | None]
RECORDED_SQL = "SELECT new FROM audit_change WHERE id = %s"


@dataclass
class History:
    """How every row of every table ended, after the changes read so far."""

    connection: Any
    findings: Findings
    ends: dict[str, dict[str, End]] = field(default_factory=dict)
    rows: int = 0

    def replayed(self, changes: Iterator[Row]) -> Iterator[Row]:
        """Yield the changes on, keeping how each row ends; old must be what new was before."""
        for change in changes:
            rows = self.ends.setdefault(change[3], {})
            before = rows.get(change[4], (0, None))
            if before[1] != _digest(change[7]):
                self._explain_break(change, before)
            rows[change[4]] = (int(change[0]), _digest(change[8]))
            yield change

    def _explain_break(self, change: Row, before: End) -> None:
        number, table, row, old = change[0], change[3], change[4], change[7]
        if before[1] is None or old is None:
            been = "though it does not stand" if before[1] is None else "though it stands already"
            self.findings.add(Fault.HISTORY, f"Change {number} is an {change[5]} of {table} {row}, {been}.")
        elif columns := _differing(self._recorded(before), json.loads(old)):
            self.findings.add(
                Fault.HISTORY,
                f"Change {number} of {table} {row} does not begin where change {before[0]} ended: "
                f"{', '.join(columns)} differ.",
            )

    def compare(self, tables: dict[str, RecordedTable], present: Iterable[Row]) -> None:
        """Compare how the rows ended with how they stand in the tables now: table, key and text of each."""
        for name in sorted({*tables, *self.ends}):
            if (table := tables.get(name)) is None:
                self.findings.add(Fault.WALL, f"The table {name} has a history but records no changes any more.")
            elif not table.is_on:
                self.findings.add(Fault.WALL, f"The recording of changes of {name} is switched off.")
        for name, row, text in present:
            self.rows += 1
            self._compare_row(name, row, text)
        for name in sorted(tables.keys() & self.ends.keys()):
            self._name_missing(name)

    def _compare_row(self, name: str, row: str, text: str) -> None:
        end = self.ends.get(name, {}).pop(row, None)
        if end is None or end[1] is None:
            self.findings.add(Fault.TABLE, f"{name} {row} stands in the table but was never recorded.")
        elif end[1] != _digest(text):
            self._explain_difference(name, row, end, json.loads(text))

    def _name_missing(self, name: str) -> None:
        for row, (number, digest) in self.ends[name].items():
            if digest is not None:
                self.findings.add(
                    Fault.TABLE, f"{name} {row} was recorded by change {number} but is missing from the table."
                )

    def _explain_difference(self, name: str, row: str, end: End, present: dict[str, Any]) -> None:
        recorded = self._recorded(end)
        columns = _differing(recorded, present)
        with self.connection.cursor() as cursor:
            added = added_columns(cursor, name) if present.keys() - recorded.keys() else {}
        columns += [key for key in sorted(present.keys() - recorded.keys()) if present[key] != added.get(key)]
        if columns:
            self.findings.add(
                Fault.TABLE,
                f"{name} {row} differs from its history, which ends with change {end[0]}, in {', '.join(columns)}.",
            )

    def _recorded(self, end: End) -> dict[str, Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(RECORDED_SQL, [end[0]])
            found: dict[str, Any] = json.loads(cursor.fetchone()[0])
        return found


def _digest(text: str | None) -> bytes | None:
    return None if text is None else hashlib.blake2b(text.encode(), digest_size=16).digest()


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the columns that both have and that differ; a migration may have added or dropped others."""
    return [key for key in sorted(one.keys() & other.keys()) if json.dumps(one[key]) != json.dumps(other[key])]
