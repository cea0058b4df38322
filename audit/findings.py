"""What a verification finds: one sentence each, the first ones kept and all counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

KEPT = 200


class Fault(StrEnum):
    """What is wrong."""

    EVENT = "event"
    CHAIN = "chain"
    CHANGE = "change"
    HISTORY = "history"
    TABLE = "table"
    WALL = "wall"
    SEAL = "seal"
    SIGNATURE = "signature"


@dataclass
class Findings:
    """The sentences in the order of finding; a broken trail may give millions, so the first are kept."""

    sentences: list[tuple[Fault, str]] = field(default_factory=list)
    counts: Counter[Fault] = field(default_factory=Counter)

    def add(self, fault: Fault, text: str) -> None:
        """Count one fault and keep its sentence while there is room."""
        self.counts[fault] += 1
        if len(self.sentences) < KEPT:
            self.sentences.append((fault, text))

    @property
    def total(self) -> int:
        """Return how many faults there are."""
        return self.counts.total()
