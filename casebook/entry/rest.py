"""Marks what is left of a section as not done, with one reason, in the boxes: nothing is saved by it."""

from __future__ import annotations

from casebook.entry.sheet import Sheet
from casebook.entry.typed import EMPTY, Typed, is_blank
from protocol.language import Derived, Group, Item, Missing


def mark_rest_not_done(sheet: Sheet, number: int, reason: str) -> int:
    """Fill the empty boxes of a section that are asked and may be not done; return how many there were."""
    sections = dict(enumerate(sheet.crf.sections, 1))
    if number not in sections:
        return 0
    left = [item.name for item in sections[number].items if _is_left(sheet, item)]
    for path in left:
        sheet.typed[path] = Typed(missing=Missing.NOT_DONE.value, reason=reason)
    return len(left)


def _is_left(sheet: Sheet, item: Item) -> bool:
    if isinstance(item, Derived | Group) or Missing.NOT_DONE not in item.missing:
        return False
    return is_blank(sheet.typed.get(item.name, EMPTY)) and item.name in sheet.shown
