"""Who was randomized stays counted as randomized, on home, in the accrual and in the flow, whatever came after."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from protocol.arms import WATCH_AND_WAIT
from protocol.roles import Role
from rehearsal.walk import Walk
from tests.followup_safety_ground import Patient, of_both_arms
from tests.people import a_user
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

LATER = 30  # days after randomization


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture(autouse=True)
def _taken_back(walks: dict[str, Walk]) -> Iterator[None]:
    with taken_back():
        yield


@pytest.fixture
def patient(walks: dict[str, Walk]) -> Patient:
    return Patient(walks[WATCH_AND_WAIT])


@pytest.fixture
def statistician() -> User:
    return a_user(Role.STATISTICIAN)


def withdraw(patient: Patient, day: int) -> None:
    said = {"of": "consent", "decided_by": "subject", "reason": "Moves away", "public_records": "N"}
    patient.log("WD", {**said, "withdrawn_on": str(patient.day(day))}, patient.day(day))


def asked(patient: Patient, user: User, address: str):
    with time_machine.travel(patient.at(patient.day(LATER)), tick=False):
        client = Client(HTTP_HOST="localhost")
        client.force_login(user)
        return client.get(address)


def said_on_home(patient: Patient, user: User) -> tuple[int, int]:
    """Return the count in the title and the one of the line."""
    page = asked(patient, user, "/").content.decode()
    section = re.search(r'<h2 id="work-\d+-title">Subjects in the trial <.*?</section>', page, re.DOTALL)[0]
    title, line = re.search(r"\d+</span>", section)[0], re.search(r"(\d+) in the trial", section)[1]
    return int(title.partition("<")[0]), int(line)


def flow(patient: Patient, user: User, **query: str) -> dict[str, dict[str, str]]:
    where = "&".join(f"{name}={value}" for name, value in query.items())
    response = asked(patient, user, f"{reverse('report-csv', args=['flow'])}?{where}")
    rows = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    return {row["Step"]: row for row in rows}


def accrued(patient: Patient, user: User) -> int:
    page = asked(patient, user, reverse("report", args=["accrual"])).content.decode()
    return int(re.search(r"(\d+) of \d+ subjects were randomized", page)[1])


def test_home_accrual_and_flow_agree_before_and_after_a_withdrawal(patient, statistician):
    before = accrued(patient, statistician)
    withdraw(patient, 20)

    assert before >= 2
    assert said_on_home(patient, statistician) == (before, before)
    assert accrued(patient, statistician) == before
    assert int(flow(patient, statistician)["Randomized"]["Subjects"]) == before


def test_who_withdrew_stands_beside_the_lost_from_the_day_of_the_withdrawal_on(patient, statistician):
    withdraw(patient, 20)

    after = flow(patient, statistician, cut=str(patient.day(20)))
    before = flow(patient, statistician, cut=str(patient.day(19)))

    assert (after["Withdrew consent"]["Subjects"], before["Withdrew consent"]["Subjects"]) == ("1", "0")
    assert after["Lost to follow-up"]["Subjects"] == "0"
    assert {rows["Analysed for the primary outcome"]["Subjects"] for rows in (after, before)} == {"2"}


def test_the_number_of_the_withdrawn_leads_to_them(patient, statistician):
    withdraw(patient, 20)

    listed = asked(patient, statistician, reverse("report-people", args=["all-withdrew"])).content.decode()

    assert patient.subject.number in listed
