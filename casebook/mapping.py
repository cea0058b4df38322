"""The words of an import: which column of a file is which item, in which unit. What a mapping adds is declared."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from audit.decision import Refusal
from protocol.words import N_, Param, Sentence, sentence

ASKED = "$"  # a constant "$name" is answered when the import is run

SOURCE_WORDS = frozenset({"name", "title", "key", "site", "encoding", "delimiter", "ignore"})
FORM_WORDS = frozenset({"crf", "visit", "repeat", "complete", "constants"})
COLUMN_WORDS = frozenset({"form", "item", "unit", "units", "unit_column", "codes"})
RANGE_WORDS = frozenset({"from", "below", "unit"})
TABLES = frozenset({"source", "asked", "forms", "columns"})


class MappingRefused(Refusal):
    """A mapping that cannot be used; every fault has its sentence."""

    def __init__(self, faults: tuple[Sentence, ...]) -> None:
        super().__init__(faults[0])
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class UnitRange:
    """The unit of those values of a column that lie from (inclusive) to below (exclusive) two numbers."""

    unit: str
    at_least: Decimal | None = None
    below: Decimal | None = None

    def holds(self, number: Decimal) -> bool:
        """Whether a value is declared to be in this unit."""
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)


@dataclass(frozen=True, kw_only=True)
class ColumnPlan:
    """Where a column goes. `codes` maps the file's codes to ours; ours empty: the file says nothing about the item."""

    column: str
    form: str
    path: str
    unit: str = ""
    units: tuple[UnitRange, ...] = ()
    unit_column: str = ""
    codes: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, kw_only=True)
class FormPlan:
    """One form that each row fills in. `complete`: as far as the file goes; what it lacks is queried."""

    name: str
    crf: str
    visit: str = ""
    repeat: int = 1
    complete: bool = False
    constants: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A whole mapping, frozen. It converts nothing: a value stays as it stands in the file."""

    source: str
    title: str
    key: str
    site: str
    encoding: str
    delimiter: str
    ignore: frozenset[str]
    asked: tuple[tuple[str, str], ...]
    forms: tuple[FormPlan, ...]
    columns: tuple[ColumnPlan, ...]

    def form(self, name: str) -> FormPlan:
        """Return the plan of a form. Raises KeyError."""
        return {form.name: form for form in self.forms}[name]

    @property
    def known_columns(self) -> frozenset[str]:
        """Every column that the mapping expects in the file, the ignored ones apart."""
        units = {column.unit_column for column in self.columns if column.unit_column}
        return frozenset({self.key, *units, *(column.column for column in self.columns)})


def read_mapping(text: str) -> Mapping:
    """Return the mapping that a TOML text says. Raises MappingRefused with a sentence for each fault of its writing."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise MappingRefused((sentence(N_("The mapping is not a TOML file: %(fault)s."), fault=str(fault)),)) from fault
    if faults := tuple(_faults_of_shape(said)):
        raise MappingRefused(faults)
    try:
        return _mapping(said)
    except (TypeError, ValueError, InvalidOperation, AttributeError) as fault:
        message = N_("The mapping holds a value of the wrong kind: %(fault)s.")
        raise MappingRefused((sentence(message, fault=str(fault)),)) from fault


def _mapping(said: Table[str, Any]) -> Mapping:
    source = said["source"]
    return Mapping(
        source=_text(source["name"]),
        title=_text(source.get("title", source["name"])),
        key=_text(source["key"]),
        site=_text(source["site"]),
        encoding=_text(source.get("encoding", "utf-8")),
        delimiter=_text(source.get("delimiter", ",")),
        ignore=frozenset(_text(name) for name in source.get("ignore", ())),
        asked=tuple((name, _text(question)) for name, question in said.get("asked", {}).items()),
        forms=tuple(_form(name, plan) for name, plan in said["forms"].items()),
        columns=tuple(_column(name, plan) for name, plan in _columns(said["columns"])),
    )


def _form(name: str, plan: Table[str, Any]) -> FormPlan:
    return FormPlan(
        name=name,
        crf=_text(plan.get("crf", name)),
        visit=_text(plan.get("visit", "")),
        repeat=int(plan.get("repeat", 1)),
        complete=_flag(plan.get("complete", False)),
        constants=tuple((path, _text(value)) for path, value in plan.get("constants", {}).items()),
    )


def _column(name: str, plan: Table[str, Any]) -> ColumnPlan:
    codes = plan.get("codes")
    return ColumnPlan(
        column=name,
        form=_text(plan["form"]),
        path=_text(plan["item"]),
        unit=_text(plan.get("unit", "")),
        units=tuple(_range(said) for said in plan.get("units", ())),
        unit_column=_text(plan.get("unit_column", "")),
        codes=None if codes is None else tuple((file, _text(ours)) for file, ours in codes.items()),
    )


def _range(said: Table[str, Any]) -> UnitRange:
    low, high = said.get("from"), said.get("below")
    return UnitRange(
        unit=_text(said["unit"]),
        at_least=None if low is None else Decimal(str(low)),
        below=None if high is None else Decimal(str(high)),
    )


def _text(value: object) -> str:
    # A date or a number of TOML is said as it is written; a table or a list is no value, a NUL cannot be kept.
    if isinstance(value, dict | list):
        raise TypeError(str(value))
    if "\0" in (text := str(value)):
        raise ValueError(text.replace("\0", "\\u0000"))
    return text


def _flag(value: object) -> bool:
    # "false" in quotes would otherwise complete a form that was not to be completed.
    if not isinstance(value, bool):
        raise TypeError(f"{value} (expected true or false, without quotes)")
    return value


def _columns(said: Table[str, Any]) -> Iterator[tuple[str, Table[str, Any]]]:
    """Yield each plan with its column; one column may answer several items, as an array of tables."""
    for name, plans in said.items():
        for plan in plans if isinstance(plans, list) else [plans]:
            yield name, plan


def _faults_of_shape(said: Table[str, Any]) -> Iterator[Sentence]:
    yield from _unknown_words(said, TABLES, place="TOML")
    for name in ("source", "forms", "columns"):
        if not isinstance(said.get(name), dict) or not said[name]:
            yield _fault(N_("The mapping has no table [%(name)s]."), name=name)
            return
    yield from _unknown_words(said["source"], SOURCE_WORDS, place="source")
    yield from _needed_words(said["source"], ("name", "key", "site"), place="source")
    for name, plan in said["forms"].items():
        yield from _unknown_words(plan, FORM_WORDS, place=f"forms.{name}")
    for name, plan in _columns(said["columns"]):
        yield from _unknown_words(plan, COLUMN_WORDS, place=f"columns.{name}")
        yield from _needed_words(plan, ("form", "item"), place=f"columns.{name}")
        yield from _faults_of_ranges(name, plan)


def _faults_of_ranges(name: str, plan: object) -> Iterator[Sentence]:
    for said in plan.get("units", ()) if isinstance(plan, dict) else ():
        yield from _unknown_words(said, RANGE_WORDS, place=f"columns.{name}.units")
        yield from _needed_words(said, ("unit",), place=f"columns.{name}.units")


def _unknown_words(table: object, known: frozenset[str], *, place: str) -> Iterator[Sentence]:
    if not isinstance(table, dict):
        yield _fault(N_("In the mapping, [%(place)s] is not a table."), place=place)
        return
    for word in table.keys() - known:
        message = N_("In the mapping, [%(place)s] has an unknown word “%(word)s”; known are: %(known)s.")
        yield _fault(message, place=place, word=word, known=tuple(sorted(known)))


def _needed_words(table: object, needed: tuple[str, ...], *, place: str) -> Iterator[Sentence]:
    for word in needed:
        if isinstance(table, dict) and not table.get(word):
            yield _fault(N_("In the mapping, [%(place)s] does not say its “%(word)s”."), place=place, word=word)


def _fault(message: str, **params: Param) -> Sentence:
    return sentence(message, **params)
