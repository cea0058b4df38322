"""What a record may hold although no form would let it in: judged UNKNOWN with a sentence, never guessed."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from protocol.assumptions import CARDIOVASCULAR_MONTHS, PREGNANCY_WINDOW_DAYS
from protocol.comparing import Measured, Relation, holds, shown
from protocol.criteria import CRITERIA, blood, consent, history, person, treatment
from protocol.criteria.judging import judge_limit
from protocol.derivations import derive
from protocol.facts import Facts
from protocol.language import Missing
from protocol.mrecist import New, Seen, State, returned
from protocol.record import Answer, FormRecord, Record
from protocol.response import response
from protocol.scores import qtc_bazett, qtc_fridericia
from tests.protocol_ground import (
    LAB,
    RANGES,
    R,
    candidate,
    form,
    judged,
    lesion,
    limit,
    markers,
    row,
    scan,
    verdict,
    with_answers,
    with_forms,
    with_ranges,
    without,
)


@pytest.mark.parametrize(
    ("comparator", "relation", "answer"),
    [
        ("<", ">", False),
        ("<=", ">", False),
        (">", ">", True),
        (">=", ">", None),
        ("", ">", False),
        ("<", ">=", False),
        ("<=", ">=", None),
        (">", ">=", True),
        (">=", ">=", True),
        ("", ">=", True),
        ("<", "<", True),
        (">=", "<", False),
        ("<=", "<=", True),
        (">", "<=", False),
    ],
)
def test_a_comparator_exactly_at_the_limit(comparator, relation, answer):
    assert holds(Measured(Decimal(75), comparator), Relation(relation), Decimal(75)) is answer


def test_a_computed_number_is_shown_without_exponent():
    assert shown(Decimal("12345678.9")) == "12345700"
    assert shown(Decimal("0.00001234567")) == "0.0000123457"


@pytest.mark.parametrize("rate", ["0", "-5"])
def test_no_heart_rate_no_qtc(rate):
    assert qtc_fridericia(qt_ms=Decimal(400), heart_rate=Decimal(rate)) is None
    assert qtc_bazett(qt_ms=Decimal(400), heart_rate=Decimal(rate)) is None


def test_a_tracing_declared_not_done_is_left_out_of_the_mean():
    rows = row("tracings", "1", qt="400", heart_rate="60") | row(
        "tracings", "2", qt=Missing.NOT_DONE, heart_rate=Missing.NOT_DONE
    )

    assert derive("qtcf", crf="EG", answers=rows, record=Record(subject="1"), on=R).value == "400.0"


def test_a_heart_rate_of_zero_is_no_tracing():
    rows = row("tracings", "1", qt="400", heart_rate="0")

    assert derive("qtcf", crf="EG", answers=rows, record=Record(subject="1"), on=R).value == ""


def test_a_declared_progression_of_a_lesion_that_was_gone_is_progression():
    assert returned(Seen("NT1", State.PROGRESSED, was_gone=True)) is New.YES


def test_a_value_that_is_no_number_is_unknown():
    assert "is not a number" in judged("I07a", with_answers(candidate(), "HE", platelets="many")).reason.english()
    assert verdict("I08a", with_answers(candidate(), "CH", bilirubin="many")) == "unknown"
    assert verdict("I02b", with_answers(candidate(), "HCC", node_short_axis="large", node_site="other")) == "unknown"


@pytest.mark.parametrize("item", ["transplant", "hiv", "anticoagulation"])
def test_a_code_that_is_none_is_unknown(item):
    code = {"transplant": "E09", "hiv": "E10", "anticoagulation": "E07b"}[item]

    assert "is not one of its answers" in judged(code, with_answers(candidate(), "MH", **{item: "?"})).reason.english()


def test_a_day_that_is_missing_is_asked_for():
    judgement = judged("I07a", with_answers(candidate(), "HE", sampled_on=None))

    assert judgement.reason.english() == "The day of Platelets is missing."
    assert judgement.needs[0].item == "sampled_on"


def test_a_value_dated_after_the_day_is_not_used():
    judgement = judged("I07a", with_answers(candidate(), "HE", sampled_on="2025-04-08"))

    assert judgement.reason.english() == "Platelets is dated 2025-04-08, after 2025-04-07."


@pytest.mark.parametrize("said", ["2025-02-30", "not a date", "2025-13"])
def test_an_impossible_date_is_none(said):
    assert verdict("I07a", with_answers(candidate(), "HE", sampled_on=said)) == "unknown"
    assert verdict("I01", with_answers(candidate(), "DM", birth_date=said)) == "unknown"
    assert verdict(
        "E02a", with_answers(candidate(), "MH", myocardial_infarction="Y", myocardial_infarction_on=said)
    ) == ("unknown")


@pytest.mark.parametrize("procedure", ["2025-03-01Tnoon", "soon"])
def test_an_unreadable_time_of_a_procedure_is_unknown(procedure):
    assert verdict("I14", with_answers(candidate(), "ICF", first_procedure_at=procedure)) == "unknown"


def test_a_range_by_age_needs_a_birth_date_that_decides():
    ranges = [each for each in RANGES if each.analyte != "ALT"]
    young, old = limit("ALT", "40", "U/L", age_to=54), limit("ALT", "50", "U/L", age_from=55)
    record = with_ranges(candidate(), [*ranges, young, old])

    assert verdict("I08b", record) == "pass"
    assert verdict("I08b", with_answers(record, "DM", birth_date="1970")) == "unknown"
    assert verdict("I08b", with_answers(record, "DM", birth_date=None)) == "unknown"


def test_a_laboratory_factor_to_a_synonym_of_the_unit_is_used():
    ranges = [each for each in RANGES if each.analyte != "AFP"]
    record = with_ranges(candidate(), [*ranges, limit("AFP", "20", "µg/L")])

    assert verdict("I05", with_answers(record, "MK", afp=("10", "IU/mL"))) == "pass"


def test_a_chart_record_is_open_while_the_start_of_treatment_is_partial():
    record = without(candidate(), "SU")
    chart = form(
        "SU",
        "2024-10-09",
        question="initial",
        source="chart record",
        names_two_surgeons="Y",
        round="1",
        finding="unresectable",
        signed=("investigator-1",),
    )

    assert verdict("I02c", with_forms(with_answers(record, "PT", started_on="2024-10"), chart)) == "unknown"
    assert verdict("I02c", with_forms(without(record, "PT"), chart)) == "unknown"


def test_an_evaluation_without_a_round_is_of_the_first():
    assert verdict("I06", with_answers(candidate(), "SU", round=None)) == "pass"


def test_bilirubin_with_a_comparator_has_no_albi_but_may_have_points():
    record = with_answers(candidate(), "CH", bilirubin="<3.4")
    clinical = next(each for each in record.forms if each.crf == "CP")

    def derived(name: str) -> str:
        return derive(name, crf="CP", answers=clinical.answers, record=record, on=R).value

    assert (derived("albi_score"), derived("albi_grade"), derived("child_pugh_points")) == ("", "", "5")


@pytest.mark.parametrize("bilirubin", ["0", "40", ("15", ""), "<40"])
def test_what_has_no_albi_score(bilirubin):
    record = with_answers(candidate(), "CH", bilirubin=bilirubin, albumin=None if bilirubin == "40" else "40")
    clinical = next(each for each in record.forms if each.crf == "CP")

    found = derive("albi_score", crf="CP", answers=clinical.answers, record=record, on=R)

    assert (found.value, found.why is not None) == ("", True)


def test_a_comparator_that_leaves_the_points_open_leaves_the_score_open():
    assert verdict("I10", with_answers(candidate(), "CH", bilirubin="<40")) == "unknown"


def test_an_unknown_code_of_ascites_is_no_points():
    assert verdict("I10", with_answers(candidate(), "CP", ascites="lots")) == "unknown"


@pytest.mark.parametrize(
    ("items", "why"),
    [
        ({"tumour_count": "0"}, "count"),
        ({"largest_diameter": None}, "diameter"),
        ({"largest_diameter": ("30", "")}, "unit"),
        ({"largest_diameter": ("30", "inch")}, "unit"),
        ({"metastasis_initial": None}, "spread"),
    ],
)
def test_no_bclc_stage_without_its_parts(items, why):
    said = {
        "tumour_count": "1",
        "largest_diameter": "30",
        "macrovascular_invasion": "N",
        "metastasis_initial": "N",
    } | items
    staging = form("HCC", **said)

    found = derive("bclc_suggested", crf="HCC", answers=staging.answers, record=candidate(), on=R)

    assert (found.value, found.why is not None) == ("", True), why


def test_no_bclc_stage_without_ecog_or_liver_function():
    staging = form("HCC", tumour_count="1", largest_diameter="30", macrovascular_invasion="Y", metastasis_initial="N")

    def stage(record: Record) -> str:
        return derive("bclc_suggested", crf="HCC", answers=staging.answers, record=record, on=R).value

    assert stage(candidate()) == "C"
    assert stage(without(candidate(), "VS")) == ""
    assert stage(without(candidate(), "CP")) == ""


def test_the_strata_ask_for_what_is_missing():
    second_line = with_answers(candidate(), "PT", first_line=None)

    assert derive("stratum_arterial_therapy", crf="", answers={}, record=second_line, on=R).value == ""


def test_a_follow_up_scan_before_the_baseline_has_no_response():
    early = scan("2024-09-01", lesion("T1", "50"), lesion("NT1", "8"))

    found = derive("overall_response", crf="TA", answers=early.answers, record=candidate(), on=R)

    assert found.why is not None


@pytest.mark.parametrize(
    "answers",
    [{"evaluable": None}, {"enhancement": None}, {"enhancement": Missing.UNKNOWN}, {"evaluable": Missing.NOT_DONE}],
)
def test_a_row_half_filled_is_unread_and_one_declared_missing_is_not_evaluable(answers):
    (said,) = answers.values()
    half = scan("2025-03-31", lesion("T1", "0", viable_diameter=None, **answers), lesion("NT1", "0"))
    half = replace(half, answers={path: each for path, each in half.answers.items() if not each.is_blank})
    baseline = next(each for each in candidate().forms if each.answer("timepoint").value == "baseline")

    found = derive(
        "overall_response", crf="TA", answers=half.answers, record=Record(subject="1", forms=(baseline,)), on=R
    )

    assert found.value == ("NE" if said else "")


def test_a_node_without_a_short_axis_is_gone_where_it_does_not_enhance():
    node = "lymph node porta hepatis"
    baseline = scan("2025-01-01", lesion("T1", "22", organ=node), timepoint="baseline")
    gone = scan("2025-03-01", lesion("T1", "0", organ=node, viable_diameter=None))

    found = derive(
        "target_response", crf="TA", answers=gone.answers, record=Record(subject="1", forms=(baseline,)), on=R
    )

    assert found.value == "CR"


def test_a_new_finding_that_is_not_evaluable_is_equivocal_and_one_no_longer_seen_is_none():
    baseline = scan("2025-01-01", lesion("T1", "40"), timepoint="baseline")

    def response(finding: dict[str, Answer]) -> list[str]:
        now: FormRecord = scan("2025-03-01", lesion("T1", "0"), finding)
        record = Record(subject="1", forms=(baseline,))
        return [
            derive(name, crf="TA", answers=now.answers, record=record, on=R).value for name in ("overall_response",)
        ]

    assert response(lesion("N1", "-", new_pattern="typical")) == ["CR"]
    assert response(lesion("N1", "0", new_pattern="typical")) == ["CR"]


def test_six_targets_are_one_too_many():
    organs = ["liver", "liver", "other", "other", "lymph node other", "lymph node other"]
    rows = [lesion(f"T{at}", "30", organ=organ) for at, organ in enumerate(organs, start=1)]
    baseline = scan("2025-01-01", *rows, timepoint="baseline")

    found = derive("sum_viable", crf="TA", answers=baseline.answers, record=Record(subject="1"), on=R)

    assert found.value == "150"


def test_an_unreadable_laboratory_draw_does_not_hide_an_older_good_one():
    later = form("HE", "2025-04-05", repeat=2, laboratory=LAB, platelets="")

    assert verdict("I07a", with_forms(candidate(), later)) == "pass"


def test_a_stratum_or_score_of_a_missing_baseline_sum_says_so():
    unread = scan("2025-01-01", lesion("T1", None), timepoint="baseline")

    assert derive("sum_viable", crf="TA", answers=unread.answers, record=Record(subject="1"), on=R).why is not None


def test_a_limit_in_another_unit_family_is_not_compared():
    record = with_forms(without(candidate(), "MK"), markers("2025-04-01", "8", ("30", "ng/mL")))

    found = judge_limit(
        Facts(record, R), "MK", "pivka", relation=Relation.AT_MOST, limit=Decimal(40), unit="mAU/mL", days=14
    )

    assert found.verdict == "unknown"
    assert "is never converted" in found.reason.english()


def test_a_woman_beyond_pregnancy_needs_no_answer():
    record = with_answers(without(candidate(sex="female"), "PG"), "DM", childbearing="postmenopausal")

    assert verdict("E08a", record) == "pass"


def test_an_old_history_with_an_old_event_is_asked_anew():
    record = with_answers(
        candidate(), "MH", taken_on="2025-02-01", myocardial_infarction="Y", myocardial_infarction_on="2010"
    )

    assert verdict("E02a", record) == "unknown"


def test_an_initial_marker_without_its_unit_is_unknown():
    record = with_forms(without(candidate(), "MK"), markers("2024-10-05", ("1200", ""), "10"))

    assert "unit" in judged("I03", record).reason.english()


def test_an_unobtainable_start_of_treatment_leaves_the_markers_before_it_open():
    assert verdict("I03", with_answers(candidate(), "PT", started_on="UNK")) == "unknown"


def test_the_first_scan_without_response_shows_when_one_may_be_added():
    record = without(candidate(), "TA")
    baseline = next(each for each in candidate().forms if each.answer("timepoint").value == "baseline")
    not_evaluable = scan("2025-03-31", lesion("T1", "-"), lesion("NT1", "0"))

    result = response(with_forms(record, baseline, not_evaluable), R)

    assert result.imaging.reason.english() == (
        "No complete response without an equivocal finding is on record; a scan may be added on 2025-04-07."
    )


def test_one_marker_alone_shows_when_a_draw_may_be_added():
    record = with_forms(without(candidate(), "MK"), markers("2025-03-31", "8", None))

    assert response(record, R).marker.reason.english() == (
        "No timepoint with both markers is on record; a draw may be added on 2025-04-07."
    )


def test_targets_not_measured_at_baseline_leave_every_response_open():
    baseline = scan("2024-10-01", lesion("T1", None), timepoint="baseline")
    now = scan("2025-03-01", lesion("T1", "0"))

    found = derive(
        "overall_response", crf="TA", answers=now.answers, record=Record(subject="1", forms=(baseline,)), on=R
    )

    assert found.why.english() == "The target lesions of the baseline are not all measured."


def test_a_non_target_that_was_gone_must_be_measured_when_it_returns():
    unmeasured = scan("2025-04-05", lesion("T1", "0"), lesion("NT1", "8", viable_diameter=None))

    found = derive("overall_response", crf="TA", answers=unmeasured.answers, record=candidate(), on=R)

    assert found.why.english() == "Not yet read on this scan: NT1."


# --- the numbers of the sentences -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("I01", (consent.ADULT_YEARS,)),
        ("I03", (treatment.AFP_AT_LEAST_UG_L, treatment.PIVKA_AT_LEAST_MAU_ML)),
        ("I07a", (blood.PLATELETS_ABOVE,)),
        ("I07b", (blood.LEUKOCYTES_ABOVE,)),
        ("I07c", (blood.NEUTROPHILS_ABOVE,)),
        ("I08a", (blood.BILIRUBIN_AT_MOST_ULN,)),
        ("I08b", (blood.TRANSAMINASES_AT_MOST_ULN,)),
        ("I09c", (blood.ALBUMIN_AT_LEAST_G_L,)),
        ("I11", (blood.CREATININE_BELOW_ULN,)),
        ("I12", person.ECOG_ALLOWED),
        ("E02a", (CARDIOVASCULAR_MONTHS,)),
        ("E02g", (history.ARRHYTHMIA_FROM_GRADE,)),
        ("E02h", tuple(history.QTC_AT_MOST_MS.values())),
        ("E08b", (PREGNANCY_WINDOW_DAYS,)),
    ],
)
def test_the_sentence_of_a_criterion_says_the_number_it_is_judged_by(code, numbers):
    (criterion,) = [each for each in CRITERIA if each.code == code]

    assert re.findall(r"\b\d+(?:\.\d+)?\b(?!⁹)", criterion.title.replace("10⁹", "")) == [str(each) for each in numbers]
