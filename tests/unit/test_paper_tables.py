"""Tables as CSV: nothing is lost, and no spreadsheet calculates what somebody typed."""

import csv
from itertools import islice

import pytest

from paper.tables import csv_lines, harmless


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-cmd",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－a",
        "＠SUM(A1)",
        "-",
        "+1-1",
    ],
)
def test_what_a_spreadsheet_would_calculate_is_text(typed):
    assert harmless(typed) == f"'{typed}"


@pytest.mark.parametrize("number", ["-2.61", "+3", "0", "20.0", "-1e-5", "1E+6"])
def test_a_number_stays_the_number_it_is(number):
    assert harmless(number) == number


def test_nothing_known_is_an_empty_cell():
    assert list(csv_lines(["a", "b"], [[None, ""]])) == ["a,b\r\n", ",\r\n"]


@pytest.mark.parametrize("text", ["李明", "𠮷野家", "ابجد", "🙂", 'He said "no", twice', "two\nlines", "a;b\tc"])
def test_a_text_comes_back_as_it_was(text):
    lines = list(csv_lines(["said"], [[text]]))

    assert list(csv.reader(lines)) == [["said"], [text]]


def test_a_text_is_written_composed():
    assert harmless("Cafe\u0301") == "Caf\u00e9"


def test_the_mark_for_excel_stands_first_and_only_where_asked():
    assert "".join(csv_lines(["a"], [["1"], ["2"]], bom=True)) == "\ufeffa\r\n1\r\n2\r\n"
    assert "".join(csv_lines(["a"], [["1"]])) == "a\r\n1\r\n"


def test_a_header_is_made_harmless_too():
    assert next(csv_lines(["=1", "b"], [])) == "'=1,b\r\n"


def test_lines_come_one_by_one():
    endless = ([str(number)] for number in iter(int, 1))

    assert list(islice(csv_lines(["n"], endless), 3)) == ["n\r\n", "0\r\n", "0\r\n"]
