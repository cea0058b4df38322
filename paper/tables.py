"""Writes tables as CSV: UTF-8, composed characters, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import normalize

BOM: Final = "\ufeff"  # Excel takes UTF-8 for something else without it
# A spreadsheet calculates a cell that begins so; the wide signs are those of Chinese and Japanese input methods.
DANGEROUS: Final = frozenset("=+-@\t\r\n＝＋－＠")
A_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


class _Through:
    """A file that hands back what is written to it, so that the writer of the library gives lines."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_lines(header: Iterable[object], rows: Iterable[Iterable[object]], *, bom: bool = False) -> Iterator[str]:
    """Yield the header and each row as one line, quoted where needed; nothing is held back for later rows.

    None is an empty cell. `bom` puts the mark first by which Excel knows UTF-8.
    """
    writer = csv.writer(_Through())
    first = writer.writerow([harmless(cell) for cell in header])
    yield f"{BOM}{first}" if bom else f"{first}"
    for row in rows:
        # Most cells of a dataset are empty, and a call for each of them would cost more than all the rest.
        yield writer.writerow([cell if cell is None or cell == "" else harmless(cell) for cell in row])


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
