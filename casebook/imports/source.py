"""Reading a file of rows: whole and well-formed, or refused with a sentence that says where and what to do."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass

from casebook.imports.report import Entry, ImportRefused, Report, refusal_of, refused
from casebook.mapping import Mapping
from protocol.words import N_, Param, sentence

MOST_BYTES = 5 * 1024 * 1024
MOST_COLUMNS = 500
MOST_ROWS = 5000
MOST_OF_KEY = 60  # characters
MOST_NAMED = 8  # columns named in one sentence


@dataclass(frozen=True)
class Row:
    """One row of the file; the header is row 1."""

    number: int
    key: str
    cells: Table[str, str]


@dataclass(frozen=True)
class Source:
    """A file that was read whole: the text as decoded, and its rows."""

    text: str
    rows: tuple[Row, ...]


def decoded(content: bytes, *, encoding: str) -> str:
    """Return the text of a file, without a byte order mark. Raises ImportRefused."""
    if len(content) > MOST_BYTES:
        message = N_("The file has %(size)s bytes; an import takes at most %(most)s. Split it.")
        raise refusal_of(refused(message, size=len(content), most=MOST_BYTES))
    try:
        text = content.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except UnicodeError as fault:
        start = getattr(fault, "start", 0)
        line = content[:start].count(b"\n") + 1
        message = N_("The file is not written in %(encoding)s (byte %(byte)s). Name its encoding in the mapping.")
        raise refusal_of(refused(message, row=line, encoding=encoding, byte=start)) from fault
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise refusal_of(refused(N_("The file holds a NUL byte: it is no text, or in another encoding."), row=line))
    if not text.strip():
        raise refusal_of(refused(N_("The file is empty.")))
    return text


def read_source(text: str, mapping: Mapping) -> Source:
    """Return the rows of a decoded file. Raises ImportRefused with everything that is wrong with its shape."""
    lines = _lines(text, mapping.delimiter)
    _, header = next(lines)
    demand_columns(header, mapping)
    report, rows = Report(), []
    for number, cells in lines:
        if number > MOST_ROWS + 1:
            message = N_("The file has more than %(most)s rows; split it.")
            raise refusal_of(refused(message, row=number, most=MOST_ROWS))
        if len(cells) == len(header):
            table = dict(zip(header, cells, strict=True))
            rows.append(Row(number, table[mapping.key].strip(), table))
        else:
            message = N_("The row has %(cells)s cells where the header has %(header)s; the file may have been cut off.")
            report.add([refused(message, row=number, cells=len(cells), header=len(header))])
    report.add(_faults_of_keys(rows, mapping))
    if not rows and not report.is_refused:
        report.add([refused(N_("The file has a header, but no row."))])
    if report.is_refused:
        raise ImportRefused(report)
    return Source(text, tuple(rows))


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            if cells:  # an empty line is no row
                yield number, cells
    except csv.Error as fault:
        message = N_("The file cannot be read from here on (%(fault)s); it may have been cut off.")
        raise refusal_of(refused(message, row=number + 1, fault=str(fault))) from fault


def demand_columns(header: list[str], mapping: Mapping) -> None:
    """Raise ImportRefused unless the header has every mapped column once and none that the mapping does not know."""
    report = Report()
    if len(header) > MOST_COLUMNS:
        message = N_("The file has %(count)s columns; an import takes at most %(most)s.")
        raise refusal_of(refused(message, row=1, count=len(header), most=MOST_COLUMNS))
    if len(header) == 1 and len(mapping.known_columns) > 1:
        message = N_("The first row is a single cell; its cells are perhaps not separated by “%(delimiter)s”.")
        raise refusal_of(refused(message, row=1, value=header[0], delimiter=mapping.delimiter))
    report.add(_faults_of_header(header, mapping))
    if report.is_refused:
        raise ImportRefused(report)


def _faults_of_header(header: list[str], mapping: Mapping) -> Iterator[Entry]:
    for name, count in Counter(header).items():
        if count > 1:
            yield refused(N_("The column stands %(count)s times in the header."), row=1, column=name, count=count)
    if any(not name.strip() for name in header):
        yield refused(N_("A column of the header has no name."), row=1)
    if unknown := [name for name in header if name not in mapping.known_columns | mapping.ignore]:
        message = N_("The mapping neither uses nor ignores these columns of the file: %(names)s.")
        yield refused(message, row=1, column=unknown[0], names=_named(unknown))
    if absent := sorted(mapping.known_columns - set(header)):
        message = N_("The file does not have these columns of the mapping: %(names)s.")
        yield refused(message, row=1, column=absent[0], names=_named(absent))


def _named(names: list[str]) -> tuple[Param, ...]:
    more = len(names) - MOST_NAMED
    return (*names[:MOST_NAMED], *((sentence(N_("and %(count)s more"), count=more),) if more > 0 else ()))


def _faults_of_keys(rows: list[Row], mapping: Mapping) -> Iterator[Entry]:
    first: dict[str, int] = {}
    for row in rows:
        if not row.key:
            yield refused(
                N_("The row has no key; a row without one cannot be known again."), row=row.number, column=mapping.key
            )
        elif len(row.key) > MOST_OF_KEY:
            message = N_("The key has %(count)s characters; a key has at most %(most)s.")
            yield refused(
                message, row=row.number, column=mapping.key, value=row.key, count=len(row.key), most=MOST_OF_KEY
            )
        elif row.key in first:
            message = N_("The key stands in row %(first)s already; one row is one subject.")
            yield refused(message, row=row.number, key=row.key, column=mapping.key, value=row.key, first=first[row.key])
        else:
            first[row.key] = row.number
