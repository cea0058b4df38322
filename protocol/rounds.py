"""Rounds in which surgeons answer a question: who alone may answer in the next one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from protocol.crfs.evaluation import SURGEONS_NEEDED
from protocol.values import plain
from protocol.words import N_

RESECTABLE: Final = N_("resectable")
UNRESECTABLE: Final = N_("unresectable")
ASKED: Final[Mapping[str, str]] = {"initial": UNRESECTABLE, "present": RESECTABLE}  # by question


@plain()
class Bound:
    """The surgeons who alone take back what they found, and the round in which they found it."""

    round: int
    surgeons: frozenset[str]


def bound_by(signed: Iterable[tuple[int, str, str]], asked: str) -> Bound | None:
    """Return who alone may answer after these rounds: round, surgeon and finding of each; None where anybody may.

    Two who disagree, or agree that it is not so, are not overruled by two others; two who agree that it is so bind nobody.
    """
    rounds: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for number, surgeon, finding in signed:
        rounds[number].append((surgeon, finding))
    bound: Bound | None = None
    for number in sorted(rounds):
        surgeons = frozenset(surgeon for surgeon, _finding in rounds[number])
        if len(surgeons) < SURGEONS_NEEDED:
            continue
        if {finding for _surgeon, finding in rounds[number]} != {asked}:
            bound = Bound(number, surgeons)
        elif bound is not None and surgeons == bound.surgeons:
            bound = None
    return bound
