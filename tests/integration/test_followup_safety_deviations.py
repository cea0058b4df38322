"""Deviations that follow from the record: found, fallen when mended, explained by a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from audit.decision import Refusal
from casebook import actions as casebook
from followup import actions
from followup.actions.deviations import explain_deviation
from followup.safety_reminders import find_lapsed_operations
from followup.states import DeviationKind, Severity
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.roles import Role
from protocol.words import Sentence
from rehearsal.walk import Walk
from tests.casebook_ground import events_of
from tests.followup_safety_ground import Patient, of_both_arms, operated
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

ONE_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture
def patient(walks: dict[str, Walk], request: pytest.FixtureRequest) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[getattr(request, "param", WATCH_AND_WAIT)])


resected = pytest.mark.parametrize("patient", [RESECTION], indirect=True)


def said(patient: Patient, kind: DeviationKind) -> str:
    return Sentence.from_json(patient.deviations()[kind].sentence).english()


def test_a_visit_in_its_window_deviates_from_nothing(patient):
    window = patient.visit("M2")
    patient.attend("M2", window.opens_on)
    patient.attend("M4", patient.visit("M4").closes_on)

    assert patient.deviations() == {}


def test_a_visit_a_day_before_its_window_is_a_minor_deviation(patient):
    window = patient.visit("M2")
    patient.attend("M2", window.opens_on - ONE_DAY, reason="Travels")

    found = patient.deviations()[DeviationKind.EARLY]
    assert (found.severity, found.occurred_on) == (Severity.MINOR, window.opens_on - ONE_DAY)
    assert said(patient, DeviationKind.EARLY) == (
        f"Month 2 took place on {window.opens_on - ONE_DAY}, before its window, which opens on {window.opens_on}."
    )


def test_a_visit_a_day_after_its_window_is_one_too_and_falls_when_the_day_is_corrected(patient):
    closes = patient.visit("M2").closes_on
    patient.attend("M2", closes + ONE_DAY, reason="Travels")
    assert set(patient.deviations()) == {DeviationKind.LATE}

    visit, at = patient.visit("M2"), patient.at(closes + 2 * ONE_DAY)
    actions.correct_attendance(visit, by=patient.by, at=at, attended_on=closes, reason="Mistyped")

    assert patient.deviations() == {}
    kinds = [event.kind for event in events_of(patient.subject, by=patient.by)]
    assert [kind for kind in kinds if "deviation" in kind] == [
        "followup.deviation.detected",
        "followup.deviation.mended",
    ]


def test_a_missed_visit_is_one(patient):
    closes = patient.visit("M1").closes_on
    actions.mark_missed(patient.visit("M1"), by=patient.by, at=patient.at(closes + ONE_DAY), reason="Did not come")

    assert said(patient, DeviationKind.MISSED) == f"Month 1, due until {closes}, was missed."


def test_an_assessment_that_was_not_done_is_one(patient):
    patient.attend("M1", patient.visit("M1").target_on)
    at = patient.at(patient.day(33))
    casebook.mark_not_done(patient.form("MK", "M1"), by=patient.by, at=at, reason="No blood drawn")

    assert said(patient, DeviationKind.ASSESSMENT) == "Not done at Month 1: Tumour markers."


@resected
@pytest.mark.parametrize(
    ("days", "severity"), [(28, None), (29, Severity.MINOR), (42, Severity.MINOR), (43, Severity.IMPORTANT)]
)
def test_an_operation_after_its_day_deviates_the_more_the_later(patient, days, severity):
    patient.log("OP", operated(patient.day(days)), patient.day(days))

    found = patient.deviations().get(DeviationKind.SURGERY_LATE)
    assert (found and found.severity) == severity
    assert found is None or found.reveals_arm


@resected
def test_no_operation_and_no_reason_is_important_once_the_grace_is_over(patient):
    patient.draw("M1", patient.day(36))
    assert DeviationKind.SURGERY_LATE not in patient.deviations()

    patient.draw("M2", patient.visit("M2").target_on)
    assert patient.deviations()[DeviationKind.SURGERY_LATE].severity == Severity.IMPORTANT

    refused = {
        "performed": "N",
        "not_performed_on": patient.day(20).isoformat(),
        "not_performed_reason": "refusal",
    }
    patient.log("OP", refused, patient.day(62))
    assert patient.deviations() == {}


@resected
def test_an_operation_that_never_came_is_found_by_the_sweep_though_nobody_saves(patient):
    last = patient.day(42)

    assert find_lapsed_operations(at=patient.at(last)) == 0
    assert find_lapsed_operations(at=patient.at(last + ONE_DAY)) == 1
    assert patient.deviations()[DeviationKind.SURGERY_LATE].occurred_on == last + ONE_DAY
    assert find_lapsed_operations(at=patient.at(last + 2 * ONE_DAY)) == 0


def test_an_operation_in_watch_and_wait_without_progression_is_important(patient):
    patient.log("OP", operated(patient.day(50), "crossover"), patient.day(50))

    found = patient.deviations()[DeviationKind.CROSSED_OVER]
    assert (found.severity, found.reveals_arm) == (Severity.IMPORTANT, True)


def test_an_operation_in_watch_and_wait_after_progression_is_none(patient):
    on = patient.visit("M2").target_on
    patient.attend("M2", on)
    patient.scanned("M2", on, viable=("15", "0"))
    patient.log("OP", operated(on + 5 * ONE_DAY, "salvage"), on + 5 * ONE_DAY)

    assert DeviationKind.CROSSED_OVER not in patient.deviations()


@resected
@pytest.mark.parametrize(("days_before", "flagged"), [(27, True), (28, False)])
def test_a_scan_soon_after_the_operation_is_flagged(patient, days_before, flagged):
    on = patient.visit("M2").opens_on
    operation = on - days_before * ONE_DAY
    patient.log("OP", operated(operation), operation)
    patient.attend("M2", on)
    patient.scanned("M2", on)

    assert (DeviationKind.EARLY_SCAN in patient.deviations()) is flagged


def test_what_makes_a_randomized_subject_ineligible_is_important(patient):
    assert DeviationKind.INELIGIBLE not in patient.deviations()
    form = patient.form("HE", "SCR")
    patient.fill(form, {"platelets": "20 10^9/L"}, patient.day(1), reason="Transcription error")

    found = patient.deviations()[DeviationKind.INELIGIBLE]
    assert found.severity == Severity.IMPORTANT
    assert said(patient, DeviationKind.INELIGIBLE).startswith(
        f"Randomized on {patient.first}; by what is on record now"
    )

    patient.fill(form, {"platelets": "200 10^9/L"}, patient.day(2), reason="It was right")
    assert patient.deviations() == {}


@pytest.mark.parametrize(
    ("answers", "deviates"),
    [
        ({"platelets": "75 10^9/L"}, True),
        ({"platelets": "75.1 10^9/L"}, False),
        ({"leukocytes": "4.9 10^9/L"}, False),
    ],
)
def test_only_a_change_that_alters_a_verdict_is_a_deviation(patient, answers, deviates):
    patient.fill(patient.form("HE", "SCR"), answers, patient.day(1), reason="Transcription error")

    assert (DeviationKind.INELIGIBLE in patient.deviations()) is deviates
    assert not deviates or "I07a" in said(patient, DeviationKind.INELIGIBLE)


def test_whoever_enters_explains_and_a_later_explanation_stands(patient):
    window = patient.visit("M2")
    patient.attend("M2", window.opens_on - ONE_DAY, reason="Travels")
    found, at = patient.deviations()[DeviationKind.EARLY], patient.at(window.opens_on)

    with pytest.raises(Refusal, match=r"Say what caused the deviation\."):
        explain_deviation(found, by=patient.by, at=at, cause=" ", action="Told again")
    with pytest.raises(Refusal, match="does not include this: enter and correct forms"):
        explain_deviation(found, by=patient.here.one(Role.MONITOR), at=at, cause="Travel")

    explain_deviation(found, by=patient.by, at=at, cause="Travel", action="The window was explained.")
    assert patient.deviations()[DeviationKind.EARLY].cause == "Travel"


def test_a_fallen_deviation_is_explained_no_more(patient):
    closes = patient.visit("M2").closes_on
    patient.attend("M2", closes + ONE_DAY, reason="Travels")
    found, at = patient.deviations()[DeviationKind.LATE], patient.at(closes + 2 * ONE_DAY)
    actions.correct_attendance(patient.visit("M2"), by=patient.by, at=at, attended_on=closes, reason="Mistyped")

    with pytest.raises(Refusal, match=r"This deviation has fallen: what caused it was corrected\."):
        explain_deviation(found, by=patient.by, at=at, cause="Travel")
