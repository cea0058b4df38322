"""Reads a CSV file of laboratories and reference ranges, and takes it in through the door: all of it or nothing.

Whoever sets the system up loads it confirmed. A data manager first sees what each row would do; what is then taken in
are proposals, which a principal investigator confirms.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.decision import Refusal
from audit.door import as_actor
from audit.numbers import number_typed
from casebook.actions.reference import add_laboratory, confirm_range, correct_range, propose_range
from casebook.models import Laboratory, ReferenceRange
from casebook.rules.reference import is_known
from protocol.reading_numbers import NumberUnreadable, read_number
from protocol.words import N_, Sentence, sentence

COLUMNS = (
    "laboratory",
    "analyte",
    "method",
    "sex",
    "age_from",
    "age_to",
    "unit",
    "low",
    "high",
    "valid_from",
    "valid_to",
    "note",
    "reason",
)
NOT_READ = ("state",)  # written by the list for people
NEEDED = ("laboratory", "analyte", "valid_from")
MOST_ROWS = 5000
LONGEST = {
    name: getattr(ReferenceRange._meta.get_field(name), "max_length", 0)
    for name in ("analyte", "unit", "method", "sex", "note", "reason")
} | {"laboratory": getattr(Laboratory._meta.get_field("code"), "max_length", 0)}
OLDEST = 130
DIGITS_KEPT = 5  # behind the point, as the column of a limit has them
TOO_LARGE = Decimal(10**9)


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


class Does(StrEnum):
    """What a row does."""

    ADDS = "range added"
    CHANGES = "range changed"
    KNOWN = "range known"
    REFUSED = "row refused"


@dataclass(frozen=True)
class Row:
    """What one row of the file does, or why it is refused. Equal in every column but note and reason: known."""

    line: int
    values: Mapping[str, str]
    does: Does
    held: ReferenceRange | None = None
    why: Sentence | None = None


@dataclass(frozen=True)
class Loaded:
    """What every row did, and the codes of laboratories that nobody had before."""

    rows: tuple[Row, ...]
    new_laboratories: frozenset[str] = frozenset()

    def count(self, does: Does) -> int:
        """Return how many rows did this."""
        return sum(row.does == does for row in self.rows)

    @property
    def added(self) -> int:
        """How many ranges were added, new or in place of another."""
        return self.count(Does.ADDS) + self.count(Does.CHANGES)

    @property
    def known(self) -> int:
        """How many stood there already, equal in every column."""
        return self.count(Does.KNOWN)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong, line by line."""
        return tuple(Fault(row.line, row.why) for row in self.rows if row.why)

    @property
    def proposed(self) -> tuple[ReferenceRange, ...]:
        """Return the ranges that the file brought."""
        return tuple(row.held for row in self.rows if row.held)


def load_ranges(content: bytes, *, by: User, at: datetime) -> Loaded:
    """Take in the file, proposed and confirmed by `by`, in one transaction. Raises FileRefused with every fault."""
    with as_actor(by):
        loaded = propose_ranges(content, by=by, at=at)
        for held in loaded.proposed:
            confirm_range(held, by=by, at=at)
    return loaded


def propose_ranges(content: bytes, *, by: User, at: datetime) -> Loaded:
    """Take in the file as proposals, in one transaction. Raises FileRefused with every fault."""
    with as_actor(by):
        loaded = tried_ranges(content, by=by, at=at)
        if loaded.faults:
            raise FileRefused(loaded.faults)
    return loaded


def tried_ranges(content: bytes, *, by: User, at: datetime) -> Loaded:
    """Propose what can be proposed and say of every row what it does; whoever asks keeps it or takes it back."""
    rows = tuple(_rows(content))
    codes = {row["laboratory"] for _line, row in rows if row["laboratory"]}
    known = set(Laboratory.objects.filter(code__in=codes).values_list("code", flat=True))
    return Loaded(tuple(_tried(line, row, by=by, at=at) for line, row in rows), frozenset(codes - known))


def _tried(line: int, row: Mapping[str, str], *, by: User, at: datetime) -> Row:
    try:
        with transaction.atomic():
            return _taken_in(line, row, by=by, at=at)
    except Refusal as refusal:
        return Row(line, row, Does.REFUSED, why=refusal.sentence)


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
    if strange := [name for name in names if name not in (*COLUMNS, *NOT_READ)]:
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


def _taken_in(line: int, row: Mapping[str, str], *, by: User, at: datetime) -> Row:
    for name in NEEDED:
        if not row[name]:
            raise Refusal(sentence(N_("There is no value in column %(column)s."), column=name))
    _check_lengths(row)
    said = _said(row)
    if not (decision := is_known(said["analyte"], said["unit"])):
        raise Refusal.of(decision)
    laboratory = Laboratory.objects.filter(code=row["laboratory"]).first()
    if laboratory is None:
        laboratory = add_laboratory(None, by=by, at=at, code=row["laboratory"], name=row["laboratory"])
    same = ReferenceRange.objects.filter(laboratory=laboratory, left_at__isnull=True)
    if same.filter(**said).exists():
        return Row(line, row, Does.KNOWN)
    note = row.get("note", "")
    limits = {name: said.pop(name) for name in ("low", "high", "valid_to")}
    earlier = same.filter(**said, confirmed_at__isnull=False).select_related("laboratory").first()
    if earlier is None:
        held = propose_range(laboratory, by=by, at=at, note=note, **said, **limits)
        return Row(line, row, Does.ADDS, held)
    held = correct_range(earlier, by=by, at=at, reason=row.get("reason", ""), note=note, **limits)
    return Row(line, row, Does.CHANGES, held)


def _check_lengths(row: Mapping[str, str]) -> None:
    for name, most in LONGEST.items():
        if len(row.get(name, "")) > most:
            raise Refusal(
                sentence(N_("Column %(column)s holds more than %(most)s characters."), column=name, most=most)
            )


def _said(row: Mapping[str, str]) -> dict[str, Any]:
    return {
        "analyte": row["analyte"],
        "unit": row.get("unit", ""),
        "method": row.get("method", ""),
        "sex": row.get("sex", ""),
        "age_from": _age(row.get("age_from", "")),
        "age_to": _age(row.get("age_to", "")),
        "low": _number(N_("Lower limit"), row.get("low", "")),
        "high": _number(N_("Upper limit"), row.get("high", "")),
        "valid_from": _day(row["valid_from"]),
        "valid_to": _day(row["valid_to"]) if row.get("valid_to") else None,
    }


def _age(text: str) -> int | None:
    if not text:
        return None
    if (age := number_typed(text, otherwise=OLDEST + 1)) > OLDEST:
        raise Refusal(sentence(N_("%(text)s is not an age in whole years."), text=text))
    return age


def _number(title: str, text: str) -> Decimal | None:
    if not text:
        return None
    try:
        _none, value = read_number(text, decimals=DIGITS_KEPT, comparators=False)
    except NumberUnreadable as fault:
        raise Refusal(sentence(fault.message, title=Sentence(title), **fault.params)) from fault
    if abs(number := Decimal(value)) >= TOO_LARGE:
        raise Refusal(sentence(N_("%(text)s is too large for a limit."), text=text))
    return number


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Refusal(sentence(N_("%(text)s is not a day. Write it as 2025-03-31."), text=text)) from fault
