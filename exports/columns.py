"""Which columns an item has in a dataset: a fold over the definition, so that a kind forgotten here fails loudly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

from protocol.language import (
    Choice,
    Coded,
    Crf,
    Date,
    Derived,
    Group,
    Item,
    LaboratoryChoice,
    Moment,
    MultiChoice,
    Number,
    PartialDate,
    Text,
    YesNo,
)

VALUE, UNIT, COMPARATOR, MISSING, REASON = "value", "unit", "comparator", "missing", "reason"


@dataclass(frozen=True)
class Column:
    """One column: the item it is of, and which part of the answer it holds."""

    item: str
    part: str = VALUE

    @property
    def name(self) -> str:
        """Return the word in the header: the item's own name for the value, name and part for the rest."""
        return self.item if self.part == VALUE else f"{self.item}_{self.part}"


def columns_of(crf: Crf, group: str = "") -> tuple[Column, ...]:
    """Return the columns of a form's own items, or of the rows of one of its groups."""
    items = crf.item(group).items if group else crf.items  # type: ignore[attr-defined]
    return tuple(column for item in items for column in _columns(item))


def derived_items(crf: Crf) -> tuple[Derived, ...]:
    """Return what is computed from the form; a value in a column of its own, marked."""
    return tuple(item for item in crf.items if isinstance(item, Derived))


def groups_of(crf: Crf) -> tuple[Group, ...]:
    """Return the groups of a form; each is a table of its own."""
    return tuple(item for item in crf.items if isinstance(item, Group))


def _columns(item: Item) -> Iterator[Column]:
    parts = parts_of(item)
    if parts and item.missing:
        parts = (*parts, MISSING, REASON)
    yield from (Column(item.name, part) for part in parts)


@singledispatch
def parts_of(item: Item) -> tuple[str, ...]:
    """Return the parts of an answer that a value of this kind has, missing codes left out."""
    raise TypeError(f"No columns are defined for {type(item).__name__}.")


@parts_of.register(Date)
@parts_of.register(PartialDate)
@parts_of.register(Moment)
@parts_of.register(Choice)
@parts_of.register(Coded)
@parts_of.register(MultiChoice)
@parts_of.register(YesNo)
@parts_of.register(Text)
@parts_of.register(LaboratoryChoice)
def _(item: Item) -> tuple[str, ...]:
    return (VALUE,)


@parts_of.register
def _(item: Number) -> tuple[str, ...]:
    return (VALUE, *([UNIT] if item.units else []), *([COMPARATOR] if item.comparators else []))


@parts_of.register(Derived)
@parts_of.register(Group)
def _(item: Item) -> tuple[str, ...]:
    return ()  # computed in a column of its own, or a table of its own
