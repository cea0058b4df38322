"""Scores and grades from single values: pure functions, each with formula, units and reference."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from protocol.comparing import ABOVE, BELOW, Measured, holds

# --- Child-Pugh -----------------------------------------------------------------------------------------------

# (unit, first limit, second limit); the score is made in the unit reported, since the rounded tables of the two
# units are not multiples of each other (2 mg/dL is 34.2 µmol/L).
BILIRUBIN_LIMITS: Final = {"mg/dL": (Decimal(2), Decimal(3)), "µmol/L": (Decimal(34), Decimal(51))}
CHOLESTATIC_BILIRUBIN_LIMITS: Final = {"µmol/L": (Decimal(68), Decimal(170))}
ALBUMIN_LIMITS: Final = {"g/dL": (Decimal("2.8"), Decimal("3.5")), "g/L": (Decimal(28), Decimal(35))}
INR_LIMITS: Final = (Decimal("1.7"), Decimal("2.3"))
PROTHROMBIN_LIMITS_S: Final = (Decimal(4), Decimal(6))
ENCEPHALOPATHY_POINTS: Final = {"none": 1, "1-2": 2, "3-4": 3}
ASCITES_POINTS: Final = {"none": 1, "slight": 2, "moderate": 3}
CLASS_A_UP_TO: Final = 6
CLASS_B_UP_TO: Final = 9


def rising_points(measured: Measured, limits: tuple[Decimal, Decimal]) -> int | None:
    """Return 1 below the first limit, 3 above the second, 2 between (both inclusive); None when `<` leaves it open."""
    if not measured.comparator:
        return 1 if measured.number < limits[0] else 3 if measured.number > limits[1] else 2
    is_low = holds(measured, BELOW, limits[0])
    is_high = holds(measured, ABOVE, limits[1])
    if is_low is None or is_high is None:
        return None
    return 1 if is_low else 3 if is_high else 2


def falling_points(measured: Measured, limits: tuple[Decimal, Decimal]) -> int | None:
    """Return 3 below the first limit, 1 above the second, 2 between (both inclusive); None when `<` leaves it open."""
    points = rising_points(measured, limits)
    return None if points is None else 4 - points


def bilirubin_points(measured: Measured, unit: str, *, cholestatic: bool = False) -> int | None:
    """Return the Child-Pugh points of total bilirubin; None in a unit that has no table."""
    limits = (CHOLESTATIC_BILIRUBIN_LIMITS if cholestatic else BILIRUBIN_LIMITS).get(unit)
    return None if limits is None else rising_points(measured, limits)


def albumin_points(measured: Measured, unit: str) -> int | None:
    """Return the Child-Pugh points of albumin; None in a unit that has no table."""
    limits = ALBUMIN_LIMITS.get(unit)
    return None if limits is None else falling_points(measured, limits)


def child_pugh_class(points: int) -> str:
    """Return the class of a total: A 5 to 6, B 7 to 9, C 10 to 15. Source: Pugh 1973; CDISC CPS01."""
    if points <= CLASS_A_UP_TO:
        return "A"
    return "B" if points <= CLASS_B_UP_TO else "C"


# --- ALBI -----------------------------------------------------------------------------------------------------

ALBI_GRADE_1_UP_TO: Final = Decimal("-2.60")
ALBI_GRADE_2_UP_TO: Final = Decimal("-1.39")


def albi_score(*, bilirubin_umol_l: Decimal, albumin_g_l: Decimal) -> Decimal | None:
    """Return 0.66 × log10(bilirubin in µmol/L) − 0.085 × albumin in g/L; None for bilirubin 0.

    Source: Johnson, J Clin Oncol 2015. Not the albumin index of the cerebrospinal fluid (CDISC ALBIDX).
    """
    if bilirubin_umol_l <= 0:
        return None
    return Decimal("0.66") * bilirubin_umol_l.log10() - Decimal("0.085") * albumin_g_l


def albi_grade(score: Decimal) -> int:
    """Return the grade of an unrounded score: 1 up to −2.60, 2 up to −1.39, 3 above. Source: Johnson 2015."""
    if score <= ALBI_GRADE_1_UP_TO:
        return 1
    return 2 if score <= ALBI_GRADE_2_UP_TO else 3


# --- QTc ------------------------------------------------------------------------------------------------------

SECONDS_PER_MINUTE: Final = Decimal(60)
ONE_THIRD: Final = Decimal(1) / Decimal(3)


def qtc_fridericia(*, qt_ms: Decimal, heart_rate: Decimal) -> Decimal | None:
    """Return QT / RR^(1/3) in ms, RR in seconds = 60 / heart rate; None without a heart rate. Source: Fridericia 1920."""
    if heart_rate <= 0:
        return None
    if heart_rate == SECONDS_PER_MINUTE:
        return qt_ms
    return qt_ms * (heart_rate / SECONDS_PER_MINUTE) ** ONE_THIRD


def qtc_bazett(*, qt_ms: Decimal, heart_rate: Decimal) -> Decimal | None:
    """Return QT / RR^(1/2) in ms, RR in seconds = 60 / heart rate; None without a heart rate. Source: Bazett 1920."""
    if heart_rate <= 0:
        return None
    return qt_ms * (heart_rate / SECONDS_PER_MINUTE).sqrt()


def mean(values: Sequence[Decimal]) -> Decimal:
    """Return the mean of at least one value."""
    return sum(values, Decimal(0)) / len(values)


# --- BCLC -----------------------------------------------------------------------------------------------------

BCLC_VERY_EARLY_MM: Final = 20
BCLC_EARLY_NODULES: Final = 3
BCLC_EARLY_MM: Final = 30


def bclc_of_tumour(*, nodules: int, largest_mm: Decimal) -> str:
    """Return 0, A or B from number and largest diameter alone, without invasion or spread. Source: BCLC 2022."""
    if nodules == 1:
        return "0" if largest_mm <= BCLC_VERY_EARLY_MM else "A"
    return "A" if nodules <= BCLC_EARLY_NODULES and largest_mm <= BCLC_EARLY_MM else "B"


def ratio_to_limit(value: Decimal, upper_limit: Decimal) -> Decimal | None:
    """Return value / upper limit of normal, for show; a judgement multiplies the limit instead of dividing."""
    return value / upper_limit if upper_limit else None
