"""Units and their exact conversion, always within one analyte. What has no agreed factor is not converted.

Factors. Bilirubin 17.104: 10 000 / 584.66 g/mol. Creatinine 88.42: the factor laboratories use (10 000 / 113.1 g/mol;
with 113.12 g/mol it were 88.40, a difference of 0.02 %, below the imprecision of any assay). A ratio to the upper limit
in the same unit never depends on them. AFP: 1 ng/mL is 1 µg/L by definition; IU/mL depends on the assay, so only a
factor given by the laboratory itself converts it. PIVKA-II in mAU/mL and in ng/mL are different assays: no factor does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from protocol.record import Conversion
from protocol.words import N_, Sentence, sentence

_BILIRUBIN: Final = Fraction("17.104")
_CREATININE: Final = Fraction("88.42")
_CELLS: Final = Fraction(1, 1000)

# (analyte, from, to): factor; the inverse follows. An empty analyte holds for lengths, which have none.
FACTORS: Final[Mapping[tuple[str, str, str], Fraction]] = {
    ("total bilirubin", "mg/dL", "µmol/L"): _BILIRUBIN,
    ("direct bilirubin", "mg/dL", "µmol/L"): _BILIRUBIN,
    ("creatinine", "mg/dL", "µmol/L"): _CREATININE,
    ("albumin", "g/dL", "g/L"): Fraction(10),
    ("haemoglobin", "g/dL", "g/L"): Fraction(10),
    ("total protein", "g/dL", "g/L"): Fraction(10),
    ("platelets", "/µL", "10^9/L"): _CELLS,
    ("leukocytes", "/µL", "10^9/L"): _CELLS,
    ("neutrophils", "/µL", "10^9/L"): _CELLS,
    ("AFP", "ng/mL", "µg/L"): Fraction(1),
    ("", "cm", "mm"): Fraction(10),
}

# Two names of one unit: a value in the one is a value in the other.
SYNONYMS: Final[Mapping[str, str]] = {
    unit_to: unit_from for (_analyte, unit_from, unit_to), by in FACTORS.items() if by == 1
}
NEVER_CONVERTED: Final = frozenset({"PIVKA-II"})  # analytes that each unit measures by an assay of its own
NO_FACTOR_EVER: Final = N_(
    "%(analyte)s is never converted: %(unit_from)s and %(unit_to)s belong to different assays. "
    "It is judged by a reference range in the unit that the laboratory reports."
)
NO_FACTOR: Final = N_(
    "%(analyte)s cannot be converted from %(unit_from)s to %(unit_to)s without a factor of the laboratory. "
    "Enter the laboratory's factor, or the value in %(unit_to)s."
)

_SPELLINGS: Final[Mapping[str, str]] = {"10e9/l": "109/l", "cells/ul": "/ul", "/mm3": "/ul", "celsius": "°c"}


class Inconvertible(Exception):
    """Two units of an analyte have no agreed factor. `sentence` says what to do."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.english())
        self.sentence = why


def factor(
    analyte: str, unit_from: str, unit_to: str, *, laboratory: str = "", conversions: Iterable[Conversion] = ()
) -> Fraction:
    """Return the exact factor between two units of an analyte. Raises Inconvertible.

    A factor of the laboratory itself is used only where none is agreed, in either direction.
    """
    if unit_from == unit_to:
        return Fraction(1)
    agreed = FACTORS.get((analyte, unit_from, unit_to))
    if agreed is not None:
        return agreed
    agreed = FACTORS.get((analyte, unit_to, unit_from))
    if agreed is not None:
        return 1 / agreed
    if analyte in NEVER_CONVERTED:
        raise Inconvertible(never_converted(analyte, unit_from, unit_to))
    return _laboratory_factor(analyte, unit_from, unit_to, laboratory=laboratory, conversions=conversions)


def never_converted(analyte: str, unit_from: str, unit_to: str) -> Sentence:
    """Return why no factor leads from one unit of this analyte to another."""
    return sentence(NO_FACTOR_EVER, analyte=Sentence(analyte), unit_from=unit_from, unit_to=unit_to)


def _laboratory_factor(
    analyte: str, unit_from: str, unit_to: str, *, laboratory: str, conversions: Iterable[Conversion]
) -> Fraction:
    for given in conversions:
        if (given.laboratory, given.analyte) != (laboratory, analyte) or given.factor <= 0:
            continue
        if (given.unit_from, given.unit_to) == (unit_from, unit_to):
            return Fraction(given.factor)
        if (given.unit_to, given.unit_from) == (unit_from, unit_to):
            return 1 / Fraction(given.factor)
    raise Inconvertible(sentence(NO_FACTOR, analyte=Sentence(analyte), unit_from=unit_from, unit_to=unit_to))


def convert(
    value: Decimal,
    analyte: str,
    unit_from: str,
    unit_to: str,
    *,
    laboratory: str = "",
    conversions: Iterable[Conversion] = (),
) -> Decimal:
    """Return the value in another unit of its analyte: exact, or to 40 digits where the quotient never ends.

    Raises Inconvertible. To compare two values use `compare`, which is exact always.
    """
    by = factor(analyte, unit_from, unit_to, laboratory=laboratory, conversions=conversions)
    with localcontext() as context:
        context.prec = 40
        return value * by.numerator / by.denominator


def compare(
    value: Decimal,
    unit: str,
    limit: Decimal,
    limit_unit: str,
    *,
    analyte: str,
    laboratory: str = "",
    conversions: Iterable[Conversion] = (),
) -> int:
    """Return -1, 0 or 1 as the value lies below, at or above the limit, exactly. Raises Inconvertible."""
    if unit == limit_unit:
        return (value > limit) - (value < limit)
    by = factor(analyte, unit, limit_unit, laboratory=laboratory, conversions=conversions)
    difference = Fraction(value) * by - Fraction(limit)
    return (difference > 0) - (difference < 0)


def same_unit(text: str, units: Iterable[str]) -> str | None:
    """Return the unit of `units` that a person means by a spelling (umol/l, 10*9/L, full-width); None for no match."""
    wanted = _spelling(text)
    return next((unit for unit in units if _spelling(unit) == wanted), None)


def _spelling(unit: str) -> str:
    # NFKC turns superscripts, full-width signs and the micro sign (into the Greek mu) into one spelling each.
    plain = unicodedata.normalize("NFKC", unit).casefold().replace("μ", "u")
    plain = "".join(sign for sign in plain if sign not in " ^*×")
    plain = plain.removeprefix("x") if plain.startswith("x10") else plain
    return _SPELLINGS.get(plain, plain)
