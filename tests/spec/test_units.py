"""Units of one analyte, and what is never converted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from protocol.record import Conversion
from protocol.units import FACTORS, Inconvertible, compare, convert, factor

OWN_FACTOR = Conversion(
    laboratory="Guangzhou", analyte="AFP", unit_from="IU/mL", unit_to="ng/mL", factor=Decimal("1.21")
)


@pytest.mark.parametrize(
    ("value", "analyte", "unit_from", "unit_to", "converted"),
    [
        ("2", "total bilirubin", "mg/dL", "µmol/L", "34.208"),
        ("17.104", "direct bilirubin", "µmol/L", "mg/dL", "1"),
        ("1.11", "creatinine", "mg/dL", "µmol/L", "98.1462"),
        ("3.5", "albumin", "g/dL", "g/L", "35.0"),
        ("13.4", "haemoglobin", "g/dL", "g/L", "134.0"),
        ("71", "total protein", "g/L", "g/dL", "7.1"),
        ("93000", "platelets", "/µL", "10^9/L", "93"),
        ("4.9", "leukocytes", "10^9/L", "/µL", "4900"),
        ("1500", "neutrophils", "/µL", "10^9/L", "1.5"),
        ("15.7", "", "cm", "mm", "157"),
        ("400", "AFP", "ng/mL", "µg/L", "400"),
        ("40", "ALT", "U/L", "U/L", "40"),
    ],
)
def test_a_value_is_converted_exactly(value, analyte, unit_from, unit_to, converted):
    assert convert(Decimal(value), analyte, unit_from, unit_to) == Decimal(converted)


@pytest.mark.parametrize(
    ("analyte", "unit_from", "unit_to"),
    [
        ("AFP", "IU/mL", "ng/mL"),
        ("albumin", "mg/dL", "g/L"),
        ("total bilirubin", "g/dL", "g/L"),  # a factor holds for its own analyte alone
        ("platelets", "cm", "mm"),
    ],
)
def test_without_an_agreed_factor_nothing_is_converted(analyte, unit_from, unit_to):
    with pytest.raises(Inconvertible) as refusal:
        convert(Decimal(1), analyte, unit_from, unit_to)

    assert refusal.value.sentence.english() == (
        f"{analyte} cannot be converted from {unit_from} to {unit_to} without a factor of the laboratory. "
        f"Enter the laboratory's factor, or the value in {unit_to}."
    )


@pytest.mark.parametrize(("unit_from", "unit_to"), [("mAU/mL", "ng/mL"), ("ng/mL", "mAU/mL")])
@pytest.mark.parametrize("given", [("mAU/mL", "ng/mL"), ("ng/mL", "mAU/mL")])
def test_pivka_is_never_converted_not_even_by_a_factor_of_the_laboratory(unit_from, unit_to, given):
    own = replace(OWN_FACTOR, analyte="PIVKA-II", unit_from=given[0], unit_to=given[1], factor=Decimal("1.4"))

    with pytest.raises(Inconvertible) as refusal:
        convert(Decimal(26), "PIVKA-II", unit_from, unit_to, laboratory="Guangzhou", conversions=(own,))

    assert convert(Decimal(26), "PIVKA-II", unit_to, unit_to) == 26
    assert refusal.value.sentence.english() == (
        f"PIVKA-II is never converted: {unit_from} and {unit_to} belong to different assays. "
        "It is judged by a reference range in the unit that the laboratory reports."
    )


class TestAFactorOfTheLaboratory:
    def test_converts_its_own_values(self):
        other_units = replace(OWN_FACTOR, unit_from="kIU/L")
        by = {"laboratory": "Guangzhou", "conversions": (other_units, OWN_FACTOR)}

        assert convert(Decimal("16"), "AFP", "IU/mL", "ng/mL", **by) == Decimal("19.36")
        assert convert(Decimal("16.6"), "AFP", "IU/mL", "ng/mL", **by) == Decimal("20.086")

    def test_converts_in_both_directions(self):
        back = factor("AFP", "ng/mL", "IU/mL", laboratory="Guangzhou", conversions=(OWN_FACTOR,))

        assert back == 1 / Fraction("1.21")

    def test_says_nothing_of_another_laboratory(self):
        with pytest.raises(Inconvertible):
            factor("AFP", "IU/mL", "ng/mL", laboratory="Coimbra", conversions=(OWN_FACTOR,))

    def test_of_zero_converts_nothing(self):
        nothing = Conversion(
            laboratory="Guangzhou", analyte="AFP", unit_from="IU/mL", unit_to="ng/mL", factor=Decimal(0)
        )

        with pytest.raises(Inconvertible):
            factor("AFP", "IU/mL", "ng/mL", laboratory="Guangzhou", conversions=(nothing,))

    def test_never_overrides_an_agreed_one(self):
        odd = Conversion(laboratory="Guangzhou", analyte="albumin", unit_from="g/dL", unit_to="g/L", factor=Decimal(9))

        assert factor("albumin", "g/dL", "g/L", laboratory="Guangzhou", conversions=(odd,)) == 10


@pytest.mark.parametrize(
    ("value", "unit", "limit", "limit_unit", "order"),
    [
        ("34.208", "µmol/L", "2", "mg/dL", 0),
        ("34.209", "µmol/L", "2", "mg/dL", 1),
        ("34.207", "µmol/L", "2", "mg/dL", -1),
    ],
)
def test_a_comparison_across_units_is_exact(value, unit, limit, limit_unit, order):
    assert compare(Decimal(value), unit, Decimal(limit), limit_unit, analyte="total bilirubin") == order


def test_there_and_back_again_is_one():
    for analyte, unit_from, unit_to in FACTORS:
        assert factor(analyte, unit_from, unit_to) * factor(analyte, unit_to, unit_from) == 1
