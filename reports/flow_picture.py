"""Draws the flow diagram: boxes from top to bottom, the arms side by side, every number a link to its list.

For a narrow screen there is a second drawing with every box below the other, who left set in from the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from unicodedata import east_asian_width

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from protocol.flow import Box

WIDTH, BOX, GAP, LINE, PAD = 720, 340, 28, 18, 8
SET_IN = 24  # of who left, where boxes stand one below the other
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
    def is_aside(self) -> bool:
        """Whether it holds who did not come further down the diagram."""
        return self.row <= 1 and self.at == 1

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
    return _svg("flow", WIDTH, y, parts, title, says)


def narrow_flow_picture(boxes: Sequence[Drawn], *, title: str, says: str) -> SafeString:
    """Return the diagram as SVG with one box below the other, for a screen as wide as one of them."""
    parts: list[str] = []
    y = GAP // 2
    came_from = 0
    # Who left stands before who went on, and one arm after the other.
    for box in sorted(boxes, key=lambda box: (box.row > 1, box.at if box.row > 1 else 0, box.row, -box.at * box.row)):
        x = SET_IN if box.is_aside else 0
        parts += _box(box, x, y, box.height, width=BOX - x)
        if came_from and box.is_aside:
            parts.append(_arrow(f"M{SET_IN // 2} {came_from}V{y + box.height // 2}H{x}m-6 -4l6 4l-6 4"))
        elif came_from and not (box.row == 2 and box.at == 1):
            parts.append(_arrow(f"M{SET_IN // 2} {came_from}V{y}m-4 -6l4 6l4 -6"))
        came_from = came_from if box.is_aside else y + box.height
        y += box.height + GAP
    return _svg("flow-narrow", BOX, y, parts, title, says)


def _svg(name: str, width: int, height: int, parts: Iterable[str], title: str, says: str) -> SafeString:
    # A group and no img: its numbers are links, and whoever cannot see the picture follows them too.
    return mark_safe(  # noqa: S308 -- every part is a number or escaped where it is made
        f'<svg class="plot {name}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="group" '
        f'aria-labelledby="{name}-title {name}-says" font-family="sans-serif">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-says">{escape(says)}</desc>{"".join(parts)}</svg>'
    )


def _arrow(path: str) -> str:
    return f'<path class="arrow" d="{path}" fill="none" stroke="{EDGE}"/>'


def _arrows_down(below: Sequence[Drawn], y: int) -> Iterator[str]:
    """Yield the arrows to the boxes of the next row; the arms part from the one on the left."""
    for to in below:
        if to.is_aside:
            continue  # who is in screening comes from the left, as the excluded do
        is_parted = to.at == 1 and to.row == 2
        start, end = (BOX // 2 if is_parted else _middle(to)), _middle(to)
        bend = f"v{GAP // 2}H{end}v{GAP - GAP // 2}" if is_parted else f"v{GAP}"
        yield _arrow(f"M{start} {y}{bend}m-4 -6l4 6l4 -6")


def _middle(box: Drawn) -> int:
    return box.at * (WIDTH - BOX) + BOX // 2


def _row(row: Iterable[Drawn], y: int, height: int) -> Iterator[str]:
    for box in row:
        if box.row == 0 and box.at == 1:
            yield _arrow(f"M{BOX} {y + height // 2}H{WIDTH - BOX}m-6 -4l6 4l-6 4")
        yield from _box(box, box.at * (WIDTH - BOX), y, height)


def _box(box: Drawn, x: int, y: int, height: int, *, width: int = BOX) -> Iterator[str]:
    yield f'<rect class="box" x="{x + 1}" y="{y}" width="{width - 2}" height="{height}" fill="{SURFACE}" stroke="{EDGE}"/>'
    for at, (words, number, url) in enumerate(box.written):
        is_title = not number and at == 0
        yield _written(x, y + PAD + LINE * (at + 1) - 5, words, number, url, is_title=is_title, ends=x + width)


def _written(x: int, y: int, words: str, number: str, url: str, *, is_title: bool, ends: int) -> str:
    weight = ' font-weight="bold"' if is_title else ""
    fill = INK if number or is_title else QUIET
    said = f'<text x="{x + PAD}" y="{y}" font-size="12" fill="{fill}"{weight}>{escape(_short(words))}</text>'
    if not number:
        return said
    count = f'<text x="{ends - PAD}" y="{y}" font-size="12" text-anchor="end" fill="{ACCENT if url else INK}">{number}</text>'
    return said + (f'<a href="{escape(url)}">{count}</a>' if url else count)
