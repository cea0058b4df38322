"""Figures of speed: ratios within one run, because no two machines agree on seconds; written to docs/performance.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.embedded_postgres import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
HEAD = """\
# Speed

Written by `make bench`. Ratios compare two things in the same run on the same machine; read no seconds out of them.

| what | figure | to reach | reached | measured on |
|---|---|---|---|---|
"""
ROW = re.compile(r"^\| (?P<what>.+?) \| .* \|$")


class TooSlow(AssertionError):
    """A figure misses its mark."""


@dataclass
class Figures:
    """The figures of one run; each is kept whether or not it reaches its mark, and a miss fails its test."""

    rows: dict[str, str] = field(default_factory=dict)

    def ratio(self, what: str, ours: float, *, bare: float, at_most: float) -> None:
        """Keep how many times the bare thing ours takes. Raises TooSlow."""
        figure = ours / bare
        self._keep(what, f"{figure:.2f} ×", f"≤ {at_most:g} ×", reached=figure <= at_most)

    def count(self, what: str, found: int, *, at_most: int) -> None:
        """Keep a count, such as queries. Raises TooSlow."""
        self._keep(what, str(found), f"≤ {at_most}", reached=found <= at_most)

    def seconds(self, what: str, found: float, *, at_most: float) -> None:
        """Keep seconds, where a promise is made in seconds. Raises TooSlow."""
        self._keep(what, f"{found:.2f} s", f"≤ {at_most:g} s", reached=found <= at_most)

    def same(self, what: str, small: int, large: int) -> None:
        """Keep two counts that must be equal whatever the volume. Raises TooSlow."""
        self._keep(what, f"{small} and {large}", "equal", reached=small == large)

    def rate(self, what: str, per_second: float, *, at_least: float) -> None:
        """Keep a rate that is promised. Raises TooSlow."""
        self._keep(what, f"{per_second:,.0f}/s", f"≥ {at_least:,.0f}/s", reached=per_second >= at_least)

    def rate_towards(self, what: str, per_second: float, *, towards: float) -> None:
        """Keep a rate that is recorded as it is; the mark is a direction, so a miss fails nothing."""
        reached = per_second >= towards
        self.rows[what] = _row(what, f"{per_second:,.0f}/s", f"towards {towards:,.0f}/s", reached=reached)

    def write(self) -> None:
        """Write the table; rows that were not measured in this run stay as they were."""
        if not self.rows:
            return
        kept = {}
        if DOCUMENT.exists():
            kept = {found["what"]: line for line in DOCUMENT.read_text().splitlines() if (found := ROW.match(line))}
            kept.pop("what", None)
        rows = dict(sorted((kept | self.rows).items()))
        DOCUMENT.write_text(HEAD + "\n".join(rows.values()) + "\n")

    def _keep(self, what: str, figure: str, mark: str, *, reached: bool) -> None:
        self.rows[what] = _row(what, figure, mark, reached=reached)
        if not reached:
            raise TooSlow(f"{what}: {figure}, to reach {mark}.")


def median_seconds(work: Callable[[], object], *, rounds: int) -> float:
    """Return the median time of one round; the first, which fills caches, does not count."""
    work()
    return statistics.median(_seconds(work) for _ in range(rounds))


def paired_seconds(bare: Callable[[], object], ours: Callable[[], object], *, rounds: int) -> tuple[float, float]:
    """Return the median times of two things measured in turns, so that a noisy machine disturbs both alike."""
    bare()
    ours()
    pairs = [(_seconds(bare), _seconds(ours)) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(what: str, figure: str, mark: str, *, reached: bool) -> str:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return f"| {what} | {figure} | {mark} | {'yes' if reached else 'no'} | {machine} |"
