"""Draws the layout of a definition once per language, and fills in what varies at every request.

The layout of a CRF never changes while the server runs, and drawing it costs far more than everything else on the
page. So crispy draws it once with marked slots; a request puts its values, escaped, into the slots.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Protocol

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from casebook.entry.layout import draw_form, draw_row
from protocol.language import Crf, Group

# Private characters of Unicode: no title of the protocol holds them, and escaping leaves them alone.
OPEN, CLOSE, KEY = "\ue000", "\ue001", "\ue002"
ROWS_KEPT = 500  # some 20 kB each
_SLOT = re.compile(f"{OPEN}([0-9]+){CLOSE}")

Slot = tuple[str, str, str]


class Source(Protocol):
    """Whoever knows what stands at a place of the page."""

    def get(self, place: str, kind: str, argument: str = "") -> str:
        """Return what stands there; text is escaped, a SafeString is not."""
        ...


class _Asking:
    """A source that knows nothing and marks where it was asked."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []

    def get(self, place: str, kind: str, argument: str = "") -> str:
        self.slots.append((place, kind, argument))
        return f"{OPEN}{len(self.slots) - 1}{CLOSE}"


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A drawing with slots: `texts` has one more entry than `slots`."""

    texts: tuple[str, ...]
    slots: tuple[Slot, ...]

    def filled(self, source: Source) -> SafeString:
        """Return the drawing with what the source says, escaped."""
        parts = [self.texts[0]]
        for (place, kind, argument), text in zip(self.slots, self.texts[1:], strict=True):
            if said := source.get(place, kind, argument):  # most places stay empty
                parts.append(said if isinstance(said, SafeString) else escape(said))
            parts.append(text)
        return mark_safe("".join(parts))  # noqa: S308 -- texts are drawn by templates, the rest is escaped above

    def for_row(self, key: str) -> Skeleton:
        """Return the skeleton of the row with this key; the keys of most rows are those of other forms too."""
        return _row_with_key(self, key)


@lru_cache(maxsize=ROWS_KEPT)
def _row_with_key(row: Skeleton, key: str) -> Skeleton:
    return Skeleton(
        tuple(text.replace(KEY, key) for text in row.texts),
        tuple((place.replace(KEY, key), kind, argument) for place, kind, argument in row.slots),
    )


@dataclass(frozen=True)
class Drawn:
    """The skeletons of one definition in one language and mode. Keeps the CRF, so that its id stays its own."""

    crf: Crf
    form: Skeleton
    rows: dict[str, Skeleton]


_drawn: dict[tuple[int, str, str], Drawn] = {}


def drawn(crf: Crf, *, mode: str) -> Drawn:
    """Return the skeletons of the CRF in the reader's language; drawn when first asked for."""
    key = (id(crf), get_language() or "en", mode)
    if key not in _drawn:
        groups = [item for item in crf.items if isinstance(item, Group)]
        _drawn[key] = Drawn(crf, _form(crf, mode), {group.name: _row(crf, group, mode) for group in groups})
    return _drawn[key]


def _form(crf: Crf, mode: str) -> Skeleton:
    asking = _Asking()
    return _cut(draw_form(crf, asking, mode=mode), asking)


def _row(crf: Crf, group: Group, mode: str) -> Skeleton:
    asking = _Asking()
    return _cut(draw_row(crf, group, KEY, asking, mode=mode), asking)


def _cut(drawing: str, asking: _Asking) -> Skeleton:
    pieces = _SLOT.split(drawing)
    return Skeleton(tuple(pieces[::2]), tuple(asking.slots[int(number)] for number in pieces[1::2]))
