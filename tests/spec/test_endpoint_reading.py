"""Chapter 5: endpoints read from the forms of a subject, randomized on 15 January 2025."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from protocol.endpoint_course import Course
from protocol.endpoint_reading import Allocated, course_of, surgery_of
from protocol.endpoints import os, pfs, ttf
from protocol.happenings import happened
from protocol.pathological import PathologicalResponse, pcr
from protocol.record import FormRecord, Record
from tests.protocol_ground import baseline, complete_response, form, lesion, scan

START = date(2025, 1, 15)
WATCHED = Allocated(arm="WW", randomized_on=START, cut_on=date(2026, 1, 31))
RESECTED = replace(WATCHED, arm="RESECT")


def course(*forms: FormRecord, given: Allocated = WATCHED) -> Course:
    record = Record(subject="001", forms=(baseline(), complete_response("2025-01-02"), *forms))
    return course_of(record, happened(record, randomized_on=START), given)


def response(*forms: FormRecord, given: Allocated = RESECTED) -> PathologicalResponse:
    return pcr(surgery_of(Record(subject="001", forms=forms), given))


def progressed(on: str) -> FormRecord:
    return scan(on, lesion("T1", "15"), lesion("NT1", "0"))


def operated(on: str, purpose: str = "primary", **items: str) -> FormRecord:
    return form("OP", performed="Y", operated_on=on, purpose=purpose, **({"finding": "none"} | items))


def therapy(on: str, **items: str) -> FormRecord:
    return form("NT", on, **({"kind": "targeted", "of_conversion_regimen": "N", "reason": "other"} | items))


def recurred(on: str, **items: str) -> FormRecord:
    known = {"status": "confirmed", "basis": "pathology", "site": "intrahepatic", "pattern": "local"}
    return form("RP", on, **(known | {"confirmed_on": on} | items))


def said(outcome) -> tuple[int, str]:
    return outcome.cnsr, outcome.on.isoformat()


def test_scans_before_randomization_are_no_assessment_after_it():
    assert said(pfs(course())) == (1, "2025-01-15")


def test_a_re_enhancing_lesion_is_the_event():
    assert said(pfs(course(complete_response("2025-03-15"), progressed("2025-05-15")))) == (0, "2025-05-15")


def test_the_calendar_of_assessments_is_that_of_the_schedule():
    planned = [window.target.isoformat() for window in course().planned]

    assert planned[:4] == ["2025-03-15", "2025-05-15", "2025-07-15", "2025-09-15"]
    assert len(planned) == 10


def test_a_scan_of_month_6_without_the_chest_is_not_adequate():
    seen = (complete_response("2025-05-15"), complete_response("2025-07-15", chest_ct="N"))

    assert said(pfs(course(*seen))) == (1, "2025-05-15")


def test_a_chest_scanned_on_another_day_of_the_window_makes_it_adequate():
    seen = (complete_response("2025-07-15", chest_ct="N"), complete_response("2025-07-18"))

    assert said(pfs(course(*seen))) == (1, "2025-07-18")


def test_a_scan_of_month_4_needs_no_chest():
    assert said(pfs(course(complete_response("2025-05-15", chest_ct="N")))) == (1, "2025-05-15")


def test_a_scan_after_the_cut_is_not_read():
    cut = replace(WATCHED, cut_on=date(2025, 5, 14))

    assert said(pfs(course(complete_response("2025-03-15"), progressed("2025-05-15"), given=cut))) == (1, "2025-03-15")


NEW = {
    "another agent": therapy("2025-04-01"),
    "arterial therapy though of the conversion regimen": therapy(
        "2025-04-01", kind="arterial", of_conversion_regimen="Y"
    ),
    "an operation that watching does not ask for": operated("2025-04-01", "crossover"),
}


@pytest.mark.parametrize("name", NEW)
def test_new_therapy_censors(name):
    seen = (complete_response("2025-03-15"), complete_response("2025-05-15"), progressed("2025-07-15"))

    assert said(pfs(course(*seen, NEW[name]))) == (1, "2025-03-15")


NOT_NEW = {
    "an agent of the conversion regimen that goes on": therapy("2025-04-01", of_conversion_regimen="Y"),
    "what began before randomization": therapy("2025-01-15"),
}


@pytest.mark.parametrize("name", NOT_NEW)
def test_what_is_not_new_does_not_censor(name):
    seen = (complete_response("2025-03-15"), complete_response("2025-05-15"), progressed("2025-07-15"))

    assert said(pfs(course(*seen, NOT_NEW[name]))) == (0, "2025-07-15")


def test_the_operation_of_the_arm_is_no_new_therapy():
    seen = (complete_response("2025-03-15"), progressed("2025-05-15"), operated("2025-02-10"))

    assert said(pfs(course(*seen, given=RESECTED))) == (0, "2025-05-15")


def test_disease_found_at_the_operation_is_the_event():
    found = operated("2025-02-10", finding="extrahepatic", finding_basis="pathology")

    assert said(pfs(course(found, given=RESECTED))) == (0, "2025-02-10")


def test_a_finding_that_nobody_declared_is_none():
    assert pfs(course(operated("2025-02-10", finding="extrahepatic"), given=RESECTED)).cnsr == 1


def test_treatment_of_progression_is_the_failure_of_treatment():
    assert said(ttf(course(therapy("2025-04-01", reason="progression")))) == (0, "2025-04-01")


def test_a_partial_death_waits_for_its_day():
    assert not os(course(form("DT", died_on="2025-06", cause="hcc"))).is_known


def test_death_and_last_contact_are_read():
    assert said(os(course(form("DT", died_on="2025-06-10", cause="hcc")))) == (0, "2025-06-10")
    assert said(os(course(complete_response("2025-03-15")))) == (1, "2025-03-15")


def test_a_complete_specimen_is_a_response():
    report = form(
        "PA",
        "2025-02-17",
        operated_on="2025-02-10",
        viable_tumour="none",
        margin="R0",
        sampling_adequate="Y",
        beds_resected="Y",
    )

    assert response(operated("2025-02-10"), report).is_response
    cut = replace(RESECTED, cut_on=date(2025, 2, 16))
    assert response(operated("2025-02-10"), report, given=cut).standing == "pending"


def test_an_operation_that_was_not_done_is_no_response():
    declined = form("OP", performed="N", not_performed_on="2025-02-01", not_performed_reason="refusal")

    assert response(declined).standing == "not resected"


def test_an_exploration_resected_nothing():
    assert response(operated("2025-02-10", procedure="exploration")).rule.english() == (
        "Not resected, decided on 2025-02-10: no response among all allocated to resection."
    )


@pytest.mark.parametrize(
    ("items", "counts"),
    [
        ({}, True),
        ({"basis": "imaging pathology", "pattern": "local and distant"}, True),
        ({"basis": "imaging"}, False),
        ({"basis": "markers clinical"}, False),
        ({"pattern": "distant"}, False),
        ({"status": "suspected"}, False),
        ({"status": "refuted"}, False),
    ],
)
def test_a_local_recurrence_that_pathology_confirms_fails_the_treatment_and_is_no_progression(items, counts):
    found = course(complete_response("2025-03-15"), recurred("2025-04-20", **items))

    assert (said(ttf(found)) == (0, "2025-04-20")) is counts
    assert not pfs(found).event
