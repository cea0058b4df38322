"""Tables as CSV: nothing is lost, and no spreadsheet calculates what somebody typed."""

import csv
import io
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from paper.tables import Joined, csv_lines, harmless

# What makes a cell quoted, marked as text or composed, and what makes it none of these.
CELLS = some.one_of(
    some.just(""),
    some.sampled_from(
        ["-", "=", "-2.61", "+a", "＝1", "a,b", ",=", '"', '"=', "\n", "\r\n=", "e\u0301", "\u0301", "电", "µ"]
    ),
    some.text('ab1-=+@,"\r\n\t ＠é\u0301\u0338电', max_size=5),
    some.text(max_size=5),
)
TABLES = some.integers(1, 4).flatmap(
    lambda wide: some.lists(some.lists(CELLS, min_size=wide, max_size=wide), max_size=6)
)
LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MARK = "\x1f*"


def cell_by_cell(rows):
    """Return a table as the writer of the library gives it when each cell is made harmless by itself."""
    place = io.StringIO()
    csv.writer(place).writerows([harmless(cell) for cell in row] for row in rows)
    return place.getvalue()


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


@LAWS
@given(rows=TABLES)
def test_a_look_at_the_whole_line_changes_no_byte(rows):
    assert "".join(csv_lines(["a"], rows)) == "a\r\n" + cell_by_cell(rows)


@LAWS
@given(rows=TABLES)
def test_rows_that_come_joined_are_the_same_table(rows):
    header = ["a"] * len(rows[0]) if rows else ["a"]
    joined = Joined([MARK.join(row) for row in rows if MARK not in "".join(row)], MARK)

    assert "".join(csv_lines(header, joined)) == cell_by_cell([header, *joined])


def test_many_rows_that_come_joined_are_one_line_each():
    rows = [[str(number), "a, b" if number == 777 else ""] for number in range(1000)]

    lines = list(csv_lines(["n", "said"], Joined(map("\x1f".join, rows), "\x1f")))

    assert (len(lines), lines[778]) == (1001, '777,"a, b"\r\n')
    assert "".join(lines[1:]) == cell_by_cell(rows)


def test_a_cell_that_holds_the_mark_is_no_row():
    with pytest.raises(ValueError, match="Expected 2 cells in a row, got 3"):
        list(csv_lines(["a", "b"], Joined(["1*2*3"], "*")))


def test_a_number_that_is_no_text_is_written_as_one():
    assert list(csv_lines(["a", "b", "c"], [(1, None, True), (-2.5, "", "x")])) == [
        "a,b,c\r\n",
        "1,,True\r\n",
        "-2.5,,x\r\n",
    ]
