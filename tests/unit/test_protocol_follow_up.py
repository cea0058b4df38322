"""The forms of the follow-up: what they compute, what they ask, and what they find doubtful."""

from __future__ import annotations

from datetime import date

import pytest

from protocol.checking import check, missing_items, shown_items
from protocol.dates import hours_between
from protocol.derivations import derive
from protocol.derivations_base import Derivation
from protocol.language import Missing, Severity
from protocol.record import Answer, FormRecord, Record
from protocol.trial import TRIAL

ENTERED_ON = date(2025, 6, 30)
NOTHING = Record(subject="S")
OPERATED = Record(
    subject="S",
    forms=(FormRecord(id="op", crf="OP", complete=True, answers={"operated_on": Answer(value="2025-04-20")}),),
)


def answers(**said: str | Answer) -> dict[str, Answer]:
    return {path: each if isinstance(each, Answer) else Answer(value=each) for path, each in said.items()}


def computed(name: str, crf: str, **said: str | Answer) -> Derivation:
    return derive(name, crf=crf, answers=answers(**said), record=NOTHING, on=ENTERED_ON)


def found(crf: str, record: Record = NOTHING, **said: str | Answer) -> dict[str, str]:
    """Return the sentences of what is found, by id; only soft findings are expected."""
    findings = check(TRIAL.crf(crf), answers(**said), record, ENTERED_ON)
    assert all(finding.severity is Severity.SOFT for finding in findings), findings
    return {finding.check_id: finding.sentence.english() for finding in findings}


def rows(group: str, *each: dict[str, str]) -> dict[str, str]:
    return {f"{group}/{key}/{name}": value for key, row in enumerate(each, 1) for name, value in row.items()}


# --- pathological response ----------------------------------------------------------------------------------------

GOOD = {"sampling_adequate": "Y", "beds_resected": "Y", "margin": "R0", "viable_tumour": "none"}
UNKNOWN = Answer(missing=Missing.UNKNOWN)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "Y"),
        ({"viable_tumour": "present"}, "N"),
        ({"beds_resected": "N"}, "not evaluable"),
        ({"margin": "R1"}, "not evaluable"),
        ({"margin": "R2"}, "not evaluable"),
        ({"sampling_adequate": "N"}, "not evaluable"),
        ({"viable_tumour": "present", "margin": "R1"}, "not evaluable"),
        ({"sampling_adequate": UNKNOWN}, "not evaluable"),
        ({"viable_tumour": UNKNOWN}, "not evaluable"),
        ({"margin": "R1", "sampling_adequate": Answer()}, "not evaluable"),
    ],
)
def test_the_pathological_response_asks_for_an_evaluable_specimen(changed, expected):
    assert computed("pcr", "PA", **(GOOD | changed)).value == expected


@pytest.mark.parametrize("item", GOOD)
def test_the_pathological_response_is_not_known_before_all_is_answered(item):
    found = computed("pcr", "PA", **(GOOD | {item: Answer()}))

    assert found.value == ""
    assert found.why.english() == f"“{TRIAL.crf('PA').item(item).title}” is not entered."


# --- complications ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ((), "none"),
        (("I",), "I"),
        (("II", "IIIa", "I"), "IIIa"),
        (("IIIb", "IIIa"), "IIIb"),
        (("IVa", "IVb"), "IVb"),
        (("V", "IVb"), "V"),
        (("II", ""), ""),
    ],
)
def test_the_highest_grade_is_the_worst_of_all_complications(grades, expected):
    complications = rows("complications", *({"term": "Bile leak", "grade": grade} for grade in grades))

    assert computed("highest_grade", "PO", assessed_on="2025-05-20", **complications).value == expected


def test_the_highest_grade_of_grades_nobody_knows_is_not_known():
    unknown = {"complications/1/term": "Bile leak", "complications/1/grade": UNKNOWN}

    assert computed("highest_grade", "PO", assessed_on="2025-05-20", **unknown).why is not None


def test_a_living_subject_with_grade_v_is_asked_about():
    complication = rows("complications", {"grade": "V"})

    assert "PO.complications.grade.alive" in found("PO", alive="Y", **complication)
    assert "PO.complications.grade.alive" not in found("PO", alive="N", **complication)
    assert "PO.complications.grade.alive" not in found("PO", alive="Y", **rows("complications", {"grade": "IVb"}))


# --- the clock of a serious event ---------------------------------------------------------------------------------

FRIDAY = "2025-04-11T16:00"
LATE = "Reported {}, more than 24 hours after awareness 2025-04-11T16:00. Enter why under “Reason for late report”."


@pytest.mark.parametrize(
    ("reported", "hours", "is_late"),
    [
        ("2025-04-11T16:00", "0.00", False),
        ("2025-04-12T15:59", "23.98", False),
        ("2025-04-12T16:00", "24.00", False),
        ("2025-04-12T16:01", "24.02", True),
        ("2025-04-14T09:00", "65.00", True),
    ],
)
def test_a_report_is_late_after_24_hours(reported, hours, is_late):
    said = {"aware_at": FRIDAY, "reported_at": reported}

    derived = computed("hours_to_report", "SAE", **said)

    assert (derived.value, derived.unit) == (hours, "h")
    assert found("SAE", **said) == ({"SAE.reported_at.late": LATE.format(reported)} if is_late else {})


def test_a_late_report_that_says_why_is_not_asked_about():
    assert found("SAE", aware_at=FRIDAY, reported_at="2025-04-14T09:00", late_reason="Public holiday") == {}


def test_a_report_before_awareness_is_asked_about():
    assert set(found("SAE", aware_at=FRIDAY, reported_at="2025-04-10T09:00")) == {"SAE.reported_at.aware"}


def test_an_event_not_reported_yet_has_no_hours():
    found = computed("hours_to_report", "SAE", aware_at=FRIDAY)

    assert (found.value, found.why.english()) == ("", "“Reported at” is not entered.")
    assert "reported_at" not in missing_items(TRIAL.crf("SAE"), answers(aware_at=FRIDAY))


@pytest.mark.parametrize(("start", "end"), [("", FRIDAY), (FRIDAY, ""), ("2025-04-11", FRIDAY), (FRIDAY, "UNK")])
def test_hours_are_counted_between_moments_only(start, end):
    assert hours_between(start, end) is None


# --- events -------------------------------------------------------------------------------------------------------


REPORTED = Record(
    subject="S",
    forms=(
        FormRecord(id="dt", crf="DT", answers={"cause": Answer(value="hcc")}),
        FormRecord(id="sae", crf="SAE", answers={"outcome": Answer(value="fatal")}),
    ),
)


@pytest.mark.parametrize("crf", ["AE", "SAE"])
def test_grade_5_and_a_fatal_outcome_belong_together(crf):
    said = {"serious": "Y"} if crf == "AE" else {}

    assert set(found(crf, REPORTED, grade="5", outcome="recovered", **said)) == {f"{crf}.outcome.grade"}
    assert set(found(crf, REPORTED, grade="4", outcome="fatal", **said)) == {f"{crf}.grade.fatal"}
    assert found(crf, REPORTED, grade="5", outcome="fatal", **said) == {}
    assert found(crf, REPORTED, grade="4", outcome="recovered", **said) == {}


def test_an_event_of_grade_5_is_serious():
    assert set(found("AE", REPORTED, grade="5", outcome="fatal", serious="N")) == {"AE.serious.grade"}


# --- lost to follow-up --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kinds", "is_enough"),
    [
        ((), False),
        (("phone", "letter"), False),
        (("phone", "phone", "phone"), False),
        (("phone", "letter", "phone"), True),
        (("phone", "letter", "visit", "relative"), True),
        (("phone", "phone", ""), False),
    ],
)
def test_a_subject_is_lost_after_three_attempts_of_two_kinds(kinds, is_enough):
    attempts = rows("attempts", *({"on": "2025-06-01", "kind": kind} for kind in kinds))

    said = found("ES", how="lost", **attempts).get("ES.attempts.enough", "")

    assert (said == "") is is_enough
    assert is_enough or said == (
        f"{len(kinds)} attempts are entered. A subject counts as lost after 3 attempts of at least 2 kinds."
    )


def test_attempts_are_asked_of_the_lost_only():
    assert "attempts" in missing_items(TRIAL.crf("ES"), answers(ended_on="2025-06-01", how="lost"))
    assert "attempts" not in missing_items(TRIAL.crf("ES"), answers(ended_on="2025-06-01", how="completed"))
    assert found("ES", how="completed") == {}


# --- days in their order ------------------------------------------------------------------------------------------

VISITED = Record(
    subject="S",
    forms=(
        FormRecord(id="icf", crf="ICF", complete=True, answers={"signed_at": Answer(value="2025-03-01T10:00")}),
        FormRecord(id="vr", crf="VR", complete=True, answers={"visited_on": Answer(value="2025-06-05")}),
    ),
)


@pytest.mark.parametrize(
    ("crf", "record", "said", "check_id"),
    [
        ("PA", OPERATED, {"operated_on": "2025-04-19"}, "PA.operated_on.operation"),
        ("PA", NOTHING, {"operated_on": "2025-04-20", "reported_on": "2025-04-19"}, "PA.reported_on.operated"),
        ("PO", OPERATED, {"assessed_on": "2025-04-19"}, "PO.assessed_on.operation"),
        (
            "PO",
            OPERATED,
            {"complications/1/began_on": "2025-03"},
            "PO.complications.began_on.operation",
        ),
        ("AE", NOTHING, {"ongoing": "N", "onset_on": "2025-05", "ended_on": "2025-04-30"}, "AE.ended_on.onset"),
        ("SAE", NOTHING, {"onset_on": "2025-05-02", "aware_at": "2025-05-01T10:00"}, "SAE.aware_at.onset"),
        ("NT", NOTHING, {"ongoing": "N", "started_on": "2025-05-02", "ended_on": "2025-05-01"}, "NT.ended_on.started"),
        ("DV", NOTHING, {"occurred_on": "2025-05-02", "detected_on": "2025-05-01"}, "DV.detected_on.occurred"),
        ("WD", VISITED, {"withdrawn_on": "2025-02-28"}, "WD.withdrawn_on.consent"),
        ("DT", VISITED, {"died_on": "2025-06-04"}, "DT.died_on.visit"),
        ("ES", VISITED, {"ended_on": "2025-02-28"}, "ES.ended_on.consent"),
    ],
)
def test_a_day_before_what_it_follows_is_asked_about(crf, record, said, check_id):
    assert check_id in found(crf, record, **said)


@pytest.mark.parametrize(
    ("crf", "record", "said"),
    [
        ("PA", OPERATED, {"operated_on": "2025-04-20", "reported_on": "2025-04-20"}),
        ("PO", OPERATED, {"complications/1/began_on": "2025-04"}),
        ("AE", NOTHING, {"ongoing": "N", "onset_on": "2025-05", "ended_on": "2025-05-01"}),
        ("DT", VISITED, {"died_on": "2025-06"}),
        ("DT", VISITED, {"died_on": "UNK"}),
    ],
)
def test_a_day_that_may_be_in_order_is_left_alone(crf, record, said):
    assert found(crf, record, **said) == {}


# --- what is asked ------------------------------------------------------------------------------------------------


def test_an_operation_that_was_not_is_asked_why_and_nothing_else():
    shown = shown_items(TRIAL.crf("OP"), answers(performed="N", not_performed_reason="other"))

    assert shown == {"performed", "not_performed_on", "not_performed_reason", "not_performed_other"}


def test_a_finding_at_operation_is_asked_how_it_is_known():
    crf = TRIAL.crf("OP")

    assert "finding_basis" in shown_items(crf, answers(performed="Y", finding="extrahepatic"))
    assert "finding_basis" not in shown_items(crf, answers(performed="Y", finding="none"))
    assert "finding_basis" not in shown_items(crf, answers(performed="N", finding="extrahepatic"))


@pytest.mark.parametrize("of", ["treatment", "visits", "consent"])
def test_public_records_are_asked_of_whoever_withdraws_consent(of):
    assert ("public_records" in shown_items(TRIAL.crf("WD"), answers(of=of))) is (of == "consent")


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("M1", "VR", "CO"),
        ("M2", "VR", "VS"),
        ("M21", "VR", "VS"),
        ("M24", "VR", "VS"),
        ("POD30", "PO", "PO"),
        ("POD90", "PO", "PO"),
        ("SFU", "SS", "SS"),
        ("UNS", "VR", "SS"),
    ],
)
def test_a_visit_asks_for_its_forms(code, first, last):
    forms = TRIAL.visit(code).forms

    assert (forms[0], forms[-1]) == (first, last)
    assert all(not TRIAL.crf(crf).log for crf in forms)
