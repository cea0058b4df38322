"""A cell becomes an answer: the value stays as in the file, the unit is declared, and nothing is guessed."""

from __future__ import annotations

import pytest

from casebook.imports.report import Entry, Kind
from casebook.imports.rows import Reading, RowAnswers
from casebook.imports.source import Row
from casebook.mapping import MappingRefused, read_mapping
from protocol.record import Answer
from protocol.trial import TRIAL

MAPPING = """
[source]
name = "small"
key = "id"
site = "IX"
[asked]
sampled_on = "The day of the samples"
[forms.DM]
visit = "SCR"
[forms.HE]
visit = "SCR"
constants = { sampled_on = "$sampled_on", laboratory = "LAB" }
[forms.VS]
visit = "SCR"
[forms.HCC]
visit = "SCR"
[columns.PLT]
form = "HE"
item = "platelets"
units = [{ below = 1000, unit = "10^9/L" }, { from = 1000, unit = "/µL" }]
[columns.HB]
form = "HE"
item = "haemoglobin"
unit_column = "HB_unit"
[columns.born]
form = "DM"
item = "birth_date"
[columns.G]
form = "DM"
item = "sex"
codes = { 1 = "male", 0 = "female", 9 = "" }
[columns.seen]
form = "VS"
item = "assessed_on"
[columns.N]
form = "HCC"
item = "tumour_count"
codes = { 5 = ">=5" }
"""
BLANK = {"id": "A", "PLT": "", "HB": "", "HB_unit": "", "born": "", "G": "", "seen": "", "N": ""}


def reading(**declared: str) -> Reading:
    return Reading(read_mapping(MAPPING), TRIAL, {"sampled_on": "2026-03-02", **declared})


def read(**cells: str) -> tuple[RowAnswers, list[Entry]]:
    return reading().read(Row(2, "A", BLANK | cells))


def answer(form: str, path: str, **cells: str) -> Answer:
    found, entries = read(**cells)
    assert not [entry for entry in entries if entry.kind is Kind.REFUSED]
    return found.forms[form][path]


def refusal(**cells: str) -> tuple[str, str, str]:
    _, [entry] = read(**cells)
    assert entry.kind is Kind.REFUSED
    return entry.column, entry.value, entry.sentence.english()


def test_a_value_stays_as_in_the_file_and_its_unit_is_marked_as_declared():
    assert answer("HE", "platelets", PLT="99.0") == Answer(value="99.0", unit="10^9/L", declared=("unit",))


@pytest.mark.parametrize(
    ("value", "unit"), [("999.9", "10^9/L"), ("1000", "/µL"), ("93000", "/µL"), ("1.71", "10^9/L")]
)
def test_the_unit_follows_the_size_of_the_value(value: str, unit: str):
    assert answer("HE", "platelets", PLT=value).unit == unit
    assert answer("HE", "platelets", PLT=value).value == value


def test_a_unit_of_the_file_is_not_declared():
    assert answer("HE", "haemoglobin", HB="13", HB_unit="g/dL") == Answer(value="13", unit="g/dL")


def test_a_missing_unit_is_refused():
    assert refusal(HB="13") == ("HB", "13", "The value has no unit: column HB_unit is blank in this row.")


def test_a_wrong_unit_is_refused():
    assert refusal(HB="13", HB_unit="kg") == (
        "HB",
        "13",
        "“kg” is not a unit of haemoglobin; it has: g/L, g/dL.",
    )


def test_constants_are_declared_and_make_no_form_by_themselves():
    found, _ = read(PLT="120")

    assert found.forms["HE"]["sampled_on"] == Answer(value="2026-03-02", declared=("value",))
    assert found.forms["HE"]["laboratory"] == Answer(value="LAB", declared=("laboratory",))
    assert read(G="1")[0].forms.keys() == {"DM"}


def test_a_blank_says_nothing():
    assert read()[0].forms == {}


def test_a_code_is_translated_and_marked_as_declared():
    assert answer("DM", "sex", G="0") == Answer(value="female", declared=("value",))


def test_a_code_declared_to_say_nothing_leaves_the_item_empty():
    assert read(G="9")[0].forms == {}


def test_an_unknown_code_is_refused():
    assert refusal(G="2") == (
        "G",
        "2",
        "“2” is a code that the mapping does not know; it knows: 1, 0, 9.",
    )


def test_a_number_may_have_one_code_and_is_read_otherwise():
    assert answer("HCC", "tumour_count", N="5") == Answer(value="5", comparator=">=", declared=("value",))
    assert answer("HCC", "tumour_count", N="4") == Answer(value="4")


def test_a_decimal_comma_is_read_and_noted():
    found, [entry] = read(PLT="99,5")

    assert found.forms["HE"]["platelets"].value == "99.5"
    assert (entry.kind, entry.sentence.english()) == (Kind.NOTED, "“99,5” is kept as 99.5.")


@pytest.mark.parametrize("value", ["1,234", "abc", "12 000 G", "--3", "1e999999999"])
def test_what_is_no_clear_number_is_refused(value: str):
    column, shown, said = refusal(PLT=value)

    assert (column, shown) == ("PLT", value)
    assert said.endswith(".")


@pytest.mark.parametrize("value", ["2025-02-30", "03/04/2025", "31.31.2025", "2025-13"])
def test_an_impossible_or_ambiguous_date_is_refused(value: str):
    column, shown, said = refusal(seen=value)

    assert (column, shown) == ("seen", value)
    assert said.endswith(".")


def test_a_partial_date_is_kept_where_the_item_allows_it_and_refused_elsewhere():
    assert answer("DM", "birth_date", born="1960-05").value == "1960-05"
    assert refusal(seen="2025-03")[:2] == ("seen", "2025-03")


def test_what_the_mapping_asks_for_must_be_declared():
    with pytest.raises(MappingRefused) as refused:
        reading(sampled_on="")

    assert refused.value.sentence.english() == (
        "The mapping asks for sampled_on (The day of the samples); declare it: sampled_on=…."
    )


def test_a_declaration_that_cannot_be_read_is_refused():
    with pytest.raises(MappingRefused) as refused:
        reading(sampled_on="yesterday")

    assert refused.value.sentence.english().startswith("The constant sampled_on of form HE cannot be read: ")


def test_everything_declared_is_summed_up():
    file = reading()
    for number, value in enumerate(["93000", "120", "88000"], 2):
        file.read(Row(number, str(number), BLANK | {"PLT": value}))

    said = {entry.sentence.english(): entry.times for entry in file.declarations()}
    assert said == {
        "Column PLT: values from 1000 on are declared to be in /µL.": 2,
        "Column PLT: values below 1000 are declared to be in 10^9/L.": 1,
        "Form HE: sampled_on is declared to be 2026-03-02.": 3,
        "Form HE: laboratory is declared to be LAB.": 3,
    }
