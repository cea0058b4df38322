"""Values that an answer hides: the page asks about each, and takes off what was confirmed and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from casebook.entry.fields import items_of
from casebook.entry.sheet import Sheet, Unasked
from casebook.paths import titled
from casebook.words import answer_in_words, said
from protocol.record import BLANK


def unasked_lines(sheet: Sheet, paths: Iterable[str]) -> tuple[Unasked, ...]:
    """Return the values at these paths in words, for the page to ask about."""
    items = dict(items_of(sheet.crf, sheet.rows))
    return tuple(
        Unasked(path, said(titled(sheet.crf, path)), answer_in_words(items[path], sheet.answers.get(path, BLANK)))
        for path in paths
        if path in items
    )
