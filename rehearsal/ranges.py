"""The reference ranges of the demonstration's laboratory. Assumed: they belong to no hospital."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

LABORATORY = "DEMO-LAB"


@dataclass(frozen=True)
class Range:
    """One analyte with its limits, inclusive."""

    analyte: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    sex: str = ""


def _range(analyte: str, unit: str, low: str, high: str, sex: str = "") -> Range:
    return Range(analyte, unit, Decimal(low) if low else None, Decimal(high), sex)


RANGES = (
    _range("AFP", "ng/mL", "", "20"),
    _range("PIVKA-II", "mAU/mL", "", "40"),
    _range("platelets", "10^9/L", "125", "350"),
    _range("leukocytes", "10^9/L", "3.5", "9.5"),
    _range("neutrophils", "10^9/L", "1.8", "6.3"),
    _range("haemoglobin", "g/L", "130", "175", "male"),
    _range("haemoglobin", "g/L", "115", "150", "female"),
    _range("total bilirubin", "µmol/L", "3.4", "20.5"),
    _range("direct bilirubin", "µmol/L", "", "6.8"),
    _range("albumin", "g/L", "40", "55"),
    _range("ALT", "U/L", "9", "50"),
    _range("AST", "U/L", "15", "40"),
    _range("GGT", "U/L", "10", "60"),
    _range("ALP", "U/L", "45", "125"),
    _range("total protein", "g/L", "65", "85"),
    _range("creatinine", "µmol/L", "57", "97", "male"),
    _range("creatinine", "µmol/L", "41", "73", "female"),
    _range("INR", "", "0.80", "1.20"),
    _range("PT", "s", "9.4", "12.5"),
    _range("APTT", "s", "25.1", "36.5"),
)
