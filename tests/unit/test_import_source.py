"""A file is read whole, or refused with the row and a sentence."""

from __future__ import annotations

import pytest

from casebook.imports.report import ImportRefused
from casebook.imports.source import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, decoded, read_source
from casebook.mapping import Mapping, read_mapping

MAPPING = read_mapping("""
[source]
name = "small"
key = "id"
site = "IX"
ignore = ["note"]
[forms.HE]
visit = "SCR"
[columns.PLT]
form = "HE"
item = "platelets"
unit = "10^9/L"
""")


def refusals(content: bytes, mapping: Mapping = MAPPING) -> list[tuple[int, str, str]]:
    """Return row, column and sentence of everything that is refused."""
    with pytest.raises(ImportRefused) as refused:
        read_source(decoded(content, encoding=mapping.encoding), mapping)
    return [(entry.row, entry.column, entry.sentence.english()) for entry in refused.value.report.entries]


def rows(content: bytes) -> list[dict[str, str]]:
    return [dict(row.cells) for row in read_source(decoded(content, encoding="utf-8"), MAPPING).rows]


def test_a_file_is_read_row_by_row():
    assert rows(b"id,PLT,note\nA,120,x\nB,,\n") == [
        {"id": "A", "PLT": "120", "note": "x"},
        {"id": "B", "PLT": "", "note": ""},
    ]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfid,PLT\nA,120\n", b"id,PLT\r\nA,120\r\n", b"id,PLT\nA,120\n\n\n"])
def test_a_byte_order_mark_other_line_ends_and_empty_lines_are_fine(content: bytes):
    assert rows(content) == [{"id": "A", "PLT": "120"}]


def test_an_ignored_column_may_be_absent():
    assert rows(b"id,PLT\nA,1\n") == [{"id": "A", "PLT": "1"}]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \n\n"])
def test_an_empty_file_is_refused(content: bytes):
    assert refusals(content) == [(0, "", "The file is empty.")]


def test_a_header_without_rows_is_refused():
    assert refusals(b"id,PLT\n") == [(0, "", "The file has a header, but no row.")]


def test_a_file_in_another_encoding_is_refused_with_its_line():
    assert refusals("id,PLT\nA,1\nJosé,2\n".encode("latin-1")) == [
        (3, "", "The file is not written in utf-8 (byte 14). Name its encoding in the mapping.")
    ]


def test_the_encoding_of_the_mapping_is_used():
    assert decoded("µ".encode("latin-1"), encoding="latin-1") == "µ"


def test_a_nul_byte_is_refused():
    assert refusals(b"id,PLT\nA,1\nB,\x002\n") == [
        (3, "", "The file holds a NUL byte: it is no text, or in another encoding.")
    ]


def test_a_key_longer_than_is_kept_is_refused():
    assert rows(b"id,PLT,note\n" + b"A" * 60 + b",1,\n")
    assert refusals(b"id,PLT,note\n" + b"A" * 61 + b",1,\n") == [
        (2, "id", "The key has 61 characters; a key has at most 60.")
    ]


def test_an_unknown_column_is_refused():
    assert refusals(b"id,PLT,height,weight\nA,1,2,3\n") == [
        (1, "height", "The mapping neither uses nor ignores these columns of the file: height, weight.")
    ]


def test_a_column_of_the_mapping_that_the_file_lacks_is_refused():
    assert refusals(b"id,note\nA,1\n") == [(1, "PLT", "The file does not have these columns of the mapping: PLT.")]


def test_many_unknown_columns_are_named_in_part():
    header = ",".join(["id", "PLT", *(f"c{number}" for number in range(12))])

    [(_, _, said)] = refusals(f"{header}\n".encode())

    assert said.endswith("c0, c1, c2, c3, c4, c5, c6, c7, and 4 more.")


def test_a_column_that_stands_twice_is_refused():
    assert refusals(b"id,PLT,PLT\nA,1,2\n") == [(1, "PLT", "The column stands 2 times in the header.")]


def test_a_column_without_a_name_is_refused():
    assert (1, "", "A column of the header has no name.") in refusals(b"id,PLT,\nA,1,2\n")


def test_five_thousand_columns_are_one_sentence():
    header = ",".join(["id", "PLT", *(f"c{number}" for number in range(4998))])

    assert refusals(f"{header}\nA,1\n".encode()) == [
        (1, "", f"The file has 5000 columns; an import takes at most {MOST_COLUMNS}.")
    ]


def test_another_delimiter_is_noticed():
    assert refusals(b"id;PLT\nA;1\n") == [
        (1, "", "The first row is a single cell; its cells are perhaps not separated by “,”.")
    ]


@pytest.mark.parametrize("row", [b"B\n", b"B,2,3\n"])
def test_a_row_of_another_length_is_refused(row: bytes):
    count = row.count(b",") + 1

    assert refusals(b"id,PLT\nA,1\n" + row) == [
        (3, "", f"The row has {count} cells where the header has 2; the file may have been cut off.")
    ]


def test_a_file_cut_inside_quotes_is_refused():
    [(row, _, said)] = refusals(b'id,PLT\nA,1\nB,"2')

    assert row == 3
    assert said.startswith("The file cannot be read from here on (")
    assert said.endswith("it may have been cut off.")


def test_a_duplicate_subject_is_refused_with_both_rows():
    assert refusals(b"id,PLT\nA,1\nB,2\nA,3\n") == [
        (4, "id", "The key stands in row 2 already; one row is one subject.")
    ]


def test_a_row_without_key_is_refused():
    assert refusals(b"id,PLT\n ,1\n") == [(2, "id", "The row has no key; a row without one cannot be known again.")]


def test_a_file_that_is_too_large_is_refused():
    [(_, _, said)] = refusals(b"x" * (MOST_BYTES + 1))

    assert said == f"The file has {MOST_BYTES + 1} bytes; an import takes at most {MOST_BYTES}. Split it."


def test_too_many_rows_are_refused():
    content = b"id,PLT\n" + b"".join(b"%d,1\n" % number for number in range(MOST_ROWS + 1))

    assert refusals(content) == [(MOST_ROWS + 2, "", f"The file has more than {MOST_ROWS} rows; split it.")]
