"""What a report is: a picture, tables, and what a reader should know. Page, PDF and CSV are folds over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString

from accounts.models import Site, User
from casebook.words import day_in_words
from protocol.words import N_

WIDE = 8  # columns
EMPTY_PICTURE = SafeString("")
READ_WITHOUT_ARM = N_(
    "Read without the forms that tell an arm, because you may not know the arms of all these subjects. Read with them, the figures can differ."
)


@dataclass(frozen=True)
class Link:
    """Words, or a number, that lead to the list behind them."""

    text: str | int
    url: str


@dataclass(frozen=True)
class Month:
    """A month, which a person reads in words and a table file keeps as 2025-03."""

    iso: str

    def __str__(self) -> str:
        return day_in_words(self.iso)


Cell = str | int | Link | Month


@dataclass(frozen=True)
class Column:
    """The head of a column; numbers stand to the right, sentences ask for room."""

    title: str
    is_number: bool = False
    is_long: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of a report. What it says is the caption."""

    name: str
    says: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    @property
    def is_wide(self) -> bool:
        """Whether it asks on paper for the long side of the page."""
        return len(self.columns) >= WIDE

    @property
    def lines(self) -> Iterator[list[tuple[Cell, bool]]]:
        """Yield each row as its cells, and whether each is a number."""
        for row in self.rows:
            yield [(cell, column.is_number) for cell, column in zip(row, self.columns, strict=True)]

    def plain(self) -> Iterator[list[str | int]]:
        """Yield each row as a table file keeps it."""
        for row in self.rows:
            yield [_kept(cell) for cell in row]


def _kept(cell: Cell) -> str | int:
    match cell:
        case Link():
            return cell.text
        case Month():
            return cell.iso
        case _:
            return cell


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report. Without a subject to speak of, `empty` says what will stand here."""

    title: str
    says: str = ""
    picture: SafeString = EMPTY_PICTURE
    narrow_picture: SafeString = EMPTY_PICTURE  # in its place on a narrow screen
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    empty: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether any of its tables is."""
        return any(table.is_wide for table in self.tables)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a reader asks for: whose figures, by the data up to which day, pooled or by arm."""

    user: User
    sites: list[Site]  # those whose figures are shown
    choices: list[Site]  # those the reader may choose from
    site: Site | None
    cut_on: date
    cut_text: str
    at: datetime
    by_arm: bool = False
    may_compare: bool = False  # outcomes of the arms
    may_see_arms: bool = False  # of single subjects
    may_know_arms: bool = False  # what can happen in one arm only
    refused: str = ""

    @property
    def query(self) -> str:
        """Return the question as an address keeps it."""
        return f"{self.pooled_query}&by=arm" if self.by_arm else self.pooled_query

    @property
    def pooled_query(self) -> str:
        """Return the question without its groups, for a report that may know none."""
        return f"cut={self.cut_on.isoformat()}&site={self.site.pk if self.site else 0}"
