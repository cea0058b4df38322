"""The status grid after randomization: arm to who may know it, next visit, overdue and missed visits; filters and CSV."""

from __future__ import annotations

import csv
import io
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
from followup import actions
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.roles import Role
from rehearsal.walk import Walk
from tests.casebook_ground import a_subject
from tests.followup_safety_ground import Patient, of_both_arms
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
def resected(walks: dict[str, Walk]) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[RESECTION])


@pytest.fixture
def watched(walks: dict[str, Walk], resected: Patient) -> Patient:
    return Patient(walks[WATCH_AND_WAIT])


def got(reader: User, patient: Patient, on: date, name: str, asked: dict[str, str]) -> str:
    with time_machine.travel(patient.at(on), tick=False):
        client = Client(HTTP_HOST="localhost")
        client.force_login(reader, backend=BACKEND)
        return client.get(reverse(name), asked).content.decode().removeprefix("\ufeff")


def rows(patient: Patient, on: date, *, by: User | None = None, **asked: str) -> dict[str, dict[str, str]]:
    """Return the grid by subject, as its CSV says it, in its order."""
    said = got(by or patient.by, patient, on, "subjects-csv", asked)
    return {row["Subject"]: row for row in csv.DictReader(io.StringIO(said))}


def a_statistician() -> User:
    return a_user(Role.STATISTICIAN, None)


def numbers(*patients: Patient) -> set[str]:
    return {patient.subject.number for patient in patients}


class TestTheArm:
    def test_is_a_column_for_the_site(self, resected, watched):
        found = rows(resected, resected.day(1))

        assert found[resected.subject.number]["Arm"] == "Liver resection"
        assert found[watched.subject.number]["Arm"] == "Watch and wait"

    def test_is_no_column_and_no_filter_for_a_statistician(self, resected, watched):
        reader, on = a_statistician(), resected.day(1)

        assert "Arm" not in rows(resected, on, by=reader)[resected.subject.number]
        assert rows(resected, on, by=reader, arm=RESECTION) == {}
        assert "Liver resection" not in got(reader, resected, on, "subjects", {}).split("<main")[1]

    def test_narrows_the_list(self, resected, watched):
        on, waiting = resected.day(1), a_subject(resected.by)

        of_one, randomized, without = (set(rows(resected, on, arm=arm)) for arm in (RESECTION, "any", "none"))

        assert resected.subject.number in of_one
        assert watched.subject.number not in of_one
        assert numbers(resected, watched) <= randomized
        assert waiting.number in without
        assert not numbers(resected, watched) & without

    def test_that_nobody_has_narrows_no_page_and_gives_no_file(self, resected):
        page, file = (
            got(resected.by, resected, resected.day(1), name, {"arm": "nonsense"})
            for name in ("subjects", "subjects-csv")
        )

        assert resected.subject.number in page
        assert "There is no filter “arm=nonsense” in this list" in file


class TestVisits:
    def test_are_overdue_from_the_day_after_their_window(self, watched):
        visit, number = watched.visit("M1"), watched.subject.number

        last = rows(watched, visit.closes_on)[number]
        late = rows(watched, visit.closes_on + timedelta(days=1))[number]

        assert (last["Overdue visits"], last["Next visit"]) == ("0", "Month 1")
        assert last["Next visit on"] == visit.target_on.isoformat()
        assert (late["Overdue visits"], late["Month 1"]) == ("1", "overdue 0/0")

    def test_that_are_overdue_or_missed_have_a_cell_without_a_form(self, watched):
        visit = watched.visit("M1")
        on = visit.closes_on + timedelta(days=1)
        before = got(watched.by, watched, on, "subjects", {})
        actions.mark_missed(visit, by=watched.by, at=watched.at(on), reason="Travels")
        after = rows(watched, on)[watched.subject.number]

        assert re.search(r'#visit-M1" title="Overdue">', before)
        assert (after["Overdue visits"], after["Month 1"]) == ("0", "missed 0/0")

    def test_narrow_and_order_the_list(self, resected, watched):
        watched.attend("M1", watched.visit("M1").target_on)
        on = resected.visit("M1").closes_on + timedelta(days=1)

        by_overdue, by_next = list(rows(resected, on, order="overdue")), list(rows(resected, on, order="next"))

        assert set(rows(resected, on, waiting="overdue")) & numbers(resected, watched) == numbers(resected)
        assert by_overdue.index(resected.subject.number) < by_overdue.index(watched.subject.number)
        assert by_next.index(resected.subject.number) < by_next.index(watched.subject.number)

    def test_of_one_arm_are_not_told_to_who_may_not_know_it(self, resected):
        surgery = resected.visit("SURG")
        on = surgery.closes_on + timedelta(days=60)

        site = rows(resected, on)[resected.subject.number]
        outside = rows(resected, on, by=a_statistician())[resected.subject.number]

        assert "Surgery" in site
        assert "Surgery" not in outside
        assert int(site["Overdue visits"]) == int(outside["Overdue visits"]) + 1


def test_the_grid_asks_the_database_as_often_for_two_subjects_as_for_many(resected, watched):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            got(resected.by, resected, resected.day(40), "subjects", {"order": "overdue"})
        return len(captured)

    asked()
    few = asked()
    for _ in range(5):
        a_subject(resected.by)

    assert asked() == few
