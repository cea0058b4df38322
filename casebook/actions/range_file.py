"""Reads a CSV file of laboratories and reference ranges, and takes it in through the door: all of it or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.models import User
from audit.decision import Refusal
from audit.door import as_actor
from casebook.actions.reference import add_laboratory, confirm_range, propose_range
from casebook.models import Laboratory, ReferenceRange
from protocol.words import N_, Sentence, sentence

COLUMNS = ("laboratory", "analyte", "sex", "unit", "low", "high", "valid_from", "valid_to", "note")
NEEDED = ("laboratory", "analyte", "valid_from")
MOST_ROWS = 5000


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in the file, with its line; line 0 is the file itself."""

    line: int
    why: Sentence


class FileRefused(Exception):
    """The file was not taken in; nothing of it was kept."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.why.english() for fault in faults))
        self.faults = faults

    def lines(self) -> tuple[str, ...]:
        """Return one English line per fault."""
        return tuple(
            f"Line {fault.line}: {fault.why.english()}" if fault.line else fault.why.english() for fault in self.faults
        )


@dataclass(frozen=True)
class Loaded:
    """How many ranges were added, and how many stood there already, equal in every column."""

    added: int
    known: int


def load_ranges(content: bytes, *, by: User, at: datetime) -> Loaded:
    """Take in the file, proposed and confirmed by `by`, in one transaction. Raises FileRefused with every fault."""
    rows = tuple(_rows(content))
    faults: list[Fault] = []
    added = 0
    with as_actor(by):
        for line, row in rows:
            try:
                added += _taken_in(row, by=by, at=at)
            except Refusal as refusal:
                faults.append(Fault(line, refusal.sentence))
        if faults:
            raise FileRefused(tuple(faults))
    return Loaded(added, len(rows) - added)


def _rows(content: bytes) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _refused(N_("The file is not in UTF-8. Save it as CSV UTF-8 and load it again.")) from fault
    if "\0" in text:
        raise _refused(N_("The file is not a text file."))
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_columns(reader.fieldnames or ())
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as fault:
        raise _refused(N_("The file ends inside a quoted value or is not CSV: %(fault)s."), fault=str(fault)) from fault
    if not rows or len(rows) > MOST_ROWS:
        raise _refused(
            N_("The file holds %(count)s ranges; from 1 to %(most)s can be loaded."), count=len(rows), most=MOST_ROWS
        )
    yield from ((line, _whole(line, row)) for line, row in rows)


def _check_columns(names: Any) -> None:
    if not names:
        raise _refused(N_("The file is empty."))
    if strange := [name for name in names if name not in COLUMNS]:
        raise _refused(N_("The file has a column nobody knows: %(column)s."), column=strange[0])
    if absent := [name for name in NEEDED if name not in names]:
        raise _refused(N_("The file has no column %(column)s."), column=absent[0])


def _whole(line: int, row: Mapping[Any, Any]) -> Mapping[str, str]:
    if None in row or None in row.values():
        fault = Fault(line, sentence(N_("This line has more or fewer values than there are columns.")))
        raise FileRefused((fault,))
    return {name: value.strip() for name, value in row.items()}


def _refused(message: str, **params: Any) -> FileRefused:
    return FileRefused((Fault(0, sentence(message, **params)),))


def _taken_in(row: Mapping[str, str], *, by: User, at: datetime) -> bool:
    for name in NEEDED:
        if not row[name]:
            raise Refusal(sentence(N_("There is no value in column %(column)s."), column=name))
    laboratory = Laboratory.objects.filter(code=row["laboratory"]).first()
    if laboratory is None:
        laboratory = add_laboratory(None, by=by, at=at, code=row["laboratory"], name=row["laboratory"])
    said = _said(row)
    if ReferenceRange.objects.filter(laboratory=laboratory, **said).exists():
        return False
    held = propose_range(laboratory, by=by, at=at, note=row.get("note", ""), **said)
    confirm_range(held, by=by, at=at)
    return True


def _said(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "analyte": row["analyte"],
        "unit": row.get("unit", ""),
        "sex": row.get("sex", ""),
        "low": _number(row.get("low", "")),
        "high": _number(row.get("high", "")),
        "valid_from": _day(row["valid_from"]),
        "valid_to": _day(row["valid_to"]) if row.get("valid_to") else None,
    }


def _number(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation as fault:
        raise Refusal(sentence(N_("%(text)s is not a number. Write it with a point."), text=text)) from fault
    if not number.is_finite():
        raise Refusal(sentence(N_("%(text)s is not a number. Write it with a point."), text=text))
    return number


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Refusal(sentence(N_("%(text)s is not a day. Write it as 2025-03-31."), text=text)) from fault
