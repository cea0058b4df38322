"""Draws the pictures of the reports as SVG: the same figures give the same bytes, on the page and on paper.

Colours are presentation attributes, so that paper and a strict content policy have them; a page may override them by
the class names. Nothing is said by colour alone: each group has its own dash and its name at the end of its line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from protocol.survival import Curve

WIDTH: Final = 720
LEFT, RIGHT, TOP = 70, 24, 20
INK, QUIET, GRID, SURFACE = "#18202b", "#4c5868", "#ccd3dc", "#ffffff"
COLOURS: Final = ("#17579b", "#a51d1d")
DASHES: Final = ("", "7 4")
CURVE_HEIGHT: Final = 260
BARS_HEIGHT: Final = 220
LEGEND: Final = WIDTH - 180
ROW: Final = 18  # one line of numbers at risk
MOST_LABELS: Final = 8  # under the bars; more would run into each other
NICE: Final = (1, 2, 5, 10)


@dataclass(frozen=True)
class Words:
    """What is said beside a picture: its name for the page, its title, what it shows, and its axes."""

    name: str  # of its parts, unique on the page
    title: str
    says: str
    x: str
    y: str


@dataclass(frozen=True)
class _Frame:
    """Where values fall on the paper."""

    x_max: float
    y_max: float
    height: int

    def x(self, value: float) -> str:
        return _at(LEFT + (WIDTH - LEFT - RIGHT) * value / (self.x_max or 1))

    def y(self, value: float) -> str:
        return _at(TOP + self.height * (1 - value / (self.y_max or 1)))


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# --- survival -----------------------------------------------------------------------------------------------------


def curve_plot(
    words: Words, groups: Sequence[tuple[str, Curve]], *, every: int, until: float, at_risk: str
) -> SafeString:
    """Return step curves with bands, censor marks and numbers at risk. `every`: months between two ticks."""
    frame = _Frame(until, 1.0, CURVE_HEIGHT)
    ticks = list(range(0, int(until) + 1, every))
    height = TOP + CURVE_HEIGHT + 52 + ROW * (len(groups) + 1)
    parts = [*_grid(frame, words, ticks=ticks, heights=(0, 0.25, 0.5, 0.75, 1))]
    for number, (_, curve) in enumerate(groups):
        parts += _band(frame, curve, number, until)
    for number, (name, curve) in enumerate(groups):
        parts += _curve(frame, curve, number, until)
        parts.append(_sample(LEGEND - 40, TOP + 8 + ROW * number, number))
        parts.append(_text(LEGEND, TOP + 12 + ROW * number, name, anchor="start", fill=_colour(number)))
    parts += _risk_table(frame, groups, ticks, at_risk)
    return _svg(words, height, parts)


def _corners(curve: Curve, until: float) -> Iterator[tuple[float, float, float | None, float | None]]:
    yield 0.0, 1.0, 1.0, 1.0
    for step in curve.steps:
        if step.events and step.time <= until:
            yield step.time, step.survival, step.low, step.high


def _end(curve: Curve, until: float) -> float:
    return min(curve.longest, until)


def _curve(frame: _Frame, curve: Curve, number: int, until: float) -> Iterator[str]:
    path = "".join(
        f"H{frame.x(time)}V{frame.y(height)}" if time else f"M{frame.x(0)} {frame.y(1)}"
        for time, height, _, _ in _corners(curve, until)
    )
    yield (
        f'<path class="curve curve-{number}" d="{path}H{frame.x(_end(curve, until))}" fill="none" '
        f'stroke="{_colour(number)}" stroke-width="2"{_dash(number)}/>'
    )
    for step in curve.steps:
        if step.censored and step.time <= until:
            x, y = frame.x(step.time), frame.y(step.survival)
            yield f'<path class="censored curve-{number}" d="M{x} {y}m0 -4v8" stroke="{_colour(number)}" stroke-width="1.2"/>'


def _band(frame: _Frame, curve: Curve, number: int, until: float) -> Iterator[str]:
    known = [(time, low, high) for time, _, low, high in _corners(curve, until) if low is not None and high is not None]
    if len(known) < 2:
        return
    end = frame.x(_end(curve, until))
    upper = "".join(f"H{frame.x(time)}V{frame.y(high)}" for time, _, high in known)
    lower = "".join(f"V{frame.y(low)}H{frame.x(time)}" for time, low, _ in reversed(known))
    yield (
        f'<path class="band band-{number}" d="M{frame.x(0)} {frame.y(1)}{upper}H{end}{lower}Z" '
        f'fill="{_colour(number)}" fill-opacity="0.12" stroke="none"/>'
    )


def _risk_table(frame: _Frame, groups: Sequence[tuple[str, Curve]], ticks: Sequence[int], title: str) -> Iterator[str]:
    top = TOP + frame.height + 52
    yield _text(4, top, title, anchor="start", fill=QUIET)
    for number, (_, curve) in enumerate(groups):
        y = top + ROW * (number + 1)
        yield _sample(8, y - 4, number)
        for tick in ticks:
            yield _text(float(frame.x(tick)), y, str(curve.at_risk(tick)), anchor="middle", fill=_colour(number))


def _sample(x: float, y: float, number: int) -> str:
    """Return a short piece of a group's line, by which its name and its numbers are known without a colour."""
    return (
        f'<path class="curve-{number}" d="M{_at(x)} {_at(y)}h32" stroke="{_colour(number)}" '
        f'stroke-width="2"{_dash(number)}/>'
    )


def _dash(number: int) -> str:
    dash = DASHES[number % len(DASHES)]
    return f' stroke-dasharray="{dash}"' if dash else ""


# --- bars and a line ----------------------------------------------------------------------------------------------


def bar_plot(
    words: Words, bars: Sequence[tuple[str, int]], *, line: Sequence[int] = (), target: int | None = None
) -> SafeString:
    """Return bars with, above them, a running line of its own and the target it goes to; one axis for all."""
    top = max((*(value for _, value in bars), *line, target or 0, 1))
    step = _nice(top / 4)
    frame = _Frame(max(len(bars), 1), step * ceil(top / step), BARS_HEIGHT)
    heights = [step * each for each in range(ceil(top / step) + 1)]
    parts = [*_grid(frame, words, ticks=(), heights=heights)]
    parts += _bars(frame, bars)
    if target is not None:
        y = frame.y(target)
        parts.append(
            f'<path class="target" d="M{frame.x(0)} {y}H{frame.x(frame.x_max)}" stroke="{QUIET}" stroke-dasharray="4 4"/>'
        )
    if line:
        points = " ".join(f"{frame.x(at + 0.5)},{frame.y(value)}" for at, value in enumerate(line))
        parts.append(
            f'<polyline class="running" points="{points}" fill="none" stroke="{COLOURS[1]}" stroke-width="2"/>'
        )
    return _svg(words, TOP + BARS_HEIGHT + 52, parts)


def _bars(frame: _Frame, bars: Sequence[tuple[str, int]]) -> Iterator[str]:
    each = max(1, ceil(len(bars) / MOST_LABELS))
    for at, (label, value) in enumerate(bars):
        x, y = float(frame.x(at + 0.15)), float(frame.y(value))
        width, height = float(frame.x(at + 0.85)) - x, TOP + frame.height - y
        yield (
            f'<rect class="bar" x="{_at(x)}" y="{_at(y)}" width="{_at(width)}" height="{_at(height)}" '
            f'fill="{COLOURS[0]}"><title>{escape(label)}: {value}</title></rect>'
        )
        if at % each == 0:
            yield _text(float(frame.x(at + 0.5)), TOP + frame.height + 16, label, anchor="middle", fill=QUIET)


def _nice(step: float) -> int:
    """Return the next larger of 1, 2, 5, 10, 20, 50 …"""
    power = 1
    while True:
        for base in NICE:
            if base * power >= step:
                return base * power
        power *= 10


# --- parts of every picture ---------------------------------------------------------------------------------------


def _grid(frame: _Frame, words: Words, *, ticks: Iterable[int], heights: Sequence[float]) -> Iterator[str]:
    bottom = TOP + frame.height
    for height in heights:
        y = frame.y(height)
        yield f'<path class="grid" d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="{GRID}"/>'
        yield _text(LEFT - 8, float(y) + 4, f"{height:g}", anchor="end", fill=QUIET)
    for tick in ticks:
        yield f'<path class="grid" d="M{frame.x(tick)} {bottom}v5" stroke="{GRID}"/>'
        yield _text(float(frame.x(tick)), bottom + 18, str(tick), anchor="middle", fill=QUIET)
    yield f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}" fill="none" stroke="{QUIET}"/>'
    yield _text((LEFT + WIDTH - RIGHT) / 2, bottom + 36, words.x, anchor="middle", fill=INK)
    middle = TOP + frame.height / 2
    yield (
        f'<text transform="translate(16 {_at(middle)}) rotate(-90)" text-anchor="middle" fill="{INK}" '
        f'font-size="12">{escape(words.y)}</text>'
    )


def _text(x: float, y: float, said: str, *, anchor: str, fill: str) -> str:
    return f'<text x="{_at(x)}" y="{_at(y)}" text-anchor="{anchor}" fill="{fill}" font-size="12">{escape(said)}</text>'


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _svg(words: Words, height: int, parts: Iterable[str]) -> SafeString:
    title, says = f"{words.name}-title", f"{words.name}-says"
    return mark_safe(  # noqa: S308 -- every part is a number or escaped where it is made
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="{title} {says}" font-family="sans-serif"><title id="{title}">{escape(words.title)}</title>'
        f'<desc id="{says}">{escape(words.says)}</desc>{"".join(parts)}</svg>'
    )
