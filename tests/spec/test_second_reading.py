"""Chapter 1, a second reader: the readings of one scan side by side. The site's decides; differences are listed."""

from __future__ import annotations

import pytest

from protocol.record import FormRecord
from protocol.second_reading import sum_of, two_readings
from tests.protocol_ground import form, lesion, row, scan

BASELINE = scan("2025-01-01", lesion("T1", "40"), timepoint="baseline")
GONE = scan("2025-03-03", lesion("T1", "0"))


def second(on: str = "2025-03-03", *findings: dict, complete: bool = True, **said: str) -> FormRecord:
    rows: dict = {}
    for finding in findings:
        rows |= finding
    stated = {"timepoint": "follow-up", "arterial_phase": "Y", "new_lesion": "no", "reader_target": "CR"}
    stated |= {"reader_non_target": "NA", "reader_overall": "CR"}
    return form("SR", on, visit="", complete=complete, rows=rows, **(stated | said))


def finding(number: str, diameter: str | None, kind: str = "target") -> dict:
    said = {"class": kind, "organ": "liver", "evaluable": "Y", "enhancement": "present"}
    return row("findings", number, **said, viable_diameter=diameter)


def differences(*forms: FormRecord) -> list[tuple[str, str, str]]:
    (found,) = two_readings(forms)
    return [(each.title, each.first, each.second) for each in found.differences]


def test_two_readings_that_agree_list_nothing():
    assert differences(BASELINE, GONE, second()) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"reader_overall": "PR"}, ("Overall response", "CR", "PR")),
        ({"reader_target": "PR"}, ("Target response", "CR", "PR")),
        ({"reader_non_target": "CR"}, ("Non-target response", "NA", "CR")),
        ({"new_lesion": "equivocal"}, ("New lesion", "no", "equivocal")),
        ({"arterial_phase": "N"}, ("Arterial phase acquired", "yes", "no")),
    ],
)
def test_what_the_readers_disagree_on_is_listed(said, expected):
    assert differences(BASELINE, GONE, second(**said)) == [expected]


def test_the_response_that_decides_is_compared_not_what_the_first_reader_stated():
    stated = scan("2025-03-03", lesion("T1", "0"), reader_overall="PR")

    assert differences(BASELINE, stated, second(reader_overall="CR")) == []


def test_what_the_site_has_not_read_completely_is_no_difference():
    unread = scan("2025-03-03", lesion("T1", None))

    assert differences(BASELINE, unread, second(reader_overall="PR", reader_target="PR")) == []


def test_an_unfinished_second_reading_is_not_compared():
    assert two_readings([BASELINE, GONE, second(complete=False)]) == ()


def test_a_reading_of_another_day_stands_alone():
    (found,) = two_readings([BASELINE, GONE, second("2025-03-04", reader_overall="PR")])

    assert (found.first, found.compared) == (None, ())


def test_at_baseline_sums_stand_side_by_side_and_no_response_is_compared():
    (found,) = two_readings([BASELINE, second("2025-01-01", finding("1", "38"), timepoint="baseline")])

    shown = {each.title: (each.first, each.second) for each in found.compared}
    assert shown == {"Arterial phase acquired": ("yes", "yes"), "Sum of viable diameters, mm": ("40", "38")}
    assert found.differences == ()


@pytest.mark.parametrize(
    ("findings", "total"),
    [
        ([finding("1", "38.5"), finding("2", "11")], "49.5"),
        ([finding("1", "38.5"), finding("2", "11", kind="new")], "38.5"),
        ([finding("1", "38.5"), finding("2", None)], None),
        ([], None),
    ],
)
def test_the_sum_of_a_second_reading_needs_every_target_measured(findings, total):
    found = sum_of(second("2025-03-03", *findings))

    assert (str(found) if found is not None else None) == total
