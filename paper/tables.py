"""Writes tables as CSV: UTF-8, composed characters, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from unicodedata import is_normalized, normalize

BOM: Final = "\ufeff"  # Excel takes UTF-8 for something else without it
# A spreadsheet calculates a cell that begins so; the wide signs are those of Chinese and Japanese input methods.
DANGEROUS: Final = frozenset("=+-@\t\r\n＝＋－＠")
# How a cell that begins so may stand in written lines, quoted or not; what ends a line is quoted where it begins a cell.
DANGEROUS_IN_LINES: Final = {
    sign: tuple(f"{before}{sign}" for before in (',"', '\n"', *(() if sign in "\r\n" else (",", "\n"))))
    for sign in sorted(DANGEROUS)
}
LOOKED_AT_ONCE: Final = 200
A_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Joined:
    """Rows whose cells come as one text each, with `mark` between them, which no cell may hold."""

    texts: Iterable[str]
    mark: str

    def __iter__(self) -> Iterator[list[str]]:
        return (text.split(self.mark) for text in self.texts)


class _Through:
    """A file that hands back what is written to it, so that the writer of the library gives lines."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_lines(header: Iterable[object], rows: Iterable[Iterable[object]], *, bom: bool = False) -> Iterator[str]:
    """Yield the header and each row as one line, quoted where needed; nothing is held back for later rows.

    None is an empty cell. `bom` puts the mark first by which Excel knows UTF-8.
    """
    head = [harmless(cell) for cell in header]
    write = csv.writer(_Through()).writerow
    yield f"{BOM if bom else ''}{write(head)}"
    yield from _joined_lines(rows, len(head), write) if isinstance(rows, Joined) else _lines(rows, write)


def _lines(rows: Iterable[Iterable[object]], write: Callable[[Sequence[object]], Any]) -> Iterator[str]:
    for row in rows:
        cells = row if isinstance(row, list | tuple) else list(row)
        line = write(cells)
        # One look at the line: a call for each of its cells would cost more than all the rest.
        yield line if _are_harmless(f"\n{line}") else write([harmless(cell) for cell in cells])


def _joined_lines(rows: Joined, count: int, write: Callable[[Sequence[object]], Any]) -> Iterator[str]:
    """Yield a line for each text. Raises ValueError where a text has another count of cells."""
    texts = iter(rows.texts)
    while some := list(islice(texts, LOOKED_AT_ONCE)):
        lines = [f"{text.replace(rows.mark, ',')}\r\n" for text in some]
        if _stand_as_joined(lines, count):
            yield from lines
            continue
        for text, line in zip(some, lines, strict=True):
            yield line if _stand_as_joined([line], count) else write(_harmless_cells(text, rows.mark, count))


def _stand_as_joined(lines: Sequence[str], count: int) -> bool:
    """Whether the lines are surely what would be written: so many cells, none quoted, none changed by `harmless`."""
    said = "\n" + "".join(lines)
    return (
        # Not a comma more than between the cells, so that no cell holds one, or the mark.
        said.count(",") == (count - 1) * len(lines) > 0
        and said.count("\r") == said.count("\n") - 1 == len(lines)
        and '"' not in said
        and _are_harmless(said)
    )


def _harmless_cells(text: str, mark: str, count: int) -> list[str]:
    cells = text.split(mark)
    if len(cells) != count:
        raise ValueError(f"Expected {count} cells in a row, got {len(cells)}.")
    return [harmless(cell) for cell in cells]


def _are_harmless(said: str) -> bool:
    """Whether `harmless` would surely leave each cell of written lines as it is; a line break stands before the first."""
    return (said.isascii() or is_normalized("NFC", said)) and not any(
        sign in said and any(begin in said for begin in beginnings) for sign, beginnings in DANGEROUS_IN_LINES.items()
    )


def harmless(cell: object) -> str:
    """Return the cell as text that no spreadsheet takes for a formula; a number stays the number it is."""
    if cell is None:
        return ""
    text = cell if isinstance(cell, str) else str(cell)
    if not text.isascii():
        text = normalize("NFC", text)
    if text[:1] in DANGEROUS and not A_NUMBER.fullmatch(text):
        return f"'{text}"
    return text
