"""What a file may change: never what a person corrected, never by a blank, and nothing that stands already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.record import BLANK, Answer


@dataclass
class Decided:
    """The answers to save, and those that stay as a person left them."""

    save: dict[str, Answer] = field(default_factory=dict)
    corrected: dict[str, Answer] = field(
        default_factory=dict
    )  # the file says the same as last time; a person mended it
    disputed: dict[str, Answer] = field(default_factory=dict)  # a person answered, and the file now says something else


def decide(theirs: Mapping[str, Answer], *, now: Mapping[str, Answer], said: Mapping[str, Any]) -> Decided:
    """Decide item by item. `now` stands in the form, `said` is what the file said last (stored form, by path)."""
    decided = Decided()
    for path, answer in theirs.items():
        here, last = now.get(path, BLANK), Answer.from_json(said.get(path, {}))
        if _same(answer, here):
            continue
        if _same(here, last):
            # Nobody touched it since, or it is empty and the file never said anything.
            decided.save[path] = answer
        elif _same(answer, last):
            decided.corrected[path] = here
        else:
            decided.disputed[path] = here
    return decided


def _same(one: Answer, other: Answer) -> bool:
    # Who declared a unit makes no other value: a person who saves the form again declares it by that.
    return (one.value, one.unit, one.comparator, one.missing) == (
        other.value,
        other.unit,
        other.comparator,
        other.missing,
    )
