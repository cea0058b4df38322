"""Compares a reported number with a limit: exact decimals, and what a laboratory's `<` or `>` still allows to say."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

from protocol.values import plain

EXACT: Final = Context(prec=120)  # a typed number has at most 40 digits: no product of two is ever rounded


SHOWN: Final = Context(prec=6)


def shown(number: Decimal) -> str:
    """Return a computed number for people, to six digits; a value as entered is always shown as it stands."""
    return f"{SHOWN.plus(number).normalize():f}"


class Relation(StrEnum):
    """How a value must stand to its limit."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


BELOW, AT_MOST, ABOVE, AT_LEAST = Relation  # Python 3.11 runs a function for each `Relation.BELOW`


@plain()
class Measured:
    """A number as reported: exact, never rounded, with the comparator of the laboratory."""

    number: Decimal
    comparator: str = ""

    def scaled(self, factor: Decimal) -> Measured:
        """Return the value in another unit; factors are positive, so the comparator stays."""
        return Measured(EXACT.multiply(self.number, factor), self.comparator)


_EXACTLY: Final[Mapping[Relation, Callable[[Decimal, Decimal], bool]]] = {
    Relation.BELOW: operator.lt,
    Relation.AT_MOST: operator.le,
    Relation.ABOVE: operator.gt,
    Relation.AT_LEAST: operator.ge,
}


def holds(measured: Measured, relation: Relation, limit: Decimal) -> bool | None:
    """Return whether the value stands so to the limit; None when `<0.61` or `>1000` leaves it open."""
    number, comparator = measured.number, measured.comparator
    if not comparator:
        return _EXACTLY[relation](number, limit)
    if relation is Relation.ABOVE:
        return _above(number, comparator, limit)
    if relation is Relation.AT_LEAST:
        return _at_least(number, comparator, limit)
    # What is at most a limit is not above it; what is below it is not at least as much.
    is_beyond = (_above if relation is Relation.AT_MOST else _at_least)(number, comparator, limit)
    return None if is_beyond is None else not is_beyond


def _above(number: Decimal, comparator: str, limit: Decimal) -> bool | None:
    match comparator:
        case "<" | "<=":
            return False if number <= limit else None
        case ">":
            return True if number >= limit else None
        case _:
            return True if number > limit else None


def _at_least(number: Decimal, comparator: str, limit: Decimal) -> bool | None:
    match comparator:
        case "<":
            return False if number <= limit else None
        case "<=":
            return False if number < limit else None
        case _:
            return True if number >= limit else None
