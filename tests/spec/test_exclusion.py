"""Chapter 4, part 2: the exclusion criteria; a criterion passes when the condition is absent. R = 2025-04-07."""

from __future__ import annotations

from datetime import timedelta

import pytest

from protocol.language import Missing
from tests.protocol_ground import (
    R,
    candidate,
    days_before,
    form,
    judged,
    tracing,
    verdict,
    with_answers,
    with_forms,
    without,
)

DECLARED = {
    "E03": "dialysis",
    "E05": "second_malignancy",
    "E06": "brain_lesion",
}
JUDGED = {"E04": "organ_dysfunction", "E07a": "bleeding_tendency", "E12": "other_condition"}
EVENTS = {
    "E02a": "myocardial_infarction",
    "E02b": "angina",
    "E02c": "bypass",
    "E02d": "heart_failure",
    "E02e": "stroke",
    "E02f": "pulmonary_embolism",
}


def history(**items):
    return with_answers(candidate(), "MH", **items)


@pytest.mark.parametrize(("code", "item"), DECLARED.items())
@pytest.mark.parametrize(
    ("said", "expected"), [("N", "pass"), ("Y", "fail"), (None, "unknown"), (Missing.UNKNOWN, "unknown")]
)
def test_a_declared_condition(code, item, said, expected):
    assert verdict(code, history(**{item: said})) == expected


@pytest.mark.parametrize(("code", "item"), JUDGED.items())
@pytest.mark.parametrize(("said", "expected"), [("N", "pass"), ("Y", "fail"), (None, "unknown")])
def test_a_condition_in_the_investigators_judgement(code, item, said, expected):
    assert verdict(code, with_answers(candidate(), "IJ", **{item: said})) == expected


def test_x20_a_second_malignancy_cured_long_ago_excludes():
    assert verdict("E05", history(second_malignancy="Y", second_malignancy_text="BCC excised 2010")) == "fail"


# --- E01 other treatment --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "traditional", "expected"),
    [
        ("N", "N", "pass"),
        ("Y", "N", "fail"),
        ("N", "Y", "review"),
        ("Y", "Y", "fail"),
        (None, "N", "unknown"),
        ("N", None, "unknown"),
        (None, "Y", "unknown"),
        ("Y", None, "fail"),
    ],
)
def test_e01_another_antitumour_treatment_ever(other, traditional, expected):
    assert verdict("E01", history(other_treatment=other, tcm_antitumour=traditional)) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tace", "pass"),
        ("haic", "pass"),
        ("targeted", "pass"),
        ("ici", "pass"),
        ("ablation", "fail"),
        ("radiotherapy", "fail"),
        ("resection", "fail"),
        ("chemotherapy", "fail"),
        ("cell therapy", "fail"),
        ("tcm antitumour", "review"),
        ("other", "fail"),
        (None, "unknown"),
    ],
)
def test_e01_the_log_of_treatments_speaks_too(kind, expected):
    record = with_forms(candidate(), form("PT", "2023-05", repeat=4, kind=kind, first_line="N"))

    assert verdict("E01", record) == expected


# --- E02 heart and vessels ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "item"), EVENTS.items())
@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2024-04-06", "pass"),  # the day before the 12 calendar months
        ("2024-04-07", "fail"),
        ("2025-04-01", "fail"),
        ("2024-04", "unknown"),
        ("2024-03", "pass"),
        ("2024-05", "fail"),
        ("2024", "unknown"),
        ("2023", "pass"),
        ("2025", "fail"),
        ("2024-UNK", "review"),
        ("2023-UNK", "pass"),
        ("UNK", "review"),
        (Missing.UNKNOWN, "review"),
        (None, "unknown"),
    ],
)
def test_e02_an_event_of_the_last_12_months(code, item, on, expected):
    assert verdict(code, history(**{item: "Y", f"{item}_on": on})) == expected


@pytest.mark.parametrize(("code", "item"), EVENTS.items())
def test_e02_no_event_passes_and_no_answer_is_unknown(code, item):
    assert verdict(code, history(**{item: "N"})) == "pass"
    assert verdict(code, history(**{item: None})) == "unknown"


def test_e02_an_event_within_the_year_excludes_however_old_the_history_is():
    old = history(taken_on="2025-02-01", stroke="Y", stroke_on="2025-01-20")

    assert verdict("E02e", old) == "fail"
    assert verdict("E02a", old) == "unknown"


def test_e02_an_event_excludes_to_the_last_day_of_its_12_months():
    record = history(stroke="Y", stroke_on="2024-04-10")
    last_day = judged("E02e", record).valid_until

    assert str(last_day) == "2025-04-10"
    assert verdict("E02e", record, last_day) == "fail"
    assert verdict("E02e", record, last_day + timedelta(days=1)) == "pass"


@pytest.mark.parametrize(
    ("arrhythmia", "grade", "expected"),
    [
        ("N", None, "pass"),
        ("Y", "1", "pass"),
        ("Y", "2", "fail"),
        ("Y", "3", "fail"),
        ("Y", None, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_e02g_ongoing_arrhythmia_of_grade_2(arrhythmia, grade, expected):
    assert verdict("E02g", history(arrhythmia=arrhythmia, arrhythmia_grade=grade)) == expected


def with_qt(sex: str | None, *tracings: tuple[str, str], on: str = "2025-04-01"):
    rows = {}
    for at, (qt, rate) in enumerate(tracings, start=1):
        rows |= tracing(str(at), qt, rate)
    record = with_forms(without(candidate(), "EG"), form("EG", on, rows=rows))
    return with_answers(record, "DM", sex=sex)


@pytest.mark.parametrize(
    ("sex", "qt", "rate", "expected"),
    [
        ("male", "450", "60", "pass"),
        ("male", "451", "60", "fail"),
        ("male", "450.1", "60", "fail"),
        ("female", "470", "60", "pass"),
        ("female", "471", "60", "fail"),
        ("male", "420", "80", "fail"),
        ("female", "420", "80", "pass"),
        (None, "460", "60", "unknown"),
        (None, "450", "60", "pass"),
        (None, "471", "60", "fail"),
    ],
)
def test_e02h_x15_x16_the_qtc_by_sex(sex, qt, rate, expected):
    assert verdict("E02h", with_qt(sex, (qt, rate))) == expected


def test_e02h_the_mean_of_the_tracings_decides():
    assert verdict("E02h", with_qt("male", ("440", "60"), ("460", "60"))) == "pass"
    assert verdict("E02h", with_qt("male", ("441", "60"), ("460", "60"))) == "fail"


@pytest.mark.parametrize(("days", "expected"), [(28, "pass"), (29, "unknown")])
def test_e02h_the_ecg_lies_within_28_days(days, expected):
    assert verdict("E02h", with_qt("male", ("400", "60"), on=str(days_before(days)))) == expected


def test_e02h_without_a_tracing_is_unknown():
    assert verdict("E02h", with_qt("male")) == "unknown"
    assert verdict("E02h", with_qt("male", ("400", ""))) == "unknown"


# --- E07b to E12 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "item", "said", "expected"),
    [
        ("E07b", "anticoagulation", "none", "pass"),
        ("E07b", "anticoagulation", "prophylactic", "pass"),
        ("E07b", "anticoagulation", "therapeutic", "fail"),
        ("E07b", "anticoagulation", None, "unknown"),
        ("E09", "transplant", "none", "pass"),
        ("E09", "transplant", "organ", "fail"),
        ("E09", "transplant", "cornea or bone marrow", "review"),
        ("E09", "transplant", None, "unknown"),
        ("E10", "hiv", "negative", "pass"),
        ("E10", "hiv", "not tested", "pass"),
        ("E10", "hiv", "positive", "fail"),
        ("E10", "hiv", None, "unknown"),
        ("E10", "hiv", Missing.UNKNOWN, "unknown"),
    ],
)
def test_what_was_chosen_decides(code, item, said, expected):
    assert verdict(code, history(**{item: said})) == expected


def test_e10_not_tested_passes_with_the_reason():
    assert judged("E10", history(hiv="not tested")).reason.english() == (
        "HIV was not tested, stated on 2025-04-01; a test is not required."
    )


@pytest.mark.parametrize(
    ("allergy", "tolerated", "expected"),
    [("N", None, "pass"), ("Y", "Y", "review"), ("Y", "N", "fail"), ("Y", None, "unknown"), (None, None, "unknown")],
)
def test_e11_an_allergy_tolerated_since_is_a_review(allergy, tolerated, expected):
    record = history(chemotherapy_allergy=allergy, tolerated_since=tolerated, allergy_agent="oxaliplatin")

    assert verdict("E11", record) == expected


# --- E08 pregnancy --------------------------------------------------------------------------------------------


def woman(**items):
    return with_answers(candidate(sex="female"), "PG", **items)


@pytest.mark.parametrize(
    ("pregnant", "lactating", "expected"),
    [("N", "N", "pass"), ("Y", "N", "fail"), ("N", "Y", "fail"), (None, "N", "unknown"), ("N", None, "unknown")],
)
def test_e08a_pregnant_or_lactating(pregnant, lactating, expected):
    assert verdict("E08a", woman(pregnant=pregnant, lactating=lactating)) == expected


@pytest.mark.parametrize("code", ["E08a", "E08b"])
def test_e08_passes_for_a_man_with_the_reason_and_is_unknown_without_the_sex(code):
    assert judged(code, candidate()).reason.english() == "The subject is male."
    assert verdict(code, with_answers(candidate(), "DM", sex=None)) == "unknown"


@pytest.mark.parametrize(
    ("tested_on", "result", "expected"),
    [
        (str(days_before(7)), "negative", "pass"),
        (str(days_before(8)), "negative", "fail"),
        (str(R), "negative", "pass"),
        (str(days_before(2)), "positive", "fail"),
        (None, "negative", "unknown"),
        (str(days_before(2)), None, "unknown"),
    ],
)
def test_e08b_a_negative_test_of_the_last_7_days(tested_on, result, expected):
    assert verdict("E08b", woman(tested_on=tested_on, result=result)) == expected


@pytest.mark.parametrize(
    ("potential", "expected"),
    [
        ("childbearing", "unknown"),
        ("postmenopausal", "pass"),
        ("sterilised", "pass"),
        ("premenarche", "pass"),
        (None, "unknown"),
    ],
)
def test_e08b_only_a_woman_of_childbearing_potential_needs_a_test(potential, expected):
    record = with_answers(without(candidate(sex="female"), "PG"), "DM", childbearing=potential)

    assert verdict("E08b", record) == expected


def test_e08b_holds_to_the_seventh_day_after_the_test():
    assert str(judged("E08b", woman()).valid_until) == "2025-04-09"


# --- age of the answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "expected"), [(28, "pass"), (29, "unknown")])
@pytest.mark.parametrize("code", ["E01", "E02a", "E02g", "E03", "E05", "E07b", "E09", "E10", "E11"])
def test_a_history_older_than_28_days_is_asked_anew(code, days, expected):
    assert verdict(code, history(taken_on=str(days_before(days)))) == expected


def test_what_excludes_for_ever_does_not_grow_old():
    old = history(taken_on="2024-01-01", second_malignancy="Y", transplant="organ", hiv="positive", other_treatment="Y")

    assert [verdict(code, old) for code in ("E05", "E09", "E10", "E01")] == ["fail"] * 4


CONTRADICTED = {
    "E01": ("other_treatment", "Y", "N"),
    "E05": ("second_malignancy", "Y", "N"),
    "E06": ("brain_lesion", "Y", "N"),
    "E09": ("transplant", "organ", "none"),
    "E10": ("hiv", "positive", "negative"),
    "E11": ("chemotherapy_allergy", "Y", "N"),
    "E02a": ("myocardial_infarction", "Y", "N"),
}


def two_histories(code, *, earlier, **before):
    """Return the candidate with an earlier history that says something of the item, and the present one that denies it."""
    item, there, absent = CONTRADICTED[code]
    return with_forms(
        history(**{item: absent}),
        form("MH", days_before(200), repeat=2, **{item: there if earlier else absent}, **before),
    )


@pytest.mark.parametrize("code", CONTRADICTED)
def test_a_later_no_does_not_undo_an_earlier_yes_of_what_excludes_for_ever(code):
    date_of_event = {"myocardial_infarction_on": "2024-11-01"} if code == "E02a" else {}

    judgement = judged(code, two_histories(code, earlier=True, **date_of_event))

    assert judgement.verdict == "review"
    said = judgement.reason.english()
    assert said.endswith("The later answer does not undo the earlier one: two persons settle it.")
    assert "2025-04-0" in said
    assert {each.on for each in judgement.evidence} >= {str(days_before(200))}
    assert verdict(code, two_histories(code, earlier=False)) == "pass"


def test_the_sentence_of_a_contradiction_names_both_days():
    assert judged("E05", two_histories("E05", earlier=True)).reason.english() == (
        "Second primary malignancy, ever: no, on 2025-04-01. Second primary malignancy, ever: yes, on 2024-09-19. "
        "The later answer does not undo the earlier one: two persons settle it."
    )


@pytest.mark.parametrize(
    ("event_on", "expected"), [("2024-04-06", "pass"), ("2024-04-07", "review"), ("2024", "review"), (None, "review")]
)
def test_an_event_that_is_denied_later_excludes_while_it_may_lie_within_12_months(event_on, expected):
    said = {} if event_on is None else {"myocardial_infarction_on": event_on}

    assert verdict("E02a", two_histories("E02a", earlier=True, **said)) == expected


def test_an_older_no_is_not_contradicted_by_a_later_yes_it_fails():
    record = with_forms(history(second_malignancy="Y"), form("MH", days_before(200), repeat=2, second_malignancy="N"))

    assert verdict("E05", record) == "fail"


def test_a_contradiction_in_an_old_history_is_asked_anew_first():
    old = history(taken_on=str(days_before(29)), second_malignancy="N")
    record = with_forms(old, form("MH", days_before(200), repeat=2, second_malignancy="Y"))

    assert verdict("E05", record) == "unknown"


def test_a_condition_of_now_that_is_over_is_no_contradiction():
    record = with_forms(history(dialysis="N"), form("MH", days_before(200), repeat=2, dialysis="Y"))

    assert verdict("E03", record) == "pass"
