"""Draws the flow diagram: boxes from top to bottom, the arms side by side, every number a link to its list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from unicodedata import east_asian_width

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from protocol.flow import Box

WIDTH, BOX, GAP, LINE, PAD = 720, 340, 28, 18, 8
WRAP = 46  # characters that fit in a box
INK, QUIET, EDGE, SURFACE, ACCENT = "#18202b", "#4c5868", "#76828f", "#ffffff", "#17579b"


@dataclass(frozen=True)
class Line:
    """One number of a box."""

    name: str
    text: str
    box: Box
    url: str
    is_open: bool = True
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """One box: its row from the top, and whether it stands left or right."""

    title: str
    lines: tuple[Line, ...]
    row: int
    at: int

    @property
    def written(self) -> list[tuple[str, str, str]]:
        """Return what stands in it, line by line: words, number, address."""
        lines = [(self.title, "", "")] if self.title else []
        for line in self.lines:
            lines.append((line.text, str(line.box.count), line.url))
            lines += [(f"– {_short(reason)}", "", "") for reason in line.reasons]
        return lines

    @property
    def height(self) -> int:
        return LINE * len(self.written) + 2 * PAD


def _short(text: str) -> str:
    """Return the text as far as it fits; a Chinese character takes the room of two letters."""
    room = WRAP
    for at, sign in enumerate(text):
        room -= 2 if east_asian_width(sign) in "WF" else 1
        if room < 0:
            return f"{text[: max(at - 2, 1)]}…"
    return text


def flow_picture(boxes: Sequence[Drawn], *, title: str, says: str) -> SafeString:
    """Return the diagram as SVG."""
    parts: list[str] = []
    y = GAP // 2
    by_row = [
        list(row) for _, row in groupby(sorted(boxes, key=lambda box: (box.row, box.at)), key=lambda box: box.row)
    ]
    for number, row in enumerate(by_row):
        height = max(box.height for box in row)
        below = by_row[number + 1] if number + 1 < len(by_row) else []
        parts += _row(row, y, height)
        parts += _arrows_down(below, y + height)
        y += height + GAP
    return mark_safe(  # noqa: S308 -- every part is a number or escaped where it is made
        f'<svg class="plot flow" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        f'aria-labelledby="flow-title flow-says" font-family="sans-serif"><title id="flow-title">{escape(title)}</title>'
        f'<desc id="flow-says">{escape(says)}</desc>{"".join(parts)}</svg>'
    )


def _arrows_down(below: Sequence[Drawn], y: int) -> Iterator[str]:
    """Yield the arrows to the boxes of the next row; the arms part from the one on the left."""
    for to in below:
        if to.row == 1 and to.at == 1:
            continue  # who is in screening comes from the left, as the excluded do
        is_parted = to.at == 1 and to.row == 2
        start, end = (BOX // 2 if is_parted else _middle(to)), _middle(to)
        bend = f"v{GAP // 2}H{end}v{GAP - GAP // 2}" if is_parted else f"v{GAP}"
        yield f'<path class="arrow" d="M{start} {y}{bend}m-4 -6l4 6l4 -6" fill="none" stroke="{EDGE}"/>'


def _middle(box: Drawn) -> int:
    return box.at * (WIDTH - BOX) + BOX // 2


def _row(row: Iterable[Drawn], y: int, height: int) -> Iterator[str]:
    for box in row:
        x = box.at * (WIDTH - BOX)
        yield f'<rect class="box" x="{x + 1}" y="{y}" width="{BOX - 2}" height="{height}" fill="{SURFACE}" stroke="{EDGE}"/>'
        if box.row == 0 and box.at == 1:
            middle = y + height // 2
            yield f'<path class="arrow" d="M{BOX} {middle}H{WIDTH - BOX}m-6 -4l6 4l-6 4" fill="none" stroke="{EDGE}"/>'
        for at, (words, number, url) in enumerate(box.written):
            yield _written(x, y + PAD + LINE * (at + 1) - 5, words, number, url, is_title=not number and at == 0)


def _written(x: int, y: int, words: str, number: str, url: str, *, is_title: bool) -> str:
    weight = ' font-weight="bold"' if is_title else ""
    fill = INK if number or is_title else QUIET
    said = f'<text x="{x + PAD}" y="{y}" font-size="12" fill="{fill}"{weight}>{escape(_short(words))}</text>'
    if not number:
        return said
    count = f'<text x="{x + BOX - PAD}" y="{y}" font-size="12" text-anchor="end" fill="{ACCENT if url else INK}">{number}</text>'
    return said + (f'<a href="{escape(url)}">{count}</a>' if url else count)
