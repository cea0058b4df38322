"""What a person types, and what is kept or asked."""

from __future__ import annotations

import pytest

from protocol.language import Item
from protocol.reading import Unreadable, read
from protocol.record import BLANK
from protocol.trial import TRIAL

PLATELETS = TRIAL.crf("HE").item("platelets")
INR = TRIAL.crf("CO").item("inr")
AFP = TRIAL.crf("MK").item("afp")
TUMOUR_COUNT = TRIAL.crf("HCC").item("tumour_count")
VIABLE = TRIAL.crf("TA").item("lesions/T1/viable_diameter")
CYCLES = TRIAL.crf("PT").item("cycles")
SCAN_ON = TRIAL.crf("TA").item("scan_on")
BIRTH = TRIAL.crf("DM").item("birth_date")
SIGNED_AT = TRIAL.crf("ICF").item("signed_at")
SEX = TRIAL.crf("DM").item("sex")
COPY_GIVEN = TRIAL.crf("ICF").item("copy_given")
AETIOLOGY = TRIAL.crf("HCC").item("aetiology")
VERSION = TRIAL.crf("ICF").item("version")
COMMENT = TRIAL.crf("SU").item("comment")
LABORATORY = TRIAL.crf("HE").item("laboratory")


def refused(item: Item, text: str, unit: str | None = None) -> str:
    """Return the sentence of the refusal."""
    with pytest.raises(Unreadable) as refusal:
        read(item, text, unit)
    return refusal.value.sentence.english()


class TestANumber:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("93", "93"),
            ("20.0", "20.0"),  # its precision stays
            ("0.50", "0.50"),
            ("93,5", "93.5"),
            ("0,234", "0.234"),  # nobody writes thousands with a leading zero
            ("1,2345", "1.2345"),
            ("１２．５", "12.5"),
            (" 12.5 ", "12.5"),
            ("007", "7"),
            ("-0", "0"),
            ("−3", "-3"),  # the minus sign of typesetters
        ],
    )
    def test_is_kept_with_a_point_and_its_precision(self, typed, kept):
        assert read(INR, typed).value == kept

    @pytest.mark.parametrize(
        ("typed", "comparator", "value"),
        [
            ("<0.61", "<", "0.61"),
            ("< 0,61", "<", "0.61"),
            ("≤5", "<=", "5"),
            (">=5", ">=", "5"),
            ("＞1000", ">", "1000"),
        ],
    )
    def test_keeps_the_comparator_of_the_laboratory(self, typed, comparator, value):
        answer = read(AFP, typed, "ng/mL")

        assert (answer.comparator, answer.value) == (comparator, value)

    def test_with_a_comparator_is_refused_where_none_belongs(self):
        assert refused(INR, "<1.1") == "INR takes a number alone, without <. Enter the value of the source."

    def test_that_can_be_two_numbers_is_asked(self):
        assert refused(INR, "1,234") == "INR: 1,234 can be 1.234 or 1234. Write the one you mean without a comma."

    @pytest.mark.parametrize("typed", ["1.234.567", "12 500", "1,234,567", "1.234,5", "12'500"])
    def test_with_thousands_separators_is_refused(self, typed):
        assert refused(INR, typed) == f"INR: write {typed} without thousands separators, such as 12500."

    @pytest.mark.parametrize("typed", ["1e5", "NaN", "inf", "Infinity", "1_000", "+5", ".5", "5.", "٣", "0x10", "-"])
    def test_in_any_other_spelling_is_refused(self, typed):
        assert "is not a number" in refused(INR, typed)

    @pytest.mark.parametrize("typed", ["1" * 12, "-" + "1" * 12, "0." + "1" * 9, "0" * 20 + "7"])
    def test_of_as_many_digits_as_a_measurement_can_have_is_read(self, typed):
        assert read(INR, typed).value in (typed, "7")

    @pytest.mark.parametrize("typed", ["1" * 13, "-" + "1" * 13, "0." + "1" * 10, "9" * 20])
    def test_of_more_digits_is_refused(self, typed):
        assert refused(INR, typed) == (
            f"INR: {typed} has more digits than any measurement. At most 12 before and 9 after the decimal point are "
            "taken. Correct it as the source gives it."
        )

    def test_of_forty_characters_is_read_and_of_forty_one_refused(self):
        assert read(INR, "7".zfill(40)).value == "7"
        assert refused(INR, "1" * 41) == "INR has too many digits. Enter the number as the source gives it."

    def test_that_counts_takes_no_decimals(self):
        assert read(CYCLES, "3").value == "3"
        assert refused(CYCLES, "2.5").endswith("takes a whole number. Enter it without decimals.")

    def test_of_millimetres_takes_one_decimal(self):
        assert read(VIABLE, "9.5", "mm").value == "9.5"
        assert "takes at most 1 decimal places" in refused(VIABLE, "9.55", "mm")

    def test_of_tumours_may_be_five_or_more(self):
        assert read(TUMOUR_COUNT, ">=5").comparator == ">="


class TestAUnit:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("10^9/L", "10^9/L"),
            ("×10⁹/L", "10^9/L"),
            ("x10^9/l", "10^9/L"),
            ("10*9/L", "10^9/L"),
            ("10E9/L", "10^9/L"),
            ("/µL", "/µL"),
            ("/μL", "/µL"),  # Greek mu instead of the micro sign
            ("/uL", "/µL"),
            ("/mm³", "/µL"),
        ],
    )
    def test_is_understood_in_its_usual_spellings(self, typed, kept):
        assert read(PLATELETS, "93", typed).unit == kept

    @pytest.mark.parametrize("nothing", [None, "", "  "])
    def test_is_asked_where_it_is_missing(self, nothing):
        assert refused(PLATELETS, "93", nothing) == "Platelets: give the unit (10^9/L, /µL)."

    def test_of_another_analyte_is_refused(self):
        assert refused(PLATELETS, "93", "mg/dL") == (
            "Platelets: mg/dL is not a unit of this item. Choose one of: 10^9/L, /µL."
        )

    def test_is_refused_where_the_item_has_none(self):
        assert refused(INR, "1.1", "s") == "INR has no unit. Enter the number without s."


class TestADate:
    @pytest.mark.parametrize(
        "typed",
        ["2025-03-31", "2025/3/31", "2025.3.31", "20250331", "２０２５-０３-３１", "2025年3月31日", " 2025-3-31 "],
    )
    def test_is_kept_as_iso(self, typed):
        assert read(SCAN_ON, typed).value == "2025-03-31"

    def test_that_can_be_two_days_is_asked(self):
        assert refused(SCAN_ON, "03/04/2025") == (
            "Date of scan: 03/04/2025 can be 2025-03-04 or 2025-04-03. Write the one you mean."
        )

    @pytest.mark.parametrize("typed", ["31/03/2025", "03/31/2025", "31.3.2025"])
    def test_with_the_year_last_is_refused_with_its_right_spelling(self, typed):
        assert refused(SCAN_ON, typed) == "Date of scan: write the date with the year first: 2025-03-31."

    @pytest.mark.parametrize("typed", ["2025-02-29", "2025-13-01", "20251301", "2025-00-10", "31/31/2025"])
    def test_that_no_calendar_has_is_refused(self, typed):
        assert refused(SCAN_ON, typed) == f"Date of scan: there is no day {typed}. Check the date against the source."

    def test_of_a_leap_day_is_read(self):
        assert read(SCAN_ON, "2024-02-29").value == "2024-02-29"

    @pytest.mark.parametrize("typed", ["2025", "2025-03", "UNK", "2025-UNK"])
    def test_that_is_partial_is_refused_where_the_whole_is_needed(self, typed):
        assert refused(SCAN_ON, typed).startswith("Date of scan needs the whole date.")

    @pytest.mark.parametrize("typed", ["1899-12-31", "2101-01-01", "0001-01-01"])
    def test_of_another_century_is_refused(self, typed):
        assert "is not between 1900 and 2100" in refused(SCAN_ON, typed)

    @pytest.mark.parametrize("typed", ["yesterday", "25-03-31", "2025-3/31", "2025--3-31", "45747"])
    def test_in_any_other_spelling_is_refused(self, typed):
        assert refused(SCAN_ON, typed) == (
            f"Date of scan: {typed} is not a date. Write year, month and day, such as 2025-03-31."
        )


class TestAPartialDate:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("1950", "1950"),
            ("1950-3", "1950-03"),
            ("1950/03", "1950-03"),
            ("1950年3月", "1950-03"),
            ("1950-03-31", "1950-03-31"),
            ("unk", "UNK"),
            ("1950-UNK", "1950-UNK"),
            ("1950-UNK-UNK", "1950-UNK"),
            ("1950-03-unk", "1950-03-UNK"),
        ],
    )
    def test_keeps_what_is_known_and_what_cannot_be_found_out(self, typed, kept):
        assert read(BIRTH, typed).value == kept

    @pytest.mark.parametrize("typed", ["195", "1950-13", "1950-13-UNK", "UNK-03-1950", "??"])
    def test_in_any_other_spelling_is_refused(self, typed):
        assert refused(BIRTH, typed).startswith("Date of birth: ")


class TestAMoment:
    @pytest.mark.parametrize("typed", ["2025-03-31T09:05", "2025-03-31 9:05", "20250331 09：05"])
    def test_is_kept_to_the_minute(self, typed):
        assert read(SIGNED_AT, typed).value == "2025-03-31T09:05"

    def test_without_a_time_is_refused(self):
        assert "is not a day with a time" in refused(SIGNED_AT, "2025-03-31")

    @pytest.mark.parametrize("time", ["24:00", "12:60"])
    def test_beyond_the_clock_is_refused(self, time):
        assert refused(SIGNED_AT, f"2025-03-31 {time}").startswith(f"Signed at: there is no time {time}.")

    def test_with_an_impossible_day_is_refused(self):
        assert "there is no day 2025-02-30" in refused(SIGNED_AT, "2025-02-30 12:00")


class TestACode:
    @pytest.mark.parametrize("typed", ["female", "Female", "ＦＥＭＡＬＥ"])
    def test_is_kept_as_on_the_list(self, typed):
        assert read(SEX, typed).value == "female"

    def test_that_is_not_on_the_list_is_refused_with_the_list(self):
        assert refused(SEX, "other") == "Sex: other is not on the list. Choose one of: male, female."

    @pytest.mark.parametrize(("typed", "kept"), [("Y", "Y"), ("yes", "Y"), ("n", "N"), ("No", "N")])
    def test_of_yes_or_no_is_y_or_n(self, typed, kept):
        assert read(COPY_GIVEN, typed).value == kept

    def test_of_yes_or_no_is_never_a_digit(self):
        assert "Choose one of: Y, N." in refused(COPY_GIVEN, "1")

    @pytest.mark.parametrize("typed", ["hcv hbv", "hbv, hcv", "HCV;hbv hbv"])
    def test_among_many_is_kept_in_the_order_of_the_list(self, typed):
        assert read(AETIOLOGY, typed).value == "hbv hcv"

    def test_among_many_that_is_unknown_refuses_all(self):
        assert "Aetiology: flu is not on the list" in refused(AETIOLOGY, "hbv flu")


class TestAText:
    def test_is_composed_so_that_the_same_look_is_the_same_text(self):
        assert read(VERSION, "cafe\u0301").value == "caf\u00e9"

    def test_of_the_longest_length_is_kept_and_one_more_refused(self):
        assert read(VERSION, "v" * 50).value == "v" * 50
        assert refused(VERSION, "v" * 51).endswith("holds 51 characters; shorten it to 50.")

    @pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x7f", "\ud800", "\u202e"])
    def test_with_a_control_character_is_refused(self, sign):
        assert "holds a control character" in refused(COMMENT, f"a{sign}b")

    def test_of_one_line_refuses_a_second(self):
        assert refused(VERSION, "1\n2").endswith("takes one line. Remove the line breaks.")
        assert "takes one line" in refused(LABORATORY, "a\nb")

    def test_of_many_lines_keeps_them(self):
        assert read(COMMENT, "one\r\ntwo").value == "one\ntwo"


@pytest.mark.parametrize("nothing", ["", "  ", "\n", "\u3000"])
def test_nothing_typed_is_no_answer(nothing):
    for item in (INR, SCAN_ON, BIRTH, SIGNED_AT, SEX, COPY_GIVEN, AETIOLOGY, COMMENT, LABORATORY):
        assert read(item, nothing) is BLANK


def test_what_is_computed_cannot_be_typed():
    assert "is computed and cannot be entered" in refused(TRIAL.crf("EG").item("qtcf"), "400")


def test_a_group_is_typed_row_by_row():
    assert "Enter each value in its row" in refused(TRIAL.crf("EG").item("tracings"), "400")
