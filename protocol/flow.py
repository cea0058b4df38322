"""Who came how far, as the flow diagram of CONSORT 2025 counts it. Domain chapter 5.6."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from protocol.words import N_


class Excluded(StrEnum):
    """Why somebody assessed was not randomized."""

    CRITERIA = "criteria"
    DECLINED = "declined"
    OTHER = "other"


class Received(StrEnum):
    """Whether the allocated intervention was received. In watch and wait: no resection before progression."""

    YES = "received"
    NO = "not received"
    PENDING = "pending"
    UNTOLD = "untold"  # it would tell the arm to a reader who may not know it


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person assessed for eligibility, whatever the number of attempts.

    Without an allocation the arm is None; it is empty where the reader may not know which one was allocated.
    """

    key: str
    excluded: Excluded | None = None
    criteria: tuple[str, ...] = ()
    arm: str | None = None
    received: Received = Received.PENDING
    why_not: str = ""
    lost: bool = False
    withdrew: bool = False  # consent, after randomization
    discontinued: str = ""
    analysed: bool = True
    why_not_analysed: str = ""


CROSSED_OVER = N_("Resected without progression")
STOPPED = N_("Treatment withdrawn")


@dataclass(frozen=True)
class Box:
    """One number of the diagram: who stands behind it, and of them how many for each reason."""

    keys: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()

    @property
    def count(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, kw_only=True)
class Column:
    """What became of the subjects of one arm, or of all."""

    arm: str  # empty: pooled
    allocated: Box
    received: Box
    not_received: Box
    pending: Box
    untold: Box
    lost: Box
    withdrew: Box
    discontinued: Box
    analysed: Box
    not_analysed: Box

    @property
    def by_receipt(self) -> tuple[Box, ...]:
        """Return what the allocated part into."""
        return self.received, self.not_received, self.pending, self.untold


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The diagram. Who is still in screening is said apart, until nobody is."""

    assessed: Box
    excluded: Mapping[Excluded, Box]
    screening: Box
    randomized: Box
    columns: tuple[Column, ...]

    @property
    def excluded_count(self) -> int:
        return sum(box.count for box in self.excluded.values())

    def adds_up(self) -> bool:
        """Whether every box is the sum of what it parts into. Loss, withdrawal and discontinuation part nothing off."""
        return (
            self.assessed.count == self.excluded_count + self.screening.count + self.randomized.count
            and self.randomized.count == sum(column.allocated.count for column in self.columns)
            and all(
                column.allocated.count == sum(box.count for box in column.by_receipt)
                and column.allocated.count == column.analysed.count + column.not_analysed.count
                for column in self.columns
            )
        )


def flow_of(people: Iterable[Person], *, arms: Iterable[str] = ()) -> Flow:
    """Return the diagram; with one column per arm where arms are named, else with one for all."""
    known = tuple(people)
    randomized = [each for each in known if each.arm is not None]
    left = [each for each in known if each.arm is None and each.excluded is not None]
    groups = [(arm, [each for each in randomized if each.arm == arm]) for arm in arms] or [("", randomized)]
    return Flow(
        assessed=_box(known),
        excluded={kind: _excluded(left, kind) for kind in Excluded},
        screening=_box(each for each in known if each.arm is None and each.excluded is None),
        randomized=_box(randomized),
        columns=tuple(_column(arm, group) for arm, group in groups),
    )


def _excluded(left: Iterable[Person], kind: Excluded) -> Box:
    of_kind = [each for each in left if each.excluded is kind]
    counted = Counter(code for each in of_kind for code in each.criteria)
    return Box(tuple(each.key for each in of_kind), tuple(sorted(counted.items())))


def _column(arm: str, group: list[Person]) -> Column:
    return Column(
        arm=arm,
        allocated=_box(group),
        received=_box(each for each in group if each.received is Received.YES),
        not_received=_box((each for each in group if each.received is Received.NO), lambda each: each.why_not),
        pending=_box(each for each in group if each.received is Received.PENDING),
        untold=_box(each for each in group if each.received is Received.UNTOLD),
        lost=_box(each for each in group if each.lost),
        withdrew=_box(each for each in group if each.withdrew),
        discontinued=_box((each for each in group if each.discontinued), lambda each: each.discontinued),
        analysed=_box(each for each in group if each.analysed),
        not_analysed=_box((each for each in group if not each.analysed), lambda each: each.why_not_analysed),
    )


def _box(people: Iterable[Person], why: Callable[[Person], str] = lambda _: "") -> Box:
    known = tuple(people)
    reasons = Counter(reason for each in known if (reason := why(each)))
    return Box(tuple(each.key for each in known), tuple(sorted(reasons.items())))
