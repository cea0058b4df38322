"""A mapping says which column is which item, in which unit; whatever it says wrongly is said back in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from casebook.mapping import MappingRefused, read_mapping
from casebook.mapping_checks import faults_of
from protocol.trial import TRIAL

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "hcc-survival.toml"

SMALL = """
[source]
name = "small"
key = "id"
site = "IX"

[asked]
sampled_on = "The day of the samples"

[forms.HE]
visit = "SCR"
complete = true
constants = { sampled_on = "$sampled_on", laboratory = "LAB" }

[columns.PLT]
form = "HE"
item = "platelets"
unit = "10^9/L"
"""


def faults(text: str) -> list[str]:
    try:
        return [fault.english() for fault in faults_of(read_mapping(text), TRIAL)]
    except MappingRefused as refused:
        return [fault.english() for fault in refused.faults]


def test_a_mapping_that_fits_the_trial_has_no_faults():
    assert faults(SMALL) == []


def test_the_example_of_the_documentation_fits_the_trial():
    assert faults(EXAMPLE.read_text()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[source]", "[source", "The mapping is not a TOML file: "),
        ("[columns.PLT]", "[colums.PLT]", "In the mapping, [TOML] has an unknown word “colums”; known are: "),
        ("[columns.PLT]", "[colums.PLT]", "The mapping has no table [columns]."),
        ('key = "id"', "", "In the mapping, [source] does not say its “key”."),
        ('item = "platelets"', "", "In the mapping, [columns.PLT] does not say its “item”."),
        ("complete = true", 'complete = "false"', "expected true or false, without quotes"),
        ("complete = true", "finished = true", "[forms.HE] has an unknown word “finished”"),
        ('unit = "10^9/L"', "", "Column PLT has no unit; declare one of: 10^9/L, /µL."),
        (
            'unit = "10^9/L"',
            'unit = "mg"',
            "Column PLT is declared in mg, which is not a unit of platelets: 10^9/L, /µL.",
        ),
        (
            'unit = "10^9/L"',
            'unit = "10^9/L"\nunit_column = "U"',
            "Column PLT declares its unit in more than one way.",
        ),
        ("[forms.HE]", '[forms.HE]\ncrf = "XX"', "The mapping names a CRF that does not exist: XX."),
        ('visit = "SCR"', "", "Form HE needs a visit of the schedule; “” is none."),
        ('visit = "SCR"', 'crf = "ICF"\nvisit = "SCR"', "CRF ICF belongs to the subject; it takes no visit."),
        ('"platelets"', '"plates"', "CRF HE has no item “plates” that a value can be entered at."),
        ('"platelets"', '"sampled_on"', "The mapping answers item sampled_on of form HE twice."),
        ('form = "HE"', 'form = "HX"', "Column PLT goes to a form that the mapping does not have: HX."),
        (
            '"$sampled_on"',
            '"$day"',
            "The constant $day of form HE is not named under [asked].",
        ),
        ('site = "IX"', 'site = "IX"\nencoding = "utf-9"', "The mapping names an unknown encoding: utf-9."),
        ('site = "IX"', 'site = "IX"\nencoding = "base64"', "The mapping names an unknown encoding: base64."),
        ('site = "IX"', 'site = "IX"\ndelimiter = ";;"', "The delimiter is one character, not “;;”."),
        ('site = "IX"', 'site = "IX"\nignore = ["PLT"]', "The mapping both uses and ignores the column PLT."),
        (
            'unit = "10^9/L"',
            'units = [{ below = 2000, unit = "10^9/L" }, { from = 1000, unit = "/µL" }]',
            "Two ranges of units of column PLT overlap: 10^9/L and /µL.",
        ),
    ],
)
def test_a_fault_of_the_mapping_is_said_in_a_sentence(old: str, new: str, said: str):
    assert old in SMALL

    assert any(said in fault for fault in faults(SMALL.replace(old, new)))


def test_a_code_that_the_item_does_not_have_is_refused():
    text = SMALL + '[forms.DM]\nvisit = "SCR"\n[columns.G]\nform = "DM"\nitem = "sex"\ncodes = { 1 = "man" }\n'

    assert faults(text) == ["Column G is mapped to “man”, which is not a code of sex: male, female."]


def test_ranges_of_units_may_touch():
    ranges = 'units = [{ from = 1000, unit = "/µL" }, { below = 1000, unit = "10^9/L" }]'

    assert faults(SMALL.replace('unit = "10^9/L"', ranges)) == []


def test_one_column_may_answer_two_items():
    text = SMALL.replace("[columns.PLT]", "[[columns.PLT]]")
    text += '[[columns.PLT]]\nform = "HE"\nitem = "leukocytes"\nunit = "/µL"\n'

    assert [plan.path for plan in read_mapping(text).columns] == ["platelets", "leukocytes"]
    assert faults(text) == []
