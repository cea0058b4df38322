"""Chapter 1: tumour response at one assessment (mRECIST for HCC). Diameters in mm; `-` is not evaluable.

Every row is a vector: target lesions at baseline, the smallest sum before, the target lesions now, the non-target
lesion, new lesions, and the response of target lesions and overall.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from protocol import mrecist
from protocol.assessments import Assessment, assess, at_baseline
from protocol.language import Missing
from protocol.lesions import scan_of
from protocol.record import FormRecord
from tests.protocol_ground import lesion, scan

BASELINE_ON = date(2025, 1, 1)
NON_TARGET = {
    "CR": {"viable": "0"},
    "IR/SD": {"viable": "8"},
    "PD": {"viable": "30", "non_target_status": "unequivocal progression"},
    "NE": {"viable": "-"},
}
TYPICAL = lesion("N1", "12", new_pattern="typical")


def targets(diameters: str) -> list[dict]:
    return [] if diameters == "none" else [lesion(f"T{at}", d) for at, d in enumerate(diameters.split(","), start=1)]


def series(base: str, nadir: str, current: str, non_target: str, new: str) -> list[FormRecord]:
    """Return baseline, a scan that reached the nadir where that is below the baseline, and the scan in question."""
    has_non_target = non_target != "NA"
    first_non_target = [lesion("NT1", "8")] if has_non_target else []
    forms = [scan(BASELINE_ON, *targets(base), *first_non_target, timepoint="baseline")]
    if base != "none" and Decimal(nadir) < sum(Decimal(d) for d in base.split(",")):
        split = [str(Decimal(nadir) / len(base.split(",")))] * len(base.split(","))
        forms.append(scan(BASELINE_ON + timedelta(40), *targets(",".join(split)), *first_non_target))
    now = [lesion("NT1", **NON_TARGET[non_target])] if has_non_target else []
    new_rows, declared = {"N": ([], "no"), "Y": ([TYPICAL], "yes")}[new]
    forms.append(scan(BASELINE_ON + timedelta(80), *targets(current), *now, *new_rows, new_lesion=declared))
    return forms


def assessed(forms: Iterable[FormRecord]) -> list[Assessment]:
    return list(assess(scan_of(form, date.fromisoformat(form.answer("scan_on").value)) for form in forms))


def last(forms: Iterable[FormRecord]) -> Assessment:
    return assessed(forms)[-1]


VECTORS = """
      | base  | nadir | current | NTR   | new | TR | OR
M01   | 40,25 | 65    | 0,0     | CR    | N   | CR | CR
M02   | 40,25 | 65    | 0,0     | IR/SD | N   | CR | PR
M03   | 40,25 | 65    | 0,0     | NA    | N   | CR | CR
M05   | 60,40 | 100   | 42,28   | IR/SD | N   | PR | PR
M06   | 60,40 | 100   | 43,28   | IR/SD | N   | SD | SD
M07   | 60,40 | 100   | 70,50   | IR/SD | N   | PD | PD
M08   | 60,40 | 100   | 70,49   | IR/SD | N   | SD | SD
M10   | 60,40 | 50    | 35,24   | IR/SD | N   | PR | PR
M12   | 60,40 | 30    | 18,17   | IR/SD | N   | PR | PR
M13   | 15    | 10    | 12      | NA    | N   | PD | PD
M14   | 60,40 | 100   | 30,20   | PD    | N   | PR | PD
M15   | 60,40 | 100   | 0,0     | CR    | Y   | CR | PD
M17   | 60,40 | 100   | 30,-    | IR/SD | N   | NE | NE
M20   | 60,40 | 0     | 0,0     | CR    | N   | CR | CR
M21   | 60,40 | 0     | 12,0    | CR    | N   | PD | PD
M23   | none  | -     | none    | CR    | N   | NA | CR
M24   | none  | -     | none    | IR/SD | N   | NA | NON-CR/NON-PD
M26   | none  | -     | none    | NE    | N   | NA | NE
M28   | 50    | 50    | 35      | PD    | Y   | PR | PD
"""


def rows(table: str) -> list[list[str]]:
    lines = [line for line in table.strip("\n").splitlines()[1:] if line.strip()]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


@pytest.mark.parametrize(
    ("vector", "base", "nadir", "current", "non_target", "new", "target", "overall"), rows(VECTORS)
)
def test_the_response_of_one_assessment(vector, base, nadir, current, non_target, new, target, overall):
    found = last(series(base, nadir, current, non_target, new))

    assert (found.target, found.overall) == (target, overall)
    assert found.non_target == non_target


def test_m13_is_stable_where_progression_asks_for_5_mm(monkeypatch):
    monkeypatch.setattr(mrecist, "PD_ABS_MM", 5)

    found = last(series("15", "10", "12", "NA", "N"))

    assert (found.target, found.overall) == ("SD", "SD")


def test_m29_new_ascites_with_negative_cytology_is_never_progression():
    baseline, _ = series("40,25", "65", "0,0", "CR", "N")
    ascites = lesion("N1", None, organ="other", new_pattern="effusion benign")

    assert (
        last([baseline, scan(BASELINE_ON + timedelta(80), *targets("0,0"), lesion("NT1", "0"), ascites)]).overall
        == "CR"
    )


def test_m31_a_lesion_of_9_mm_is_kept_and_counts_as_non_target():
    small = scan(BASELINE_ON, lesion("T1", "9"), timepoint="baseline")

    found = last([small, scan(BASELINE_ON + timedelta(40), lesion("T1", "9"))])

    assert (found.target, found.non_target, found.overall) == ("NA", "IR/SD", "NON-CR/NON-PD")
    assert found.reasons[0].english() == "T1 measures 9 mm; a target has at least 10 mm."


def test_a_lesion_of_10_mm_is_a_target():
    found = at_baseline(scan_of(scan(BASELINE_ON, lesion("T1", "10"), timepoint="baseline"), BASELINE_ON))

    assert found.sum_viable == 10
    assert found.reasons == ()


def test_m32_a_third_target_of_the_liver_is_kept_and_counts_as_non_target():
    three = scan(BASELINE_ON, lesion("T1", "40"), lesion("T2", "30"), lesion("T3", "20"), timepoint="baseline")

    found = last([three, scan(BASELINE_ON + timedelta(40), lesion("T1", "0"), lesion("T2", "0"), lesion("T3", "20"))])

    assert found.baseline_sum == 70
    assert (found.target, found.non_target, found.overall) == ("CR", "IR/SD", "PR")
    assert found.reasons[0].english() == "T3 is one more than the 2 target lesions an organ may have."


@pytest.mark.parametrize(
    ("why", "row", "modality", "slices"),
    [
        ("a tumour thrombus", lesion("T1", "20", organ="portal vein"), "mri", "3"),
        ("not evaluable", lesion("T1", "-"), "mri", "3"),
        ("without enhancement", lesion("T1", "0"), "mri", "3"),
        ("13 mm on CT with slices of 7 mm", lesion("T1", "13"), "ct", "7"),
        ("a porta hepatis node of 19 mm", lesion("T1", "19", organ="lymph node porta hepatis"), "mri", "3"),
        ("another node of 14 mm", lesion("T1", "14", organ="lymph node other"), "mri", "3"),
    ],
)
def test_what_is_not_used_as_a_target(why, row, modality, slices):
    form = scan(BASELINE_ON, row, timepoint="baseline", modality=modality, slice_thickness=slices)

    found = last([form, scan(BASELINE_ON + timedelta(40), row)])

    assert found.target == "NA", why


@pytest.mark.parametrize(
    ("row", "modality", "slices"),
    [
        (lesion("T1", "14"), "ct", "7"),
        (lesion("T1", "10"), "ct", "5"),
        (lesion("T1", "20", organ="lymph node porta hepatis"), "mri", "3"),
        (lesion("T1", "15", organ="lymph node other"), "mri", "3"),
    ],
)
def test_what_is_just_a_target(row, modality, slices):
    form = scan(BASELINE_ON, row, timepoint="baseline", modality=modality, slice_thickness=slices)

    assert last([form, scan(BASELINE_ON + timedelta(40), row)]).target == "SD"


def test_an_infiltrative_lesion_is_kept_and_counts_as_non_target():
    ill_defined = lesion("T1", "40", delineated="N")
    form = scan(BASELINE_ON, ill_defined, timepoint="baseline")

    found = last([form, scan(BASELINE_ON + timedelta(40), lesion("T1", "40"))])

    assert (found.target, found.non_target) == ("NA", "IR/SD")


# --- what is not read is not known ----------------------------------------------------------------------------


def test_a_lesion_without_a_row_leaves_the_response_open():
    baseline, _ = series("40,25", "65", "0,0", "NA", "N")

    found = last([baseline, scan(BASELINE_ON + timedelta(40), lesion("T1", "0"))])

    assert found.overall is None
    assert found.reasons[0].english() == "Not yet read on this scan: T2."


@pytest.mark.parametrize("declared", [None, "of an older list"])
def test_an_unanswered_new_lesion_leaves_the_response_open(declared):
    baseline, _ = series("40", "40", "0", "NA", "N")

    found = last([baseline, scan(BASELINE_ON + timedelta(40), lesion("T1", "0"), new_lesion=declared)])

    assert found.overall is None


@pytest.mark.parametrize(("declared", "new"), [("no", "no"), ("of an older list", None)])
def test_rows_that_show_nothing_new_settle_no_declaration_that_is_on_no_list(declared, new):
    baseline, _ = series("40", "40", "0", "NA", "N")
    ascites = lesion("N1", None, organ="other", new_pattern="effusion benign")

    assert last([baseline, scan("2025-03-01", lesion("T1", "0"), ascites, new_lesion=declared)]).new == new


def test_a_contradiction_leaves_the_response_open():
    baseline, _ = series("40", "40", "0", "NA", "N")
    contradiction = lesion("T1", "0", viable_diameter="12")

    assert last([baseline, scan(BASELINE_ON + timedelta(40), contradiction)]).overall is None


def test_progression_stands_even_where_another_lesion_is_unread():
    baseline, _ = series("40,25", "65", "0,0", "NA", "N")

    assert last([baseline, scan(BASELINE_ON + timedelta(40), lesion("T1", "80"))]).overall == "PD"


def test_without_an_arterial_phase_nothing_is_evaluable():
    baseline, _ = series("40", "40", "0", "NA", "N")

    found = last([baseline, scan(BASELINE_ON + timedelta(40), lesion("T1", "0"), arterial_phase="N")])

    assert (found.target, found.overall) == ("NE", "NE")


def test_without_a_baseline_no_response_is_known():
    found = last([scan(BASELINE_ON, lesion("T1", "0"))])

    assert found.overall is None
    assert found.reasons[0].english() == "The tumour assessment before conversion therapy (baseline) is missing."


def test_an_enhancing_lesion_too_small_to_measure_counts_5_mm():
    baseline, _ = series("40", "40", "0", "NA", "N")
    tiny = lesion("T1", "1", viable_diameter=Missing.NOT_DONE)

    found = last([baseline, scan(BASELINE_ON + timedelta(40), tiny)])

    assert (found.sum_viable, found.overall) == (5, "PR")


@pytest.mark.parametrize(("short_axis", "target"), [("9.9", "CR"), ("10", "PR")])
def test_a_node_is_in_complete_response_below_10_mm_short_axis(short_axis, target):
    node = lesion("T1", "22", organ="lymph node porta hepatis")
    now = lesion("T1", short_axis, organ="lymph node porta hepatis")

    found = last([scan(BASELINE_ON, node, timepoint="baseline"), scan(BASELINE_ON + timedelta(40), now)])

    assert found.target == target


# --- new lesions ----------------------------------------------------------------------------------------------

NEW = """
what                             | organ                    | size | pattern                   | more           | new
typical nodule                   | liver                    | 10   | typical                   |                | yes
typical but small                | liver                    | 9.9  | typical                   |                | equivocal
atypical                         | liver                    | 14   | atypical                  |                | equivocal
atypical, biopsy                 | liver                    | 14   | atypical                  | biopsy         | yes
small, growth declared           | liver                    | 8    | typical                   | growth         | yes
extrahepatic                     | other                    | 6    | extrahepatic unequivocal  |                | yes
vein thrombosis                  | portal vein              | 6    | malignant vein thrombosis |                | yes
effusion, negative               | other                    |      | effusion benign           |                | no
effusion, malignant              | other                    |      | effusion malignant        |                | yes
porta hepatis node below         | lymph node porta hepatis | 19.9 | extrahepatic unequivocal  |                | no
porta hepatis node at limit      | lymph node porta hepatis | 20   | extrahepatic unequivocal  |                | yes
other node below                 | lymph node other         | 14.9 | extrahepatic unequivocal  |                | no
other node at limit              | lymph node other         | 15   | extrahepatic unequivocal  |                | yes
pattern not entered              | liver                    | 12   |                           |                |
"""


@pytest.mark.parametrize(("what", "organ", "size", "pattern", "more", "new"), rows(NEW))
def test_what_a_new_finding_means(what, organ, size, pattern, more, new):
    baseline, _ = series("40", "40", "0", "NA", "N")
    finding = lesion("N1", size or None, organ=organ, new_pattern=pattern or None, confirmed_by=more or None)

    found = last([baseline, scan(BASELINE_ON + timedelta(40), lesion("T1", "0"), finding)])

    assert (found.new or "") == new, what
    assert found.overall == {"yes": "PD", "no": "CR", "equivocal": "CR", "": None}[new]


@pytest.mark.parametrize(
    ("organ", "short_axis", "new"),
    [
        ("lymph node porta hepatis", "12", "no"),
        ("lymph node porta hepatis", "20", "yes"),
        ("lymph node other", "14.9", "no"),
        ("lymph node other", "15", "yes"),
    ],
)
def test_a_new_node_is_judged_by_its_short_axis_whatever_its_whole_diameter(organ, short_axis, new):
    baseline, _ = series("40", "40", "0", "NA", "N")
    node = lesion("N1", short_axis, organ=organ, whole_diameter="32", new_pattern="atypical")

    assert last([baseline, scan("2025-03-01", lesion("T1", "0"), node)]).new == new


def test_a_new_node_without_its_short_axis_leaves_the_response_open():
    baseline, _ = series("40", "40", "0", "NA", "N")
    organ = "lymph node porta hepatis"
    node = lesion("N1", None, organ=organ, evaluable="Y", enhancement="present", whole_diameter="22")

    found = last([baseline, scan("2025-03-01", lesion("T1", "0"), node)])

    assert (found.new, found.overall) == (None, None)
    assert found.reasons[0].english() == "The short axis is not entered for the new lymph node N1."


@pytest.mark.parametrize(("key", "kind"), [("T3", "target"), ("NT1", "non-target")])
def test_a_target_or_non_target_that_the_baseline_does_not_have_leaves_the_response_open(key, kind):
    baseline, _ = series("40,25", "65", "0,0", "NA", "N")

    found = last([baseline, scan("2025-03-01", *targets("0,0"), lesion(key, "15", kind=kind))])

    assert (found.new, found.overall) == (None, None)
    assert [reason.english() for reason in found.reasons] == [
        f"{key} is entered as a target or non-target lesion, but the baseline does not have it. "
        "Enter it as a new lesion, or add it to the baseline if it was there."
    ]


@pytest.mark.parametrize(
    ("declared", "non_target", "overall"), [("unequivocal progression", "PD", "PD"), ("persisting", "IR/SD", "PR")]
)
def test_a_third_target_used_as_non_target_can_progress_unequivocally(declared, non_target, overall):
    three = scan(BASELINE_ON, lesion("T1", "40"), lesion("T2", "30"), lesion("T3", "30"), timepoint="baseline")
    third = lesion("T3", "80", non_target_status=declared)

    found = last([three, scan("2025-03-01", lesion("T1", "10"), lesion("T2", "0"), third)])

    assert (found.target, found.non_target, found.overall) == ("PR", non_target, overall)


def test_a_target_progresses_by_its_diameter_and_by_no_declaration():
    baseline, _ = series("40", "40", "0", "NA", "N")
    declared = lesion("T1", "40", non_target_status="unequivocal progression")

    found = last([baseline, scan("2025-03-01", declared)])

    assert (found.target, found.overall) == ("SD", "SD")


def test_without_target_and_non_target_there_is_no_disease():
    form = scan(BASELINE_ON, timepoint="baseline")

    found = last([form, scan("2025-03-01")])

    assert (found.target, found.non_target, found.overall) == ("NA", "NA", "NED")


def test_a_complete_target_response_with_a_non_target_not_evaluable_is_partial():
    found = last(series("40,25", "65", "0,0", "NE", "N"))

    assert (found.target, found.non_target, found.overall) == ("CR", "NE", "PR")


def test_growth_of_10_mm_makes_an_atypical_finding_progression_dated_back():
    baseline, _ = series("40", "40", "0", "NA", "N")
    first = scan("2025-03-01", lesion("T1", "0"), lesion("N1", "14", new_pattern="atypical"), new_lesion="equivocal")
    second = scan("2025-04-01", lesion("T1", "0"), lesion("N1", "24", new_pattern="atypical"), new_lesion="yes")

    seen_first, seen_second = assessed([baseline, first, second])

    assert (seen_first.overall, seen_first.is_qualifying) == ("CR", False)
    assert (seen_second.overall, seen_second.progressed_on) == ("PD", date(2025, 3, 1))


def test_an_equivocal_finding_is_looked_at_again_after_4_to_8_weeks():
    baseline, _ = series("40", "40", "0", "NA", "N")
    first = scan("2025-03-01", lesion("T1", "0"), lesion("N1", "14", new_pattern="atypical"), new_lesion="equivocal")

    assert [reason.english() for reason in last([baseline, first]).reasons] == [
        "An equivocal finding demands a repeat scan, between 2025-03-29 and 2025-04-26."
    ]


def test_growth_of_9_mm_leaves_it_equivocal():
    baseline, _ = series("40", "40", "0", "NA", "N")
    first = scan("2025-03-01", lesion("T1", "0"), lesion("N1", "14", new_pattern="atypical"), new_lesion="equivocal")
    second = scan("2025-04-01", lesion("T1", "0"), lesion("N1", "23", new_pattern="atypical"), new_lesion="equivocal")

    assert last([baseline, first, second]).equivocal == {"N1"}


def test_an_equivocal_finding_that_is_gone_later_is_resolved():
    baseline, _ = series("40", "40", "0", "NA", "N")
    doubtful = scan("2025-03-01", lesion("T1", "0"), lesion("N1", "8", new_pattern="typical"), new_lesion="equivocal")
    clear = scan("2025-04-01", lesion("T1", "0"), lesion("N1", "0"))

    assert not last([baseline, doubtful]).is_qualifying
    assert [each.is_qualifying for each in assessed([baseline, doubtful, clear])] == [True, True]


def test_an_equivocal_finding_without_a_row_later_is_not_read_and_stays_open():
    baseline, _ = series("40", "40", "0", "NA", "N")
    doubtful = scan("2025-03-01", lesion("T1", "0"), lesion("N1", "8", new_pattern="typical"), new_lesion="equivocal")
    silent = scan("2025-04-01", lesion("T1", "0"))

    first, second = assessed([baseline, doubtful, silent])

    assert (first.resolved, first.is_qualifying) == (False, False)
    assert (second.target, second.new, second.overall, second.without_row) == ("CR", None, None, ("N1 (2025-03-01)",))
    assert [reason.english() for reason in second.reasons] == [
        "The new finding N1 of 2025-03-01 is not read on this scan. "
        "Give it a row here, also where it is no longer seen: no arterial enhancement, 0 mm."
    ]


def test_a_finding_that_is_read_again_two_scans_later_is_resolved_there():
    baseline, _ = series("40", "40", "0", "NA", "N")
    doubtful = scan("2025-03-01", lesion("T1", "0"), lesion("N1", "8", new_pattern="typical"), new_lesion="equivocal")
    silent = scan("2025-04-01", lesion("T1", "0"))
    clear = scan("2025-05-01", lesion("T1", "0"), lesion("N1", "0"))

    assert [(each.overall, each.is_qualifying) for each in assessed([baseline, doubtful, silent, clear])] == [
        ("CR", True),
        (None, False),
        ("CR", True),
    ]
    assert last([baseline, doubtful, clear, scan("2025-06-01", lesion("T1", "0"))]).overall == "CR"


def test_without_an_arterial_phase_an_equivocal_finding_stays_as_it_was():
    baseline, _ = series("40", "40", "0", "NA", "N")
    doubtful = scan("2025-03-01", lesion("T1", "0"), lesion("N1", "8", new_pattern="typical"), new_lesion="equivocal")
    blind = scan("2025-04-01", lesion("T1", "0"), arterial_phase="N")

    first, second = assessed([baseline, doubtful, blind])

    assert (first.is_qualifying, second.overall, second.equivocal) == (False, "NE", {"N1"})


def test_a_benign_finding_need_not_be_read_again():
    baseline, _ = series("40", "40", "0", "NA", "N")
    ascites = lesion("N1", None, organ="other", new_pattern="effusion benign")

    assert (
        last([baseline, scan("2025-03-01", lesion("T1", "0"), ascites), scan("2025-04-01", lesion("T1", "0"))]).overall
        == "CR"
    )


def test_a_reader_who_declares_more_than_the_rows_show_leaves_it_equivocal():
    baseline, _ = series("40", "40", "0", "NA", "N")
    ascites = lesion("N1", None, organ="other", new_pattern="effusion benign")

    assert last([baseline, scan("2025-03-01", lesion("T1", "0"), ascites, new_lesion="yes")]).new == "equivocal"


# --- after complete response ----------------------------------------------------------------------------------


def after_response(*now: dict, **items: str) -> Assessment:
    baseline = scan("2025-01-01", lesion("T1", "40"), lesion("T2", "25"), lesion("NT1", "8"), timepoint="baseline")
    gone = scan("2025-02-15", lesion("T1", "0"), lesion("T2", "0"), lesion("NT1", "0"))
    return last([baseline, gone, scan("2025-04-01", *now, **items)])


AFTER = """
what                                  | T1  | T2 | NT1 | TR | NTR   | OR
still gone                            | 0   | 0  | 0   | CR | CR    | CR
15 mm, the other not evaluable        | 15  | -  | 0   | PD | CR    | PD
former non-target enhancing 12 mm     | 0   | 0  | 12  | CR | PD    | PD
former non-target not evaluable       | 0   | 0  | -   | CR | NE    | NE
exactly 10 mm                         | 10  | 0  | 0   | PD | CR    | PD
9.9 mm is equivocal                   | 9.9 | 0  | 0   | NE | CR    | NE
former target not evaluable           | -   | 0  | 0   | NE | CR    | NE
former non-target enhancing 9 mm      | 0   | 0  | 9   | CR | IR/SD | NE
"""


@pytest.mark.parametrize(("what", "t1", "t2", "nt1", "target", "non_target", "overall"), rows(AFTER))
def test_once_gone_a_lesion_that_returns_is_progression_and_never_a_partial_response(
    what, t1, t2, nt1, target, non_target, overall
):
    found = after_response(lesion("T1", t1), lesion("T2", t2), lesion("NT1", nt1))

    assert (found.target, found.non_target, found.overall) == (target, non_target, overall), what


def test_a_vein_thrombus_that_enhances_again_is_progression_at_any_size():
    baseline = scan("2025-01-01", lesion("T1", "40"), lesion("NT1", "8", organ="portal vein"), timepoint="baseline")
    gone = scan("2025-02-15", lesion("T1", "0"), lesion("NT1", "0", organ="portal vein"))
    back = scan("2025-04-01", lesion("T1", "0"), lesion("NT1", "3", organ="portal vein"))

    assert last([baseline, gone, back]).overall == "PD"


def test_small_re_enhancement_that_grows_is_progression_dated_back():
    baseline = scan("2025-01-01", lesion("T1", "40"), timepoint="baseline")
    gone = scan("2025-02-15", lesion("T1", "0"))
    small = scan("2025-04-01", lesion("T1", "6"))
    large = scan("2025-05-10", lesion("T1", "11"))

    *_, found_small, found_large = assessed([baseline, gone, small, large])

    assert (found_small.overall, found_small.equivocal) == ("NE", {"T1"})
    assert (found_large.overall, found_large.progressed_on) == ("PD", date(2025, 4, 1))


def test_the_nadir_is_the_smallest_sum_before():
    baseline = scan("2025-01-01", lesion("T1", "60"), lesion("T2", "40"), timepoint="baseline")
    scans = [scan(f"2025-0{month}-01", lesion("T1", t1), lesion("T2", "5")) for month, t1 in ((2, "25"), (3, "26"))]

    found = last([baseline, *scans])

    assert (found.nadir, found.sum_viable, found.overall) == (30, 31, "PR")


def test_the_order_in_which_scans_are_entered_does_not_matter():
    forms = [
        scan("2025-01-01", lesion("T1", "40"), timepoint="baseline"),
        scan("2025-02-15", lesion("T1", "0")),
        scan("2025-04-01", lesion("T1", "12")),
    ]

    assert [each.overall for each in assessed(forms)] == [each.overall for each in assessed(reversed(forms))]
