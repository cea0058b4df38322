"""The casebook page after randomization: arm, next visit, folded visits, logs with their buttons, the timeline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.roles import Role
from rehearsal.walk import Walk
from tests.followup_safety_ground import Patient, of_both_arms, operated
from tests.people import a_user
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture
def patient(walks: dict[str, Walk], request: pytest.FixtureRequest) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[getattr(request, "param", RESECTION)])


def page(patient: Patient, on: date, *, by: User | None = None) -> str:
    with time_machine.travel(patient.at(on), tick=False):
        client = Client(HTTP_HOST="localhost")
        client.force_login(by or patient.by, backend=BACKEND)
        response = client.get(reverse("casebook", args=[patient.subject.pk]))
    assert response.status_code == 200
    return response.content.decode().split("<main")[1]


def queries(patient: Patient, on: date) -> int:
    page(patient, on)
    with CaptureQueriesContext(connection) as captured:
        page(patient, on)
    return len(captured)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def folds(html: str) -> dict[str, bool]:
    """Return of each visit by its title whether it stands unfolded."""
    found = re.findall(r'<details class="card-of fold"( open)?>\s*<summary>\s*<h2>(.*?)</h2>', html, re.DOTALL)
    return {title.strip(): bool(is_open) for is_open, title in found}


def buttons(html: str) -> set[str]:
    return set(re.findall(r'name="crf" value="(\w+)"', html))


def a_statistician() -> User:
    return a_user(Role.STATISTICIAN, None)


class TestTheHead:
    @pytest.mark.parametrize(
        ("patient", "title"), [(RESECTION, "Liver resection"), (WATCH_AND_WAIT, "Watch and wait")], indirect=["patient"]
    )
    def test_names_the_arm_to_the_site(self, patient, title):
        assert f"Arm {title} randomized on" in text_of(page(patient, patient.day(1)))

    @pytest.mark.parametrize("patient", [RESECTION, WATCH_AND_WAIT], indirect=True)
    def test_says_the_same_of_both_arms_to_who_may_not_know(self, patient):
        patient.log("AE", {"term": "Cough"}, patient.day(1), complete=False)

        said = text_of(page(patient, patient.day(1), by=a_statistician()))

        assert "Arm not shown to your role" in said
        assert not any(word in said for word in ("Operation", "Pathology", "Surgery", "resection randomized"))

    def test_leads_to_the_next_visit(self, patient):
        visit = patient.visit("M1")

        shown = page(patient, patient.day(1))

        assert "Next visit" in shown
        assert f"#visit-{visit.pk}" in shown

    def test_offers_nobody_a_page_they_may_not_open(self, patient):
        monitor, statistician = a_user(Role.MONITOR, None), a_statistician()

        for reader, opened in ((monitor, {"audit-events", "allocation"}), (statistician, set())):
            shown = page(patient, patient.day(1), by=reader)
            for name, args in (("audit-events", []), ("allocation", [patient.subject.pk])):
                assert (f'href="{reverse(name, args=args)}' in shown) is (name in opened)


class TestVisits:
    def test_stand_unfolded_where_something_is_to_be_done(self, patient):
        visit = patient.visit("M1")
        upcoming = folds(page(patient, visit.opens_on - timedelta(days=1)))
        due = folds(page(patient, visit.opens_on))
        patient.attend("M1", visit.target_on)
        attended = folds(page(patient, visit.target_on))

        assert (upcoming["Month 1"], due["Month 1"], attended["Month 1"]) == (False, True, True)
        assert attended["Month 24, end of study"] is False

    @pytest.mark.parametrize("patient", [WATCH_AND_WAIT], indirect=True)
    def test_that_are_over_say_why(self, patient):
        patient.log(
            "WD",
            {"withdrawn_on": patient.day(5).isoformat(), "of": "visits", "decided_by": "subject", "reason": "Far"},
            patient.day(5),
        )

        shown = page(patient, patient.day(40))

        assert folds(shown)["Month 1"] is False
        assert "Not applicable" in text_of(shown)


class TestLogs:
    def test_have_a_button_each_for_who_enters(self, patient):
        assert {"AE", "SAE", "OP", "PA", "NT", "DV", "WD", "DT", "ES"} <= buttons(page(patient, patient.day(1)))

    def test_have_none_for_who_only_reads(self, patient):
        shown = page(patient, patient.day(1), by=a_user(Role.MONITOR, None))

        assert buttons(shown) == set()
        assert "does not include this: enter and correct forms" in text_of(shown)

    def test_give_the_reason_where_one_cannot_be_added_again(self, patient):
        patient.log("DT", {"source": "record"}, patient.day(3), complete=False)

        shown = page(patient, patient.day(3))

        assert "DT" not in buttons(shown)
        assert "Death is asked once and is already there. Open that form." in text_of(shown)

    def test_say_what_each_line_is_about(self, patient):
        patient.log("AE", {"term": "Pruritus", "grade": "2"}, patient.day(3), complete=False)

        assert "Pruritus, Grade 2" in text_of(page(patient, patient.day(3)))


class TestTheCourse:
    def test_shows_markers_scans_and_the_operation(self, patient):
        on = patient.visit("M1").target_on
        patient.log("OP", operated(patient.day(10)), patient.day(10))
        patient.draw("M1", on, afp="900")

        shown = page(patient, on)

        assert '<svg class="course-plot"' in shown
        assert "times the upper limit of" in shown
        assert re.search(r'<rect class="bar operation"', shown)

    def test_hides_the_operation_from_who_may_not_know_the_arm(self, patient):
        patient.log("OP", operated(patient.day(10)), patient.day(10))

        shown = page(patient, patient.day(11), by=a_statistician())

        assert '<svg class="course-plot"' in shown
        assert "operation" not in shown.replace("treatment and operation, AFP", "")
        assert "Operation" not in shown
        assert "SURG" not in shown

    def test_asks_the_database_as_often_for_few_forms_as_for_many(self, patient):
        on = patient.day(3)
        few = queries(patient, on)
        for number in range(5):
            patient.log("AE", {"term": f"Cough {number}"}, on, complete=False)

        assert queries(patient, on) == few
