"""Draws the flow diagram: boxes from top to bottom, the arms side by side, every number a link to its list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

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
    return text if len(text) <= WRAP else f"{text[: WRAP - 1]}…"


def flow_picture(boxes: Sequence[Drawn], *, title: str, says: str) -> SafeString:
    """Return the diagram as SVG."""
    parts: list[str] = []
    y = GAP // 2
    by_row = [
        list(row) for _, row in groupby(sorted(boxes, key=lambda box: (box.row, box.at)), key=lambda box: box.row)
    ]
    for number, row in enumerate(by_row):
        height = max(box.height for box in row)
        parts += _row(row, y, height, is_last=number == len(by_row) - 1)
        y += height + GAP
    return mark_safe(  # noqa: S308 -- every part is a number or escaped where it is made
        f'<svg class="plot flow" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        f'aria-labelledby="flow-title flow-says" font-family="sans-serif"><title id="flow-title">{escape(title)}</title>'
        f'<desc id="flow-says">{escape(says)}</desc>{"".join(parts)}</svg>'
    )


def _row(row: Iterable[Drawn], y: int, height: int, *, is_last: bool) -> Iterator[str]:
    for box in row:
        x = box.at * (WIDTH - BOX)
        yield f'<rect class="box" x="{x + 1}" y="{y}" width="{BOX - 2}" height="{height}" fill="{SURFACE}" stroke="{EDGE}"/>'
        if not is_last and (box.at == 0 or box.row > 1):
            middle = x + BOX // 2
            yield f'<path class="arrow" d="M{middle} {y + height}v{GAP}m-4 -6l4 6l4 -6" fill="none" stroke="{EDGE}"/>'
        if box.row <= 1 and box.at == 1:
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
