"""What an import has to say: row, column, value and a sentence for everything refused, doubtful or declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from audit.decision import Refusal
from protocol.words import N_, Sentence, sentence

# What a run counts, in the order it is read.
COUNTED = (
    "rows",
    "subjects added",
    "subjects known",
    "forms saved",
    "forms unchanged",
    "values saved",
    "queries opened",
    "queries closed",
)
MOST_ENTRIES_KEPT = 2000  # a file wrong from end to end must not fill memory and page; the counts go on
MOST_SHOWN_OF_VALUE = 80


class Kind(StrEnum):
    """REFUSED: nothing is saved. DOUBTFUL: saved and queried, or kept as a person had corrected it. DECLARED: summary."""

    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    DECLARED = "declared"
    NOTED = "noted"


KIND_TITLES: Mapping[Kind, str] = {
    Kind.REFUSED: N_("Refused"),
    Kind.DOUBTFUL: N_("Doubtful"),
    Kind.DECLARED: N_("Declared by the mapping"),
    Kind.NOTED: N_("Noted"),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the report. `row` counts as a spreadsheet does: the header is row 1; 0 is the file as a whole."""

    kind: Kind
    sentence: Sentence
    row: int = 0
    key: str = ""
    column: str = ""
    value: str = ""
    times: int = 1

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "kind": self.kind.value,
            "sentence": self.sentence.to_json(),
            "row": self.row,
            "key": self.key,
            "column": self.column,
            "value": self.value,
            "times": self.times,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Entry:
        """Return the entry that `to_json` stored."""
        words = {"kind": Kind(kept["kind"]), "sentence": Sentence.from_json(kept["sentence"])}
        return cls(**{**kept, **words})


@dataclass
class Report:
    """The entries of one run and its counts. Grows while the run goes on."""

    entries: list[Entry] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, entries: Iterable[Entry]) -> None:
        """Take up entries; beyond MOST_ENTRIES_KEPT they are only counted."""
        for entry in entries:
            self.counts[entry.kind.value] += 1
            if len(self.entries) < MOST_ENTRIES_KEPT:
                self.entries.append(entry)

    def count(self, name: str, by: int = 1) -> None:
        """Count something that the run did."""
        self.counts[name] += by

    def of(self, kind: Kind) -> list[Entry]:
        """Return the entries of a kind, in the order of the file."""
        return sorted((entry for entry in self.entries if entry.kind is kind), key=_place)

    @property
    def is_refused(self) -> bool:
        """Whether anything was refused, so that nothing may be saved."""
        return self.counts[Kind.REFUSED.value] > 0

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"entries": [entry.to_json() for entry in self.entries], "counts": dict(self.counts)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Report:
        """Return the report that `to_json` stored."""
        entries = [Entry.from_json(entry) for entry in kept.get("entries", ())]
        return cls(entries=entries, counts=Counter(kept.get("counts", {})))


def _place(entry: Entry) -> tuple[int, str, str, str]:
    return entry.row, entry.column, entry.value, entry.sentence.english()


class ImportRefused(Refusal):
    """Something in the file was refused; nothing was saved. The report says what."""

    def __init__(self, report: Report) -> None:
        count, first = report.counts[Kind.REFUSED.value], report.of(Kind.REFUSED)[0].sentence
        message = N_("Nothing was imported; %(count)s refused. The first: %(first)s")
        super().__init__(first if count == 1 else sentence(message, count=count, first=first))
        self.report = report


def refused(message: str, *, row: int = 0, key: str = "", column: str = "", value: str = "", **params: Any) -> Entry:
    """Return an entry that refuses the import."""
    words = sentence(message, **params)
    return Entry(kind=Kind.REFUSED, sentence=words, row=row, key=key, column=column, value=shortened(value))


def refusal_of(*entries: Entry) -> ImportRefused:
    """Return the refusal for these entries alone."""
    report = Report()
    report.add(entries)
    return ImportRefused(report)


def shortened(value: str) -> str:
    """Return a value short enough for a line of the report."""
    return value if len(value) <= MOST_SHOWN_OF_VALUE else value[: MOST_SHOWN_OF_VALUE - 1] + "…"
