"""What is to be imported: a file, its mapping and what was declared for this run, read whole or refused whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass

from audit.decision import Refusal
from casebook.imports.report import Entry, ImportRefused, Kind, Report, refusal_of, refused
from casebook.imports.rows import Reading
from casebook.imports.source import Source, decoded, read_source
from casebook.mapping import Mapping, MappingRefused, read_mapping
from casebook.mapping_checks import demand_fit
from protocol.trial import TRIAL
from protocol.words import N_, sentence

IN_MAPPING = "[mapping]"  # where the report says a fault of the mapping stands; no column of a file is called so


@dataclass(frozen=True, kw_only=True)
class Order:
    """A file with its mapping: readable, fitting the trial and each other."""

    file_name: str
    content_hash: str  # of the bytes of the file
    mapping_text: str
    declared: Table[str, str]
    mapping: Mapping
    source: Source

    def reading(self) -> Reading:
        """Return a fresh reading of the rows."""
        return Reading(self.mapping, TRIAL, self.declared)


def declared_once(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the declarations by name. Raises Refusal where a name is given twice: which one counts, nobody said."""
    declared: dict[str, str] = {}
    for name, value in said:
        if name in declared:
            raise Refusal(sentence(N_("%(name)s is declared twice; declare it once."), name=name))
        declared[name] = value
    return declared


def read_order(content: bytes, mapping_text: str, *, file_name: str, declared: Table[str, str]) -> Order:
    """Return what is to be imported. Raises ImportRefused with everything that is wrong."""
    try:
        mapping = read_mapping(mapping_text)
        demand_fit(mapping, TRIAL)
        _demand_asked(mapping, declared)
        Reading(mapping, TRIAL, declared)  # every constant is read before the first row is
    except MappingRefused as refused:
        raise _said_of_the_mapping(refused) from refused
    text = decoded(content, encoding=mapping.encoding)
    return _order(content, text, mapping, mapping_text, file_name=file_name, declared=declared)


def kept_order(text: str, mapping_text: str, *, file_name: str, content_hash: str, declared: Table[str, str]) -> Order:
    """Return an order again from what its batch kept. Raises ImportRefused where the trial has changed since."""
    try:
        mapping = read_mapping(mapping_text)
        demand_fit(mapping, TRIAL)
    except MappingRefused as refused:
        raise _said_of_the_mapping(refused) from refused
    return Order(
        file_name=file_name,
        content_hash=content_hash,
        mapping_text=mapping_text,
        declared=declared,
        mapping=mapping,
        source=read_source(text, mapping),
    )


def _order(
    content: bytes, text: str, mapping: Mapping, mapping_text: str, *, file_name: str, declared: Table[str, str]
) -> Order:
    return Order(
        file_name=file_name,
        content_hash=hashlib.sha256(content).hexdigest(),
        mapping_text=mapping_text,
        declared=declared,
        mapping=mapping,
        source=read_source(text, mapping),
    )


def _demand_asked(mapping: Mapping, declared: Table[str, str]) -> None:
    asked = {name for name, _question in mapping.asked}
    message = N_("The mapping does not ask for %(name)s; leave it out, or correct its name.")
    if strange := [name for name in declared if name not in asked]:
        raise refusal_of(*(refused(message, column=IN_MAPPING, value=name, name=name) for name in strange))


def _said_of_the_mapping(refused: MappingRefused) -> ImportRefused:
    report = Report()
    report.add(Entry(kind=Kind.REFUSED, sentence=fault, column=IN_MAPPING) for fault in refused.faults)
    return ImportRefused(report)
