"""The home page after screening: visits with their windows, clocks, confirmations; for every role only what opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from casebook.words import day_in_words
from followup.status import last_day_of
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.roles import Role
from rehearsal.walk import Walk
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
def patient(walks: dict[str, Walk], request: pytest.FixtureRequest) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[getattr(request, "param", WATCH_AND_WAIT)])


@contextmanager
def browser(user: User, at: datetime) -> Iterator[Client]:
    with time_machine.travel(at, tick=False):
        client = Client(HTTP_HOST="localhost")
        client.force_login(user, backend=BACKEND)
        yield client


def home(patient: Patient, on: date, *, by: User | None = None) -> str:
    with browser(by or patient.by, patient.at(on)) as client:
        return client.get("/").content.decode()


def lines_of(html: str, title: str) -> list[str]:
    """Return the text of the lines under a title; none where the kind is not shown or nothing waits."""
    found = re.search(rf'<h2 id="work-\d+-title">{title} <.*?</section>', html, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    return [" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines]


class TestVisits:
    def test_are_due_to_the_last_day_of_their_window_and_overdue_on_the_next(self, patient):
        last, number = patient.visit("M1").closes_on, patient.subject.number

        on_time, late = home(patient, last), home(patient, last + timedelta(days=1))

        assert any(line.startswith(f"{number} Month 1 Due now") for line in lines_of(on_time, "Visits due"))
        assert lines_of(on_time, "Visits overdue") == []
        assert f"{number} Month 1 Overdue for 1 day" in lines_of(late, "Visits overdue")

    def test_show_their_window_as_a_picture_without_a_style_of_its_own(self, patient):
        shown = home(patient, patient.visit("M1").target_on)

        assert '<svg class="visit-strip"' in shown
        assert "style=" not in shown.split("<main")[1]

    @pytest.mark.parametrize("patient", [RESECTION], indirect=True)
    def test_lead_to_the_bar_of_the_visit(self, patient):
        visit = patient.visit("SURG")

        assert f'href="{reverse("subject-visits", args=[patient.subject.pk])}#visit-{visit.pk}"' in home(
            patient, visit.target_on
        )

    @pytest.mark.parametrize("patient", [RESECTION], indirect=True)
    def test_say_the_end_of_their_window_and_the_grace_apart(self, patient):
        visit = patient.visit("SURG")
        with translation.override("en"):
            closes, last = (day_in_words(day.isoformat()) for day in (visit.closes_on, last_day_of(visit)))

        (line,) = (line for line in lines_of(home(patient, visit.closes_on), "Visits due") if "Surgery" in line)

        assert line.endswith(f"until {closes}, with grace until {last}")

    @pytest.mark.parametrize("patient", [RESECTION], indirect=True)
    def test_say_in_grace_that_the_window_closed_and_until_when_a_reason_helps(self, patient):
        visit = patient.visit("SURG")
        with translation.override("en"):
            on, last = visit.closes_on + timedelta(days=1), day_in_words(last_day_of(visit).isoformat())

        (line,) = (line for line in lines_of(home(patient, on), "Visits due") if "Surgery" in line)

        assert line.endswith(f"Surgery In grace window closed; until {last} with a reason")

    def test_that_took_place_ask_for_their_forms(self, patient):
        on = patient.visit("M1").target_on
        asked = f"{patient.subject.number} Month 1 ·"

        before = lines_of(home(patient, on), "Forms to begin")
        patient.attend("M1", on)
        after = lines_of(home(patient, on), "Forms to begin")

        assert not any(line.startswith(asked) for line in before)
        assert any(line.startswith(asked) for line in after)

    def test_are_no_work_of_a_statistician(self, patient):
        shown = home(patient, patient.visit("M1").target_on, by=a_user(Role.STATISTICIAN, None))

        assert "Visits due" not in shown
        assert lines_of(shown, "Subjects in the trial")


class TestSafety:
    def test_shows_the_clock_of_a_serious_event_until_it_is_reported(self, patient):
        on = patient.day(20)
        known = {"term": "Bile leak", "aware_at": f"{on.isoformat()} 10:00"}

        form = patient.log("SAE", known, on, complete=False)
        running = home(patient, on)
        patient.fill(form, {"reported_at": f"{on.isoformat()} 11:00"}, on, complete=False)

        assert lines_of(running, "Serious events to report") == [
            f"{patient.subject.number} Bile leak Clock running 22 h 0 min left"
        ]
        assert lines_of(home(patient, on), "Serious events to report") == []

    def test_shows_a_sign_of_relapse_to_the_site_and_to_who_watches_safety(self, patient):
        on = patient.visit("M1").target_on
        patient.draw("M1", on, afp="900")

        for reader in (patient.by, patient.investigator, a_user(Role.SPONSOR_SAFETY, None)):
            (line,) = lines_of(home(patient, on, by=reader), "Signs of relapse to settle")
            assert line.startswith(f"{patient.subject.number} AFP above its upper limit")
