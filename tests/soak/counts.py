"""How many times each promise was tried and how often it broke: the table at the end of a run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


def how_many(name: str, usual: int) -> int:
    """Return how often to try, from the environment where it says so."""
    return int(os.environ.get(name) or usual)


# The runs share this; setting up comes on top. A slow machine tries less, and never longer.
WHOLE_SECONDS = how_many("SOAK_SECONDS", 420)
# A part that its time cut shorter than this has shown too little to call a promise kept.
LEAST_SHARE = 0.25


@dataclass
class Run:
    """One part of the soak: what it tried, what it saw on the way, and every promise that was broken."""

    name: str
    asked: int
    until: float
    done: int = 0
    seconds: float = 0.0
    seen: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def may_go_on(self) -> bool:
        """Whether there is more to try and time left for it."""
        return self.done < self.asked and self.has_time

    @property
    def has_time(self) -> bool:
        """Whether the share of this run lasts."""
        return time.monotonic() < self.until

    def see(self, what: str, count: object = 1) -> None:
        """Keep a figure for the table; whole numbers add up."""
        before = self.seen.get(what, 0)
        self.seen[what] = before + count if isinstance(count, int) and isinstance(before, int) else count

    def expect(self, holds: object, otherwise: str) -> None:
        """Keep a promise that was broken, in one sentence."""
        if not holds:
            self.broken.append(otherwise)

    def verdict(self) -> None:
        """Fail where a promise was broken, or too little was tried to say so."""
        if self.done < self.asked * LEAST_SHARE:
            self.broken.append(f"Only {self.done} of {self.asked} were tried in {self.seconds:.0f} s.")
        assert not self.broken, f"{len(self.broken)} broken promises:\n" + "\n".join(self.broken[:20])

    def row(self) -> tuple[str, str, str, str, str]:
        """Return what the table says of this run."""
        tried = f"{self.done}" if self.done >= self.asked else f"{self.done} of {self.asked}"
        seen = ", ".join(f"{what} {count}" for what, count in self.seen.items())
        return self.name, tried, str(len(self.broken)), f"{self.seconds:.0f}", seen


@dataclass
class Counts:
    """All parts of one soak."""

    runs: list[Run] = field(default_factory=list)

    @contextmanager
    def run(self, name: str, *, asked: int, share: float) -> Iterator[Run]:
        """Time one part, keep it for the table, and judge it at the end."""
        began = time.monotonic()
        it = Run(name, asked, began + WHOLE_SECONDS * share)
        self.runs.append(it)
        try:
            yield it
        except BaseException as fault:
            it.broken.append(f"The run itself fell: {type(fault).__name__}: {fault}"[:300])
            raise
        finally:
            it.seconds = time.monotonic() - began
        it.verdict()

    def table(self) -> list[str]:
        """Return the lines of the table."""
        rows = [("run", "tried", "broken", "s", "seen"), *(run.row() for run in self.runs)]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        return ["  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0], strict=True)) for row in rows]
