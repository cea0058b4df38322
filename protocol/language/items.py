"""Items, sections and CRFs: what a form asks, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache

from protocol.language.checks import Check
from protocol.language.codes import CodeList, Missing, When, WhenRecord

ALL_MISSING = (Missing.NOT_DONE, Missing.NOT_APPLICABLE, Missing.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of a CRF. `required` is asked at completion only; an item not shown is not asked.

    `required_when` narrows `required` to the rows or forms where it holds.
    """

    name: str
    title: str
    help: str = ""
    source: str = ""
    required: bool = True
    required_when: When | None = None
    shown_when: When | None = None
    missing: tuple[Missing, ...] = ALL_MISSING
    missing_needs_reason: bool = False
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Date(Item):
    """A whole calendar day."""


@dataclass(frozen=True, kw_only=True)
class PartialDate(Item):
    """A day, a month or a year, as far as it is known."""


@dataclass(frozen=True, kw_only=True)
class Moment(Item):
    """A day and a time of day at the site, to the minute: 2025-03-31T14:05."""


@dataclass(frozen=True, kw_only=True)
class Number(Item):
    """A number in one of `units` (the first is offered; empty: a pure number). `analyte` names its reference range."""

    units: tuple[str, ...] = ()
    decimals: int | None = None
    analyte: str = ""
    comparators: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice(Item):
    """One code of a list."""

    codes: CodeList


@dataclass(frozen=True, kw_only=True)
class MultiChoice(Item):
    """Any number of codes of a list, stored in list order, joined by a blank."""

    codes: CodeList


@dataclass(frozen=True, kw_only=True)
class Coded(Item):
    """One code of a list too long to be offered whole: it is searched by its words (protocol.searching)."""

    codes: CodeList


@dataclass(frozen=True, kw_only=True)
class YesNo(Item):
    """Yes (`Y`) or no (`N`); never preset."""


@dataclass(frozen=True, kw_only=True)
class Text(Item):
    """Free text without identifiers."""

    long: bool = False
    max_length: int = 200


@dataclass(frozen=True, kw_only=True)
class LaboratoryChoice(Item):
    """The laboratory (reference data, by code) that all results of the form come from."""


@dataclass(frozen=True, kw_only=True)
class Derived(Item):
    """A value computed by the named function of protocol.derivations, shown while typing, never stored."""

    derivation: str
    units: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Group(Item):
    """Rows of items; a row's key is never used again. `lesions`: the keys are those of the subject's lesions."""

    items: tuple[Item, ...]
    row_title: str
    lesions: bool = False
    required: bool = False


@dataclass(frozen=True)
class Section:
    """A titled part of a form (a fieldset)."""

    title: str
    items: tuple[Item, ...]
    help: str = ""


class Entry(StrEnum):
    """Source list: transcribed from a chart, or entered directly (the form is the source)."""

    TRANSCRIBED = "transcribed"
    DIRECT = "direct"


@lru_cache(maxsize=10_000)  # the paths of a trial are few, and each save asks for all of a form several times
def _without_key(path: str) -> tuple[str, ...]:
    """Return what names an item whatever its row; nothing at all for what is no path."""
    parts = path.split("/")
    return (parts[0], *parts[2:]) if len(parts) in (1, 3) else ()


@dataclass(frozen=True, kw_only=True)
class Crf:
    """A case report form. Every face of it (page, import, API, dictionary, export) is a fold over this definition."""

    code: str
    title: str
    source: str
    sections: tuple[Section, ...]
    checks: tuple[Check, ...] = ()
    repeats: bool = False  # several forms of this CRF per visit, or several lines of a log
    log: bool = False  # belongs to the subject, not to a visit
    expected: bool = True  # of a log: expected from the first day; otherwise added when it happens
    after_randomization: bool = False  # is not added before the subject is randomized
    reveals_arm: bool = False  # that it exists tells the arm: hidden from whoever may not see the arm
    dated_by: str = ""  # the Date item that dates every answer of the form
    blind_until_complete: int = 0  # authors see only their own until this many are complete
    # A second look, made without the first: the CRFs whose forms its authors do not see before their own of that day
    # is complete. Nobody else sees theirs before the form of that day of the first of these CRFs is complete too.
    read_apart_from: tuple[str, ...] = ()
    entry: Entry = Entry.TRANSCRIBED
    task: str = "crf entry"  # the task of protocol.roles that entering this form needs
    critical: bool = False  # eligibility, endpoint, randomization, safety: verified in full
    asked_when: WhenRecord | None = None  # who is asked at all: a pregnancy test of women only
    help: str = ""

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items of the top level in the order of the page."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def _by_path(self) -> Mapping[tuple[str, ...], Item]:
        # Asked for every value of every page: (item,) or (group, item), for rows differ in their key alone.
        found: dict[tuple[str, ...], Item] = {}
        for item in self.items:
            found[(item.name,)] = item
            if isinstance(item, Group):
                found.update({(item.name, inner.name): inner for inner in item.items})
        return found

    def item(self, path: str) -> Item:
        """Return the item at a path (`item` or `group/key/item`). Raises KeyError when there is none."""
        found = self.find(path)
        if found is None:
            raise KeyError(path)
        return found

    def find(self, path: str) -> Item | None:
        """Return the item at a path, or None: half of the paths that checks look at are tried and not there."""
        return self._by_path.get(_without_key(path))
