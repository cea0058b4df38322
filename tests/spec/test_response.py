"""Chapter 2: the clinical complete response. Scans are complete responses unless said otherwise.

The upper limits are 20 ng/mL for AFP and 40 mAU/mL for PIVKA-II unless said otherwise. Days are of 2025.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from protocol.completing import completes
from protocol.record import Conversion, FormRecord, Record
from protocol.response import Response, response
from tests.protocol_ground import (
    IU_FACTOR,
    LAB,
    RANGES,
    baseline,
    complete_response,
    form,
    lesion,
    limit,
    markers,
    scan,
    with_ranges,
)

NORMAL = (markers("2025-03-03", "12", "25"), markers("2025-03-31", "8", "30"))
CR_PAIR = (complete_response("2025-03-03"), complete_response("2025-03-31"))


def found(*forms: FormRecord, on: str = "2025-03-31", ranges=RANGES, conversions=()) -> Response:
    record = Record(subject="001", forms=(baseline(), *forms), ranges=ranges, conversions=conversions)
    return response(record, date.fromisoformat(on))


def not_evaluable(on: str) -> FormRecord:
    return scan(on, lesion("T1", "-"), lesion("NT1", "0"))


def partial_response(on: str) -> FormRecord:
    return scan(on, lesion("T1", "20"), lesion("NT1", "0"))


# --- the vectors of imaging -----------------------------------------------------------------------------------


def scans(*days: str) -> list[FormRecord]:
    return [complete_response(f"2025-{day}") for day in days]


def normal_markers(*days: str) -> list[FormRecord]:
    return [markers(f"2025-{day}") for day in days]


def test_c01_two_complete_responses_28_days_apart_with_normal_markers():
    result = found(*CR_PAIR, *NORMAL)

    assert result.verdict == "pass"
    assert (result.imaging_pair.gap_days, result.marker_pair.gap_days) == (28, 28)
    assert (result.first_on, result.confirmed_on) == (date(2025, 3, 3), date(2025, 3, 31))


def test_c02_27_days_are_not_yet():
    result = found(*scans("03-03", "03-30"), *NORMAL, on="2025-03-30")

    assert result.imaging.verdict == "unknown"
    assert result.imaging.reason.english() == "A second complete response is needed: a scan not before 2025-03-31."
    assert result.imaging.next_on == date(2025, 3, 31)


def test_c02b_a_later_pair_passes_where_an_earlier_gap_was_too_long():
    result = found(*scans("03-03", "04-15", "05-13"), *normal_markers("04-15", "05-13"), on="2025-05-13")

    assert result.verdict == "pass"
    assert [result.assessments[at].on for at in (result.imaging_pair.first, result.imaging_pair.second)] == [
        date(2025, 4, 15),
        date(2025, 5, 13),
    ]


def test_c03_a_calendar_month_from_31_january_is_28_days():
    result = found(*scans("01-31", "02-28"), *normal_markers("01-31", "02-28"), on="2025-02-28")

    assert result.verdict == "pass"


@pytest.mark.parametrize(("vector", "second", "verdict"), [("C05", "04-14", "pass"), ("C06", "04-15", "review")])
def test_a_gap_of_42_days_passes_and_of_43_is_a_review(vector, second, verdict):
    result = found(*scans("03-03", second), *normal_markers("03-17", "04-14"), on=f"2025-{second}")

    assert result.verdict == verdict


def test_c06_says_by_how_much_the_gap_is_too_long():
    result = found(*scans("03-03", "04-15"), *normal_markers("03-17", "04-14"), on="2025-04-15")

    assert result.reason.english() == "The scans of 2025-03-03 and 2025-04-15 lie 43 days apart, longer than 42 days."


def test_c08_a_scan_not_evaluable_between_is_a_review():
    result = found(*scans("03-03", "03-31"), not_evaluable("2025-03-20"), *NORMAL)

    assert result.verdict == "review"
    assert result.reason.english() == (
        "Between or after the two scans of the pair lies one that is not evaluable or not settled: 2025-03-20."
    )


def test_a_scan_not_evaluable_before_a_clear_pair_does_not_matter():
    result = found(not_evaluable("2025-02-20"), *CR_PAIR, *NORMAL)

    assert result.verdict == "pass"


def test_a_scan_that_is_no_complete_response_breaks_the_run():
    result = found(*scans("03-03", "04-10"), partial_response("2025-03-20"), *NORMAL, on="2025-04-10")

    assert result.imaging.verdict == "unknown"
    assert result.imaging.next_on == date(2025, 5, 8)


def test_a_pair_followed_by_progression_does_not_count():
    result = found(*CR_PAIR, scan("2025-04-05", lesion("T1", "20"), lesion("NT1", "0")), *NORMAL, on="2025-04-07")

    assert result.verdict == "unknown"
    assert result.reason.english().startswith("The scan of 2025-04-05 is PD and breaks the run")


def test_two_scans_near_each_other_keep_the_earlier_one():
    result = found(*scans("03-03", "03-17", "03-31"), *NORMAL)

    assert result.verdict == "pass"
    assert result.imaging_pair.gap_days == 28


def test_a_scan_not_completely_read_leaves_it_open():
    unread = scan("2025-03-20", lesion("T1", None), lesion("NT1", "0"))

    result = found(*CR_PAIR, unread, *NORMAL)

    assert result.imaging.verdict == "unknown"


def test_c23_an_equivocal_nodule_on_the_second_scan_does_not_qualify():
    doubtful = scan(
        "2025-03-31",
        lesion("T1", "0"),
        lesion("NT1", "0"),
        lesion("N1", "7", new_pattern="typical"),
        new_lesion="equivocal",
    )

    result = found(complete_response("2025-03-03"), doubtful, *NORMAL)

    assert result.verdict == "unknown"
    assert result.assessments[-1].overall == "CR"
    assert not result.assessments[-1].is_qualifying


def test_a_ct_with_lipiodol_asks_for_an_mri():
    result = found(
        complete_response("2025-03-03"), complete_response("2025-03-31", modality="ct", lipiodol="Y"), *NORMAL
    )

    assert result.verdict == "review"
    assert "an MRI is asked for" in result.reason.english()


def test_a_change_of_modality_is_noted_and_passes():
    result = found(complete_response("2025-03-03", modality="ct"), complete_response("2025-03-31"), *NORMAL)

    assert result.verdict == "pass"
    assert [note.english() for note in result.notes] == [
        "The modality changed between the two scans; compare them with care."
    ]


@pytest.mark.parametrize(("started", "seen"), [("2024-10-10", ["CR", "PD", "CR"]), ("2025-04", ["CR"]), ("", ["CR"])])
def test_a_scan_entered_as_baseline_after_therapy_began_is_judged_against_the_true_one(started, seen):
    treatment = form("PT", started, kind="tace", first_line="Y", ongoing="N")
    second = scan("2025-03-10", lesion("T1", "30"), lesion("NT1", "0"), timepoint="baseline", new_lesion="no")

    result = found(treatment, *CR_PAIR, second, *NORMAL)

    assert [each.overall for each in result.assessments] == seen
    assert result.verdict == "unknown"


def test_a_late_baseline_says_what_it_is():
    treatment = form("PT", "2024-10-10", kind="tace", first_line="Y", ongoing="N")
    late = scan("2025-02-20", lesion("T1", "30"), lesion("NT1", "0"), timepoint="baseline", new_lesion="no")
    said = "The scan of 2025-02-20 is entered as the baseline, but conversion therapy had begun by 2024-10-10: "

    assert found(treatment, late).assessments[0].overall == "PR"
    assert found(treatment, late).assessments[0].reasons[0].english() == said + "it is judged as a follow-up."


def test_without_a_baseline_before_therapy_no_response_is_known():
    treatment = form("PT", "2024-09-10", kind="tace", first_line="Y", ongoing="N")

    result = found(treatment, *CR_PAIR, *NORMAL)

    assert result.verdict == "unknown"
    assert [each.overall for each in result.assessments] == [None, None, None]
    assert result.imaging.reason.english() == ("The tumour assessment before conversion therapy (baseline) is missing.")


@pytest.mark.parametrize(("started", "count"), [("2024-10-01", 2), ("2024-09-30", 3)])
def test_a_baseline_of_the_day_therapy_began_is_one(started, count):
    treatment = form("PT", started, kind="haic", first_line="Y", ongoing="N")

    assert len(found(treatment, *CR_PAIR).assessments) == count


def test_only_conversion_therapy_ends_the_days_of_a_baseline():
    treatment = form("PT", "2024-09-10", kind="ablation", first_line="N", ongoing="N")

    assert found(treatment, *CR_PAIR, *NORMAL).verdict == "pass"


@pytest.mark.parametrize("doubted", ["03-03", "03-17", "03-31", "04-04"])
def test_a_reader_who_states_another_response_since_the_first_scan_is_a_review(doubted):
    sure = [day for day in ("03-03", "03-31") if day != doubted]

    result = found(*scans(*sure), complete_response(f"2025-{doubted}", reader_overall="PD"), *NORMAL, on="2025-04-07")

    assert result.verdict == "review"
    assert f"The reader of the scan of 2025-{doubted} states PD, the lesions give CR." in result.reason.english()


@pytest.mark.parametrize(
    ("doubted", "items"),
    [("02-20", {"reader_overall": "PD"}), ("03-17", {"reader_overall": "CR"}), ("04-04", {"reader_overall": "CR"})],
)
def test_a_reader_who_agrees_or_doubted_before_the_first_scan_changes_nothing(doubted, items):
    result = found(*CR_PAIR, complete_response(f"2025-{doubted}", **items), *NORMAL, on="2025-04-07")

    assert result.verdict == "pass"


def test_a_clear_pair_begins_only_after_a_scan_that_its_reader_doubts():
    doubted = complete_response("2025-03-31", reader_overall="PD")

    waiting = found(complete_response("2025-03-03"), doubted, complete_response("2025-04-07"), *NORMAL, on="2025-04-07")

    assert waiting.verdict == "review"
    assert waiting.imaging.next_on == date(2025, 5, 5)


# --- the vectors of the markers -------------------------------------------------------------------------------

MARKER_VECTORS = """
     | first          | second         | verdict
C10  | 20.0, 40       | 20.0, 40       | pass
C11  | 12, 25         | 20.1, 25       | unknown
     | 12, 25         | 8, 40.1        | unknown
C15  | <0.61, 25      | <0.61, 25      | pass
     | <50, 25        | <50, 25        | unknown
     | >1000, 25      | >1000, 25      | unknown
C17  | 16 IU/mL, 25   | 16 IU/mL, 25   | pass
     | 16 IU/mL, 25   | 16.6 IU/mL, 25 | unknown
"""


def drawn(on: str, both: str, **items: str) -> FormRecord:
    afp, pivka = both.split(", ")
    return markers(on, tuple(afp.split(" ")) if " " in afp else afp, pivka, **items)


@pytest.mark.parametrize(
    ("vector", "first", "second", "verdict"),
    [[cell.strip() for cell in line.split("|")] for line in MARKER_VECTORS.strip("\n").splitlines()[1:]],
)
def test_the_markers_of_a_pair(vector, first, second, verdict):
    result = found(*CR_PAIR, drawn("2025-03-03", first), drawn("2025-03-31", second), conversions=(IU_FACTOR,))

    assert result.verdict == verdict


def test_c11_a_value_above_the_limit_breaks_the_run_and_shows_the_next_day():
    result = found(*CR_PAIR, markers("2025-03-03"), markers("2025-03-31", "20.1"))

    assert result.reason.english() == (
        "AFP 20.1 ng/mL of 2025-03-31 is above the upper limit of 20 ng/mL and breaks the run; "
        "a new pair may begin on 2025-04-01 and be complete not before 2025-04-29."
    )


def test_c13_an_incomplete_timepoint_is_ignored_and_seconds_28_days_apart_are_a_review():
    draws = (markers("2025-03-03", "10", None), markers("2025-03-31"), markers("2025-04-28"))

    result = found(*CR_PAIR, *draws, on="2025-04-28")

    assert result.marker.verdict == "pass"
    assert result.marker_pair.gap_days == 28
    assert result.verdict == "review"
    assert result.reason.english() == (
        "The second scan of 2025-03-31 and the second normal markers of 2025-04-28 lie 28 days apart, more than 14."
    )
    assert result.notes[0].english() == "The draw of 2025-03-03 has one marker only and is not counted."


def test_c17_says_that_the_value_was_converted():
    result = found(
        *CR_PAIR, drawn("2025-03-03", "16 IU/mL, 25"), drawn("2025-03-31", "16 IU/mL, 25"), conversions=(IU_FACTOR,)
    )

    assert (
        result.markers[0].afp.evidence().note.english() == "Converted to the unit of the reference range: 19.36 ng/mL."
    )
    assert "AFP 16 IU/mL was converted to the unit of the reference range." in {note.english() for note in result.notes}


def test_c17_without_a_factor_of_the_laboratory_the_value_is_not_known():
    result = found(*CR_PAIR, drawn("2025-03-03", "16 IU/mL, 25"), drawn("2025-03-31", "16 IU/mL, 25"))

    assert result.verdict == "unknown"


def test_c18_pivka_in_ng_ml_is_compared_in_its_own_unit():
    ranges = (limit("AFP", "20", "ng/mL"), limit("PIVKA-II", "28.4", "ng/mL"))
    draws = [markers(on, "8", ("26", "ng/mL")) for on in ("2025-03-03", "2025-03-31")]

    assert found(*CR_PAIR, *draws, ranges=ranges).verdict == "pass"
    assert found(*CR_PAIR, *draws, ranges=RANGES).verdict == "unknown"


@pytest.mark.parametrize("factor", ["1.4", "1.0", "0.01"])
def test_a_factor_for_pivka_that_stands_already_is_not_judged_by(factor):
    there = Conversion(laboratory=LAB, analyte="PIVKA-II", unit_from="ng/mL", unit_to="mAU/mL", factor=Decimal(factor))
    back = replace(there, unit_from="mAU/mL", unit_to="ng/mL")
    draws = [markers(on, "8", ("26", "ng/mL")) for on in ("2025-03-03", "2025-03-31")]

    for own in ((there,), (back,), (there, back)):
        result = found(*CR_PAIR, *draws, conversions=own)
        assert result.verdict == "unknown"
        assert result.reason.english() == (
            f"The reference range of {LAB} for PIVKA-II (ng/mL) on 2025-03-31 is missing."
        )


def other_laboratory(**more: object) -> tuple:
    return tuple(replace(each, laboratory="Other", id=f"Other {each.id}") for each in RANGES)


def test_c19_a_change_of_laboratory_inside_the_pair_is_a_review():
    draws = (markers("2025-03-03"), markers("2025-03-31", laboratory="Other"))

    result = found(*CR_PAIR, *draws, ranges=(*RANGES, *other_laboratory()))

    assert result.verdict == "review"
    assert "not interchangeable" in result.reason.english()


BOTH_UNITS = (*RANGES, limit("PIVKA-II", "28.4", "ng/mL"))
UNIT_CHANGES = [
    (("8", "25"), (("8", "IU/mL"), "25"), "AFP was reported in ng/mL on 2025-03-03 and in IU/mL on 2025-03-31"),
    (
        (("8", "IU/mL"), "25"),
        (("8", "µg/L"), "25"),
        "AFP was reported in IU/mL on 2025-03-03 and in µg/L on 2025-03-31",
    ),
    (("8", "25"), ("8", ("26", "ng/mL")), "PIVKA-II was reported in mAU/mL on 2025-03-03 and in ng/mL on 2025-03-31"),
]


@pytest.mark.parametrize(("first", "second", "said"), UNIT_CHANGES)
def test_a_change_of_unit_inside_the_pair_is_a_review_that_names_both(first, second, said):
    draws = (markers("2025-03-03", *first), markers("2025-03-31", *second))

    result = found(*CR_PAIR, *draws, ranges=BOTH_UNITS, conversions=(IU_FACTOR,))

    assert result.verdict == "review"
    assert result.reason.english() == f"{said}; such values are not interchangeable."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("8", "25"), (("8", "µg/L"), "25")),
        ((("8", "µg/L"), "25"), ("8", "25")),
        ((("8", "IU/mL"), "25"), (("9", "IU/mL"), "25")),
        (("8", ("26", "ng/mL")), ("8", ("27", "ng/mL"))),
    ],
)
def test_the_same_unit_by_another_name_is_no_change(first, second):
    draws = (markers("2025-03-03", *first), markers("2025-03-31", *second))

    assert found(*CR_PAIR, *draws, ranges=BOTH_UNITS, conversions=(IU_FACTOR,)).verdict == "pass"


def test_a_pair_in_one_unit_passes_beside_one_whose_unit_changed():
    draws = (markers("2025-03-03"), markers("2025-03-10", ("8", "IU/mL")), markers("2025-03-31"))

    assert found(*CR_PAIR, *draws, conversions=(IU_FACTOR,)).verdict == "pass"


def of_method(*methods: str) -> list[FormRecord]:
    return [markers(f"2025-{day}", afp_method=method) for day, method in zip(("03-03", "03-31"), methods, strict=True)]


def test_a_change_of_method_inside_the_pair_is_a_review():
    result = found(*CR_PAIR, *of_method("ECLIA", "CMIA"))

    assert result.verdict == "review"
    assert "not interchangeable" in result.reason.english()
    assert found(*CR_PAIR, *of_method("ECLIA", "eclia ")).verdict == "pass"


def test_the_limit_of_the_method_holds_and_a_method_not_entered_is_asked_for():
    ranges = (limit("AFP", "7", "ng/mL", method="ECLIA"), limit("PIVKA-II", "40", "mAU/mL"))

    assert found(*CR_PAIR, *of_method("ECLIA", "eclia"), ranges=ranges).marker.verdict == "unknown"
    assert found(*CR_PAIR, *of_method("ECLIA", "ECLIA"), ranges=(*ranges, *RANGES)).markers[0].afp.limit == "7 ng/mL"
    asked = found(*CR_PAIR, *NORMAL, ranges=ranges)
    assert asked.reason.english() == (
        f"The reference range of {LAB} for AFP on 2025-03-31 depends on the method: enter it."
    )
    assert ("MK", "afp_method") in {(need.crf, need.item) for need in asked.judgement.needs}


def test_c21_a_missing_upper_limit_blocks():
    draws = (markers("2025-03-03"), markers("2025-03-31", laboratory="Other"))

    result = found(*CR_PAIR, *draws)

    assert result.verdict == "unknown"
    assert result.reason.english() == ("The reference range of Other for AFP (ng/mL) on 2025-03-31 is missing.")


def test_an_invalid_result_is_missing():
    result = found(*CR_PAIR, markers("2025-03-03"), markers("2025-03-31", "300", afp_valid="N"))

    assert result.verdict == "unknown"
    assert result.markers[-1].afp is None


def test_a_high_value_alone_breaks_the_run():
    draws = (markers("2025-03-03"), markers("2025-03-17", "90", None), markers("2025-03-31"))

    assert found(*CR_PAIR, *draws).verdict == "unknown"


@pytest.mark.parametrize(("pivka_on", "verdict"), [("2025-03-06", "pass"), ("2025-03-07", "unknown")])
def test_draws_of_one_timepoint_lie_at_most_3_days_apart(pivka_on, verdict):
    draws = (markers("2025-03-03", "8", None), markers(pivka_on, None, "25"), markers("2025-04-07"))

    assert found(*scans("03-10", "04-07"), *draws, on="2025-04-07").verdict == verdict


def test_the_gap_runs_from_the_later_draw_of_the_first_to_the_earlier_of_the_second():
    draws = (
        markers("2025-03-03", "8", None),
        markers("2025-03-05", None, "25"),
        markers("2025-04-01", "8", None),
        markers("2025-04-03", None, "25"),
    )

    result = found(*scans("03-03", "03-31"), *draws, on="2025-04-03")

    assert result.marker.verdict == "unknown"
    assert result.marker.next_on == date(2025, 4, 3)


# --- draws of one marker alone -------------------------------------------------------------------------------------

FIRST_DRAW = (markers("2025-03-03"),)
TWO_ALONE = (markers("2025-03-31", "8", None), markers("2025-03-31", None, "25"))


@pytest.mark.parametrize("day", ["02-28", "03-03", "03-28", "03-30", "03-31", "04-03"])
@pytest.mark.parametrize("alone", [("8", None), (None, "25")])
def test_a_lone_normal_value_beside_a_pair_takes_nothing_from_it(day, alone):
    lone = markers(f"2025-{day}", *alone)

    assert found(*CR_PAIR, *FIRST_DRAW, *TWO_ALONE, on="2025-04-04").verdict == "pass"
    assert found(*CR_PAIR, *FIRST_DRAW, *TWO_ALONE, lone, on="2025-04-04").verdict == "pass"


def test_a_value_is_joined_with_each_of_the_other_marker_that_is_near_enough():
    result = found(*FIRST_DRAW, *TWO_ALONE, markers("2025-03-28", "9", None), on="2025-04-04")

    assert [(point.afp.fact.value, point.first_on, point.last_on) for point in result.markers[1:]] == [
        ("9", date(2025, 3, 28), date(2025, 3, 31)),
        ("8", date(2025, 3, 31), date(2025, 3, 31)),
    ]
    assert (result.marker.verdict, result.marker_pair.gap_days) == ("pass", 28)
    assert len({(each.form, each.path) for each in result.judgement.evidence}) == len(result.judgement.evidence)


def test_a_lone_value_beside_a_whole_draw_is_joined_with_its_other_marker_and_one_farther_away_is_not_counted():
    result = found(*NORMAL, markers("2025-04-03", "8", None), markers("2025-03-08", "8", None), on="2025-04-04")

    assert [(point.first_on.day, point.last_on.day, str(point.standing)) for point in result.markers] == [
        (3, 3, "counts"),
        (8, 8, "ignored"),
        (31, 31, "counts"),
        (31, 3, "counts"),
    ]
    assert [note.english() for note in result.notes] == [
        "The draw of 2025-03-08 has one marker only and is not counted."
    ]


def test_two_whole_draws_of_one_assay_are_not_joined_across():
    assert len(found(*NORMAL, markers("2025-04-02"), on="2025-04-04").markers) == 3


@pytest.mark.parametrize("between", [("90", None), (None, "41"), ("<50", None)])
@pytest.mark.parametrize("day", ["03-31", "04-01", "04-02"])
def test_what_lies_between_two_lone_values_keeps_them_apart(between, day):
    draws = (*FIRST_DRAW, markers("2025-03-31", "8", None), markers("2025-04-02", None, "25"))

    result = found(*CR_PAIR, *draws, markers(f"2025-{day}", *between), markers("2025-04-29"), on="2025-04-30")

    assert result.marker.verdict == "unknown"
    assert result.marker.window.first == date(2025, 5, 27)  # the draw of 29 April begins anew


def test_a_value_above_the_limit_breaks_on_its_own_day_and_not_on_that_of_its_partner():
    draws = (markers("2025-04-01", None, "25"), markers("2025-04-02"), markers("2025-04-03", "90", None))

    result = found(*CR_PAIR, *draws, markers("2025-04-30"), on="2025-04-30")

    assert result.marker.verdict == "unknown"


# --- both together, and their age -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "verdict"),
    [("2025-04-14", "pass"), ("2025-04-15", "review"), ("2025-04-28", "review"), ("2025-04-29", "unknown")],
)
def test_markers_older_than_14_days_are_a_review_and_a_scan_older_than_28_days_is_needed_anew(on, verdict):
    assert found(*CR_PAIR, *NORMAL, on=on).verdict == verdict


def test_old_markers_are_mended_by_one_fresh_draw_today_and_not_by_a_pair():
    result = found(*CR_PAIR, *NORMAL, on="2025-04-15")
    mended = found(*CR_PAIR, *NORMAL, markers("2025-04-15"), on="2025-04-15")
    today = date(2025, 4, 15)

    assert result.reason.english() == (
        "The latest normal markers of 2025-03-31 are older than 14 days on 2025-04-15; a new draw is possible now."
    )
    assert {(need.crf, need.item, need.not_before) for need in result.judgement.needs} == {
        ("MK", "afp", today),
        ("MK", "pivka", today),
    }
    assert (result.marker.next_on, bool(result.marker.needs)) == (today, True)
    assert mended.verdict == "pass"


def test_a_fresh_pair_asks_for_no_draw_and_says_until_when_it_is_fresh():
    result = found(*CR_PAIR, *NORMAL, on="2025-04-14")

    assert (result.marker.next_on, result.marker.needs, result.judgement.needs) == (None, (), ())
    assert result.marker.reason.english().endswith("The latest normal markers may be used until 2025-04-14.")


def test_every_review_of_the_response_says_what_would_mend_it():
    too_long = found(*scans("03-03", "04-15"), *normal_markers("03-18", "04-15"), on="2025-04-15")
    far_apart = found(*CR_PAIR, markers("2025-03-10"), markers("2025-04-15"), on="2025-04-15")

    assert (too_long.verdict, {need.crf for need in too_long.judgement.needs}) == ("review", {"TA"})
    assert (far_apart.verdict, {need.crf for need in far_apart.judgement.needs}) == ("review", {"TA"})


def test_the_verdict_holds_until_the_first_of_both_grows_old():
    assert found(*CR_PAIR, *NORMAL).judgement.valid_until == date(2025, 4, 14)


@pytest.mark.parametrize(("second_draw", "verdict"), [("2025-04-14", "pass"), ("2025-04-15", "review")])
def test_second_scan_and_second_markers_lie_at_most_14_days_apart(second_draw, verdict):
    draws = (markers("2025-03-10"), markers(second_draw))

    assert found(*CR_PAIR, *draws, on="2025-04-15").verdict == verdict


def test_a_later_value_above_the_limit_undoes_the_pair():
    result = found(*CR_PAIR, *NORMAL, markers("2025-04-04", "33"), on="2025-04-07")

    assert result.verdict == "unknown"


def test_what_is_dated_after_the_day_is_not_seen():
    result = found(*CR_PAIR, *NORMAL, on="2025-03-30")

    assert result.verdict == "unknown"
    assert len(result.assessments) == 1


def test_nothing_entered_is_unknown_with_what_is_needed():
    result = response(Record(subject="001"), date(2025, 3, 31))

    assert result.verdict == "unknown"
    assert [(need.crf, need.item) for need in result.judgement.needs] == [
        ("TA", "scan_on"),
        ("MK", "afp"),
        ("MK", "pivka"),
    ]


def test_the_age_of_a_range_decides():
    expired = with_ranges(
        Record(subject="001", forms=(baseline(), *CR_PAIR, *NORMAL)),
        [replace(each, valid_to=date(2025, 3, 15)) for each in RANGES],
    )

    assert response(expired, date(2025, 3, 31)).verdict == "unknown"


# --- runs that were broken, and the days of the next scan or draw ------------------------------------------------


def test_every_broken_run_is_told_with_what_broke_it():
    draws = (
        markers("2025-03-03"),
        markers("2025-03-31", "20.1"),
        markers("2025-04-01"),
        markers("2025-04-15", "8", ("41", "mAU/mL")),
        markers("2025-04-16"),
    )

    result = found(*CR_PAIR, *draws, on="2025-04-20")

    assert [each.english() for each in result.marker.broken] == [
        "The run of normal markers of 2025-03-03 was broken by AFP 20.1 ng/mL of 2025-03-31, above the limit of 20 ng/mL.",
        "The run of normal markers of 2025-04-01 was broken by "
        "PIVKA-II 41 mAU/mL of 2025-04-15, above the limit of 40 mAU/mL.",
    ]
    assert (result.marker.next_on, result.marker.next_by) == (date(2025, 5, 14), date(2025, 5, 28))


def test_a_broken_run_of_scans_says_by_which_scan():
    result = found(*CR_PAIR, scan("2025-04-05", lesion("T1", "20"), lesion("NT1", "0")), *NORMAL, on="2025-04-07")

    assert [each.english() for each in result.imaging.broken] == [
        "The run of complete responses of 2025-03-03, 2025-03-31 was broken by the scan of 2025-04-05: PD."
    ]


def test_a_run_that_an_open_value_leaves_open_is_told_as_such():
    result = found(*CR_PAIR, markers("2025-03-03"), markers("2025-03-31", "<50"))

    assert [each.english() for each in result.marker.broken] == [
        "The run of normal markers of 2025-03-03 stays open: whether AFP of 2025-03-31 is normal is not known."
    ]


def test_an_abnormal_value_before_any_normal_one_breaks_nothing():
    assert found(*CR_PAIR, markers("2025-03-01", "900"), *NORMAL).marker.broken == ()


@pytest.mark.parametrize(
    ("on", "window", "next_on"),
    [
        ("2025-03-10", ("2025-03-31", "2025-04-14"), "2025-03-31"),
        ("2025-04-02", ("2025-03-31", "2025-04-14"), "2025-04-02"),
        ("2025-04-14", ("2025-03-31", "2025-04-14"), "2025-04-14"),
        ("2025-04-15", None, "2025-04-15"),
    ],
)
def test_a_second_scan_has_a_first_and_a_last_day(on, window, next_on):
    part = found(*scans("03-03"), *normal_markers("03-03"), on=on).imaging

    assert (part.window and (str(part.window.first), str(part.window.last))) == window
    assert (str(part.next_on), part.next_by) == (next_on, window and date.fromisoformat(window[1]))
    assert [(str(need.not_before), need.not_after) for need in part.needs] == [(next_on, part.next_by)]


def test_the_days_of_two_near_scans_are_joined_and_those_with_a_gap_between_are_not():
    near = found(*scans("03-03", "03-12"), on="2025-03-20").imaging
    far = found(*scans("03-03", "03-29"), on="2025-04-01").imaging
    late = found(*scans("03-03", "03-29"), on="2025-04-15").imaging

    assert (near.next_on, near.next_by) == (date(2025, 3, 31), date(2025, 4, 23))
    assert (far.next_on, far.next_by) == (date(2025, 4, 1), date(2025, 4, 14))
    assert (late.next_on, late.next_by) == (date(2025, 4, 26), date(2025, 5, 10))


def test_after_a_scan_not_evaluable_the_clear_pair_begins_behind_it():
    result = found(*scans("03-03", "03-31"), not_evaluable("2025-03-20"), *NORMAL)

    assert (result.imaging.verdict, result.imaging.next_on) == ("review", date(2025, 4, 28))


def test_a_broken_run_has_no_last_day_because_it_begins_anew():
    result = found(*CR_PAIR, markers("2025-03-03"), markers("2025-03-31", "20.1"))

    assert (result.marker.next_on, result.marker.next_by, result.marker.window) == (date(2025, 4, 1), None, None)


def test_a_pair_of_scans_says_until_when_the_latest_one_may_be_used():
    result = found(*CR_PAIR, *NORMAL, on="2025-04-14")

    assert result.imaging.reason.english() == (
        "Complete responses on 2025-03-03 and 2025-03-31 lie 28 days apart. "
        "The latest scan may be used until 2025-04-28."
    )
    assert (result.imaging.next_on, result.imaging.needs) == (None, ())


# --- whether both second members are of one time ------------------------------------------------------------------

TOGETHER = """
scans        | draws               | on    | sentence
03-03, 03-31 | 03-03, 03-31        | 03-31 | The second scan and the second normal markers are of one day, 2025-03-31.
03-03, 03-31 | 03-04, 04-01        | 04-01 | The second scan of 2025-03-31 and the second normal markers of 2025-04-01 lie one day apart; this is near enough, as at most 14 days are allowed.
03-03, 03-31 | 03-17, 04-14        | 04-14 | The second scan of 2025-03-31 and the second normal markers of 2025-04-14 lie 14 days apart; this is near enough, as at most 14 days are allowed.
03-03, 03-31 | 03-18, 04-15        | 04-15 | The second scan of 2025-03-31 and the second normal markers of 2025-04-15 lie 15 days apart, more than 14.
03-03, 03-31 | 03-10               | 04-01 | The second draw should lie within 14 days of the second scan of 2025-03-31: until 2025-04-14.
03-03, 03-31 | 03-18               | 04-01 | A second normal draw is possible from 2025-04-15 on, more than 14 days after the second scan of 2025-03-31: a further scan near that draw is needed as well.
03-10        | 03-03, 03-31        | 04-01 | The second scan should lie within 14 days of the second normal markers of 2025-03-31: until 2025-04-14.
03-18        | 03-03, 03-31        | 04-01 | A second scan is possible from 2025-04-15 on, more than 14 days after the second normal markers of 2025-03-31: further markers near that scan are needed as well.
03-03        | 03-03               | 03-03 | None
"""


@pytest.mark.parametrize(
    ("scanned", "drawn_on", "on", "said"),
    [[cell.strip() for cell in line.split("|")] for line in TOGETHER.strip("\n").splitlines()[1:]],
)
def test_second_scan_and_second_draw_are_of_one_time_or_are_due(scanned, drawn_on, on, said):
    result = found(*scans(*scanned.split(", ")), *normal_markers(*drawn_on.split(", ")), on=f"2025-{on}")

    assert str(result.together and result.together.english()) == said


def test_the_draw_named_is_the_one_of_the_timepoint_that_lies_farther_from_the_scan():
    draws = (markers("2025-03-03"), markers("2025-04-01", "8", None), markers("2025-04-03", None, "25"))

    assert found(*CR_PAIR, *draws, on="2025-04-03").together.english() == (
        "The second scan of 2025-03-31 and the second normal markers of 2025-04-03 lie 3 days apart; "
        "this is near enough, as at most 14 days are allowed."
    )


@pytest.mark.parametrize(("second", "days"), [("2025-04-14", 42), ("2025-04-15", 43)])
def test_a_gap_of_markers_that_is_too_long_names_the_markers_and_both_days(second, days):
    result = found(*scans("03-10", "04-07"), markers("2025-03-03"), markers(second), on="2025-04-15")

    said = f"The normal markers of 2025-03-03 and {second} lie {days} days apart, longer than 42 days."
    assert (result.marker.reason.english() == said) == (days == 43)


@pytest.mark.parametrize(
    ("scanned", "drawn_on", "said"),
    [
        (
            "03-03",
            "03-28",
            "2025-04-25 on, and both second members lie within 14 days: a second scan fits it from 2025-04-11",
        ),
        ("03-28", "03-03", "a second normal draw fits it from 2025-04-11 on."),
        (
            "03-03",
            "04-05",
            "a scan until 2025-04-14 lies more than 14 days before it: a further scan from 2025-04-19 on is",
        ),
        ("03-14", "03-28", None),
    ],
)
def test_the_half_that_can_be_complete_earlier_says_from_when_it_fits_the_other(scanned, drawn_on, said):
    result = found(*scans(scanned), *normal_markers(drawn_on), on="2025-04-06" if drawn_on > "04" else "2025-03-28")

    assert result.together is None if said is None else said in result.together.english()


def test_an_invalid_draw_breaks_nothing_and_both_halves_and_what_is_missing_say_one_thing():
    invalid = markers("2025-04-20", "300", afp_valid="N")
    result = found(*scans("03-10", "04-14"), markers("2025-03-07"), invalid, on="2025-04-21")

    assert result.marker.broken == ()
    assert result.marker.reason.english() == (
        "A second timepoint with both markers normal is needed: a draw from 2025-04-21 on lies more than 42 days "
        "after the first, so that two persons have to review the pair."
    )
    assert result.together.english().endswith("second scan of 2025-04-14: until 2025-04-28.")
    assert {need.crf for need in result.judgement.needs} == {"MK"}


@pytest.mark.parametrize("second", [markers("2025-04-20", ">10"), markers("2025-04-20", laboratory="Other")])
def test_an_open_draw_leaves_the_run_open_and_no_half_says_when_it_can_be_complete(second):
    result = found(*scans("03-10", "04-14"), markers("2025-03-07"), second, on="2025-04-21")

    assert (result.marker.stays_open, result.marker.complete_on) == (True, None)
    assert "stays open" in result.marker.broken[0].english()
    assert result.together.english().endswith("second scan of 2025-04-14: until 2025-04-28.")


def test_a_further_scan_is_missing_where_the_markers_are_complete_too_late_for_the_second_one():
    result = found(*CR_PAIR, markers("2025-03-03"), markers("2025-03-31", "20.1"))

    assert [(need.crf, str(need.not_before)) for need in result.judgement.needs] == [
        ("MK", "2025-04-01"),
        ("MK", "2025-04-01"),
        ("TA", "2025-04-15"),
    ]


@pytest.mark.parametrize(
    ("draws", "on", "completing"),
    [
        ([markers("2025-03-10")], "2025-04-08", {"MK"}),
        ([markers("2025-02-10")], "2025-04-08", {"MK"}),  # 57 days: two persons review it
        ([markers("2025-03-10"), markers("2025-04-01", "20.1")], "2025-04-08", set()),
        ([markers("2025-03-10"), markers("2025-04-01", ">10")], "2025-04-08", set()),
        ([], "2025-04-08", set()),
    ],
)
def test_a_draw_that_only_begins_a_new_pair_completes_nothing(draws, on, completing):
    judgement = found(*CR_PAIR, *draws, on=on).judgement

    assert {need.crf for need in judgement.needs if completes(need, judgement)} == completing


def test_a_broken_marker_run_may_be_complete_only_a_whole_gap_later():
    result = found(*CR_PAIR, markers("2025-03-03"), markers("2025-03-31", "20.1"))

    assert result.together.english().startswith("A second normal draw is possible from 2025-04-29 on")


def test_a_first_pair_that_was_broken_is_confirmed_a_month_later():
    broken = (*CR_PAIR, markers("2025-03-03"), markers("2025-03-31", "20.1"))
    anew = (markers("2025-04-01"), markers("2025-04-29"), complete_response("2025-04-28"))

    assert found(*broken, on="2025-03-31").verdict == "unknown"
    result = found(*broken, *anew, on="2025-04-29")

    assert (result.verdict, result.confirmed_on) == ("pass", date(2025, 4, 29))
    assert len(result.marker.broken) == 1
