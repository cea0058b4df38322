"""CTCAE grades of laboratory values. Source: CTCAE v5.0, 27 Nov 2017; cut-offs for a normal baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from protocol.comparing import Measured, Relation, holds


@dataclass(frozen=True)
class Falling:
    """Grades of a value that is worse the lower: below the lower limit of normal, then below each bound."""

    unit: str
    bounds: tuple[Decimal, ...]  # below the first is grade 2, below the second grade 3 and so on


@dataclass(frozen=True)
class Rising:
    """Grades of a value that is worse the higher, in multiples of the upper limit of normal (exclusive)."""

    multiples: tuple[Decimal, ...]  # above the first is grade 1, above the second grade 2 and so on


def _decimals(*numbers: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(number) for number in numbers)


CELLS: Final = "10^9/L"
TRANSAMINASE: Final = Rising(_decimals("1", "3", "5", "20"))
SCALES: Final[Mapping[str, Falling | Rising]] = {
    "platelets": Falling(CELLS, _decimals("75", "50", "25")),
    "leukocytes": Falling(CELLS, _decimals("3", "2", "1")),
    "neutrophils": Falling(CELLS, _decimals("1.5", "1", "0.5")),
    "albumin": Falling("g/L", _decimals("30", "20")),
    "total bilirubin": Rising(_decimals("1", "1.5", "3", "10")),
    "ALT": TRANSAMINASE,
    "AST": TRANSAMINASE,
}


def falling_grade(measured: Measured, scale: Falling, *, lower_limit: Decimal) -> int | None:
    """Return the grade, 0 within normal, of a value in the unit of the scale; None where `<` or `>` leaves it open."""
    # A laboratory's own lower limit may lie below the bound of grade 2: what is normal there has no grade.
    bounds = tuple(min(lower_limit, bound) for bound in scale.bounds)
    return _highest(measured, Relation.BELOW, (lower_limit, *bounds))


def rising_grade(measured: Measured, scale: Rising, *, upper_limit: Decimal) -> int | None:
    """Return the grade, 0 within normal, of a value in the unit of its upper limit; None where it is left open."""
    return _highest(measured, Relation.ABOVE, tuple(upper_limit * times for times in scale.multiples))


def _highest(measured: Measured, relation: Relation, limits: tuple[Decimal, ...]) -> int | None:
    passed = [holds(measured, relation, limit) for limit in limits]
    return None if None in passed else sum(1 for each in passed if each)
