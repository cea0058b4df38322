"""The smallest words: codes and their lists, references to items, conditions, reasons for a missing value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protocol.words import N_, Sentence


class Missing(StrEnum):
    """Why an item has no value although somebody looked."""

    NOT_DONE = "not done"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """HARD refuses what is impossible; SOFT keeps what is implausible and opens a query."""

    HARD = "hard"
    SOFT = "soft"


class Which(StrEnum):
    """Which form of another CRF a reference means."""

    SAME_FORM = "same form"
    SAME_VISIT = "same visit"
    FIRST = "first"
    LATEST = "latest"


@dataclass(frozen=True)
class Ref:
    """A pointer to an item: in the same form when `crf` is empty."""

    item: str
    crf: str = ""
    which: Which = Which.SAME_FORM


@dataclass(frozen=True)
class Code:
    """One entry of a code list: the stored value, the words a person reads, and what a long list groups it under."""

    value: str
    title: str
    group: str = ""


@dataclass(frozen=True)
class CodeList:
    """Codes in the order they are offered, with source and edition."""

    name: str
    codes: tuple[Code, ...]
    source: str
    file: str = ""  # where a list too long for a document can be read
    search_words: tuple[tuple[str, str], ...] = ()  # what people call an entry: word and stored value

    def title_of(self, value: str) -> str:
        """Return the words for a stored value. Raises KeyError for a value that is not on the list."""
        return {code.value: code.title for code in self.codes}[value]

    def term(self, value: str) -> Sentence:
        """Return the words for a stored value as a part of a sentence; a value that is not on the list as it is."""
        return Sentence(next((code.title for code in self.codes if code.value == value), value))

    def __contains__(self, value: object) -> bool:
        return any(code.value == value for code in self.codes)


@dataclass(frozen=True)
class When:
    """A condition on other answers of the same row or form: the item holds one of the values."""

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class WhenRecord:
    """A condition on the rest of the casebook: the item referred to holds one of the values."""

    ref: Ref
    values: tuple[str, ...]


YES = Code("Y", N_("Yes"))
NO = Code("N", N_("No"))
YES_NO = CodeList("yes-no", (YES, NO), "CDISC CT C66742")
