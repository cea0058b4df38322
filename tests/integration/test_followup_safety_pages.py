"""The pages of safety: clocks, events without a report, listings with CSV; the arm for nobody who may not see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from audit.door import as_actor
from followup.safety_mail import SAE_OVERDUE, SAE_SOON
from followup.safety_reminders import remind_safety
from followup.selectors.safety import events_without_report, relapse_signs_open, sae_clocks, saes_to_sign
from followup.states import DeviationKind
from protocol.arms import RESECTION
from protocol.roles import Role
from rehearsal.walk import Walk
from tests.followup_safety_ground import Patient, mails, of_both_arms, operated
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

SERIOUS = {
    "ctcae_term": "Biliary fistula",
    "grade": "3",
    "serious": "Y",
    "related_surgery": "probable",
    "related_drug": "not related",
    "action": "treatment",
    "outcome": "recovering",
    "ongoing": "Y",
}


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture
def patient(walks: dict[str, Walk]) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[RESECTION])


def page_of(user: User, name: str, *args: object, **query: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, response.content[:2000]
    return response.content.decode()


def aware(patient: Patient, hours_ago: float) -> str:
    moment = datetime.now(patient.subject.site.zone) - timedelta(hours=hours_ago)
    return f"{moment:%Y-%m-%dT%H:%M}"


def an_event(patient: Patient, hours_ago: float = 20, term: str = "Bile leak", **more: str) -> None:
    typed = {"term": term, "onset_on": patient.first.isoformat(), "aware_at": aware(patient, hours_ago), **more}
    patient.log("SAE", typed, patient.first, complete=False)


def an_adverse_event(patient: Patient, term: str = "Bile leak", **more: str) -> None:
    typed = {"term": term, "onset_on": patient.first.isoformat(), **SERIOUS, **more}
    patient.log("AE", typed, patient.first)


def test_the_clock_says_what_is_left_in_words_icon_and_colour(patient):
    an_event(patient, 20)

    page = page_of(patient.investigator, "safety")

    assert "Clock running" in page
    assert 'class="mark tone-warn"' in page
    assert "3 h 59 min left" in page or "4 h 0 min left" in page


def test_an_overdue_report_stands_first_and_a_late_one_says_by_how_much(patient):
    an_event(patient, 2, "Fever")
    an_event(patient, 30, "Ascites")
    an_event(patient, 40, "Bleeding", reported_at=aware(patient, 15))

    page = page_of(patient.here.one(Role.SPONSOR_SAFETY), "safety")

    places = [page.index(text) for text in ("Ascites", "Fever", "Bleeding")]
    assert places == sorted(places)
    assert "<td>for 6 h 0 min</td>" in page or "<td>for 5 h 59 min</td>" in page
    assert "Reported late" in page
    assert "<td>by 1 h 0 min</td>" in page


def test_a_serious_adverse_event_without_a_report_is_listed_until_one_speaks_of_it(patient):
    an_adverse_event(patient, "Liver failure")
    coordinator = patient.by
    assert "Add the report in the casebook" in page_of(coordinator, "safety")

    an_event(patient, 1, "Something else", onset_on=(patient.first + timedelta(days=0)).isoformat())

    with as_actor(coordinator):
        assert events_without_report(coordinator, coordinator.site_ids()) == []


def test_a_fatal_event_needs_a_report_though_nobody_called_it_serious(patient):
    an_adverse_event(patient, "Rupture", serious="N", outcome="fatal", grade="5", ongoing="N",
                     ended_on=patient.first.isoformat())  # fmt: skip

    with as_actor(patient.by):
        assert len(events_without_report(patient.by, patient.by.site_ids())) == 1


def test_events_are_filtered_and_given_as_csv(patient):
    an_adverse_event(patient, "Rash", grade="1", serious="N")
    an_adverse_event(patient, "=SUM(A1)")

    page = page_of(patient.by, "safety-events", grade="1")
    assert "Rash" in page
    assert "SUM" not in page

    text = page_of(patient.by, "safety-events-csv").removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["Event"] for row in rows} == {"Rash", "'=SUM(A1)"}
    assert {row["Related to surgery"] for row in rows} == {"Probable"}


def test_who_may_not_see_the_arm_sees_neither_the_relation_to_surgery_nor_what_deviates_in_one_arm(patient):
    an_adverse_event(patient)
    patient.log("OP", operated(patient.day(50)), patient.day(50))
    assert DeviationKind.SURGERY_LATE in patient.deviations()
    blind, seeing = patient.here.one(Role.MEDICAL_REVIEWER), patient.here.one(Role.MONITOR)

    assert "Probable" not in page_of(blind, "safety-events")
    assert "Probable" not in page_of(blind, "safety-events-csv")
    for name in ("safety-deviations", "safety-deviations-csv"):
        assert "The operation of" in page_of(seeing, name)
        assert "The operation of" not in page_of(blind, name)
    assert "Surgery late" not in page_of(blind, "safety-deviations")
    found = patient.deviations()[DeviationKind.SURGERY_LATE]
    client = Client()
    client.force_login(blind)
    assert client.get(reverse("safety-deviation", args=[found.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.READER, Role.SURGEON, Role.STATISTICIAN, Role.UNBLINDED_STATISTICIAN])
def test_who_does_not_read_safety_reports_finds_neither_door_nor_page(patient, role):
    patient.draw("M1", patient.day(30), afp="21")
    [sign] = patient.signs()
    client = Client()
    client.force_login(patient.here.one(role))

    for name in ("safety", "safety-events", "safety-events-csv", "safety-deviations", "safety-deviations-csv"):
        assert client.get(reverse(name)).status_code == 403
    assert client.get(reverse("safety-sign", args=[sign.pk])).status_code == 403
    assert f'href="{reverse("safety")}"' not in client.get("/").content.decode()


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MONITOR])
def test_who_enters_and_who_monitors_reads_safety_reports(patient, role):
    an_event(patient)

    assert "Bile leak" in page_of(patient.here.one(role), "safety")


def test_a_sign_is_settled_on_its_page_and_a_refusal_keeps_what_was_typed(patient):
    patient.draw("M1", patient.day(30), afp="21")
    [sign] = patient.signs()
    client = Client()
    client.force_login(patient.investigator)
    address = reverse("safety-sign", args=[sign.pk])

    refused = client.post(address, {"reason": "Call 13812345678"})
    assert refused.status_code == 409
    assert "Call 13812345678" in refused.content.decode()
    assert "nothing that identifies a person is stored" in refused.content.decode()

    assert client.post(address, {"reason": "A flare of hepatitis"}).status_code == 302
    assert patient.signs()[0].reason == "A flare of hepatitis"


def test_a_deviation_is_explained_on_its_page(patient):
    opens = patient.visit("M2").opens_on
    patient.attend("M2", opens - timedelta(days=1), reason="Travels")
    found = patient.deviations()[DeviationKind.EARLY]
    client = Client()
    client.force_login(patient.by)

    answer = client.post(reverse("safety-deviation", args=[found.pk]), {"cause": "Travel", "action": "Told again"})

    assert answer.status_code == 302
    assert "Travel" in page_of(patient.by, "safety-deviations")


def test_every_list_asks_the_same_for_one_row_and_for_six(patient):
    lists = ("safety", "safety-events", "safety-deviations")

    def fill(number: int) -> None:
        an_event(patient, number + 1, f"Event {number}")
        an_adverse_event(patient, f"Other {number}", onset_on=patient.day(-number).isoformat())
        typed = {"occurred_on": patient.first.isoformat(), "category": "other", "severity": "minor"}
        patient.log("DV", typed, patient.first, complete=False)

    def asked(name: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(patient.investigator, name)
        return len(captured.captured_queries)

    fill(1)
    patient.draw("M1", patient.visit("M1").opens_on - timedelta(days=1), afp="21")
    for name in lists:
        page_of(patient.investigator, name)
    for_one = {name: asked(name) for name in lists}
    for number in range(2, 7):
        fill(number)

    assert {name: asked(name) for name in lists} == for_one


def test_what_waits_is_found_by_the_home_page(patient):
    an_event(patient, 1)
    an_adverse_event(patient)
    patient.draw("M1", patient.day(30), afp="21")
    user, sites = patient.investigator, patient.investigator.site_ids()

    with as_actor(user):
        assert len(sae_clocks(user, sites, patient.at(patient.first))) == 1
        assert [form.crf for form in saes_to_sign(user, sites)] == ["AE"]
        assert relapse_signs_open(user, sites).count() == 1


def test_the_sweep_tells_four_hours_before_and_when_it_is_overdue_once_each(patient):
    an_event(patient, 0)
    with as_actor(patient.by):
        [sae] = sae_clocks(patient.by, patient.by.site_ids(), patient.at(patient.first))
    due = sae.clock.due_at

    told = [remind_safety(at=due + timedelta(minutes=minutes)) for minutes in (-241, -240, -1, 0, 1, 60)]

    assert told == [0, 1, 0, 0, 1, 0]
    assert len(mails(SAE_SOON)) == len(mails(SAE_OVERDUE)) == 3


def test_a_reported_event_is_reminded_of_no_more(patient):
    an_event(patient, 30, reported_at=aware(patient, 10))

    assert remind_safety(at=datetime.now(patient.subject.site.zone)) == 0
