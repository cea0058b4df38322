"""The pages of visits: list, calendar, board, a subject's bars, and recording without losing what was typed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.door import as_actor
from casebook.models import Visit
from casebook.states import VisitState
from casebook.words import day_in_words
from followup import actions
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.roles import Role
from rehearsal.walk import Walk
from tests.casebook_ground import a_coordinator, a_monitor
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
        yield Patient(walks[getattr(request, "param", WATCH_AND_WAIT)])


@contextmanager
def browser(user, patient: Patient, on: date) -> Iterator[Client]:
    """Give a browser on which it is noon of that day at the site."""
    with time_machine.travel(patient.at(on), tick=False):
        client = Client(HTTP_HOST="localhost")
        client.force_login(user, backend=BACKEND)
        yield client


def page(patient: Patient, name: str, *args: object, on: date, by=None, **query: str) -> str:
    with browser(by or patient.by, patient, on) as client:
        response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, response.content[:1500]
    return response.content.decode()


def card_of(shown: str, visit: Visit) -> str:
    """Return what the page of a subject says of one visit."""
    return shown.partition(f'id="visit-{visit.pk}"')[2].partition('<li id="visit-')[0].partition("</ol>")[0]


def in_words(shown: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", shown).split())


def overdue_day(patient: Patient, days: int = 1) -> date:
    return patient.visit("M1").closes_on + timedelta(days=days)


class TestTheList:
    @pytest.mark.parametrize(("days", "word"), [(0, "Due now"), (1, "Overdue")])
    def test_shows_what_is_due_and_what_is_overdue(self, patient, days, word):
        shown = page(patient, "visits", on=overdue_day(patient, days), visit="M1")

        assert patient.subject.number in shown
        assert f"</svg>{word}</span>" in shown

    def test_shows_nothing_before_a_window_opens(self, patient):
        on = patient.visit("M1").opens_on - timedelta(days=1)

        assert "No visit fits this filter" in page(patient, "visits", on=on, visit="M1")

    @pytest.mark.parametrize(
        ("query", "stands"),
        [
            ({"state": "upcoming"}, True),
            ({"state": "missed"}, False),
            ({"state": "all"}, True),
            ({"within": "14"}, False),
            ({"within": "30"}, True),
            ({"number": "nobody"}, False),
            ({"state": "never heard of"}, False),
            ({"day": "not a day"}, False),
        ],
    )
    def test_is_narrowed_by_its_address(self, patient, query, stands):
        on = patient.visit("M1").target_on - timedelta(days=20)

        shown = _table(page(patient, "visits", on=on, **query))

        assert (f">{patient.subject.number}</a>" in shown) is stands

    def test_is_given_as_csv_with_what_was_chosen(self, patient):
        with browser(patient.by, patient, overdue_day(patient, 3)) as client:
            response = client.get(reverse("visits-csv"), {"visit": "M1", "number": patient.subject.number})
            text = b"".join(response.streaming_content).decode("utf-8-sig")

        (row,) = csv.DictReader(io.StringIO(text))
        assert (row["Subject"], row["State"], row["Days overdue"]) == (patient.subject.number, "Overdue", "3")

    def test_shows_nothing_of_another_site(self, patient):
        stranger = a_coordinator()

        assert patient.subject.number not in page(patient, "visits", on=overdue_day(patient), by=stranger)

    def test_asks_the_same_number_of_queries_however_long(self, patient):
        on = overdue_day(patient)

        counts = []
        for query in ({"state": "missed"}, {"state": "all"}):
            with browser(patient.by, patient, on) as client:
                client.get(reverse("visits"), query)
                with CaptureQueriesContext(connection) as captured:
                    client.get(reverse("visits"), query)
            counts.append(len(captured))

        assert counts[1] <= counts[0] + 1


def _table(shown: str) -> str:
    return shown.partition("<tbody>")[2].partition("</tbody>")[0]


class TestTheBoard:
    @pytest.mark.parametrize(("days", "column"), [(1, 0), (7, 0), (8, 1), (14, 1), (15, 2), (28, 2), (29, 3)])
    def test_counts_by_age(self, patient, days, column):
        row = _table(page(patient, "visit-overdue", on=overdue_day(patient, days)))

        numbers = [re.sub("<[^>]+>", "", cell) for cell in re.findall(r'<td class="number">(.*?)</td>', row)]
        assert int(numbers[column]) >= 1

    def test_leads_to_the_visits_it_counts(self, patient):
        board = page(patient, "visit-overdue", on=overdue_day(patient, 3))
        site = patient.subject.site_id

        assert f"/visits/?site={site}&amp;state=overdue&amp;age=1-7" in board
        shown = _table(page(patient, "visits", on=overdue_day(patient, 3), site=str(site), state="overdue", age="1-7"))
        assert patient.subject.number in shown


class TestTheCalendar:
    def test_marks_targets_windows_and_attendances(self, patient):
        visit = patient.visit("M1")
        shown = page(patient, "visit-calendar", on=visit.target_on, month=f"{visit.target_on:%Y-%m}")

        assert "targets</span>" in shown
        assert "open windows</span>" in shown
        assert f">{patient.subject.number}</a>" in _after_day(shown)

        patient.attend("M1", visit.target_on)
        later = page(patient, "visit-calendar", on=visit.target_on, month=f"{visit.target_on:%Y-%m}")
        assert "took place</span>" in later

    @pytest.mark.parametrize("month", ["", "2025-13", "nonsense", "0001-01", "9999-12", "2024-02"])
    def test_opens_on_any_address(self, patient, month):
        assert "<table" in page(patient, "visit-calendar", on=overdue_day(patient), month=month, day="2024-02-30")


def _after_day(shown: str) -> str:
    return shown.partition('id="day"')[2]


class TestTheSubjectsPage:
    def test_draws_each_visit_and_offers_what_may_be_done(self, patient):
        visit = patient.visit("M1")
        shown = page(patient, "subject-visits", patient.subject.pk, on=visit.target_on)

        assert shown.count('<svg class="visit-bar"') == 13
        assert reverse("visit-attendance", args=[visit.pk]) in shown
        assert reverse("visit-missed", args=[visit.pk]) in shown
        assert reverse("visit-missed", args=[patient.visit("M2").pk]) not in shown
        assert "follows from the allocation" not in shown.partition(f'id="visit-{visit.pk}"')[2].partition("</li>")[0]
        assert "style=" not in shown

    def test_says_at_the_greyed_button_why_not(self, patient):
        monitor = a_monitor(patient.subject.site)

        shown = page(patient, "subject-visits", patient.subject.pk, on=overdue_day(patient), by=monitor)

        assert "does not include this: enter and correct forms" in shown
        assert reverse("visit-attendance", args=[patient.visit("M1").pk]) not in shown

    @pytest.mark.parametrize("patient", [RESECTION], indirect=True)
    @pytest.mark.parametrize(("days", "word"), [(0, "Due now"), (1, "In grace"), (14, "In grace"), (15, "Overdue")])
    def test_says_until_when_surgery_is_in_grace(self, patient, days, word):
        visit = patient.visit("SURG")
        on, last = visit.closes_on + timedelta(days=days), visit.closes_on + timedelta(days=14)

        shown = card_of(page(patient, "subject-visits", patient.subject.pk, on=on), visit)
        row = page(patient, "visits", on=on, visit="SURG", number=patient.subject.number)

        until = f"window closed; until {day_in_words(last.isoformat())} with a reason"
        for text in (shown, _table(row)):
            assert f"</svg>{word}</span>" in text
            assert (until in in_words(text)) is (word == "In grace")

    @pytest.mark.parametrize("patient", [RESECTION], indirect=True)
    def test_leads_from_surgery_to_the_operation_form_without_a_button(self, patient):
        visit, address = patient.visit("SURG"), reverse("casebook", args=[patient.subject.pk])

        before = card_of(page(patient, "subject-visits", patient.subject.pk, on=visit.target_on), visit)
        patient.log("OP", {"performed": "Y"}, visit.target_on, complete=False)
        after = card_of(page(patient, "subject-visits", patient.subject.pk, on=visit.target_on), visit)

        for shown in (before, after):
            assert "The visit of surgery follows from the operation form." in shown
            assert "Record attendance" not in shown
            assert "<button" not in shown
        assert f'href="{address}#visit-LOG"' in before
        assert f'href="{reverse("form", args=[patient.form("OP").pk])}"' in after

    def test_says_of_screening_and_randomization_what_they_follow_from(self, patient):
        shown = page(patient, "subject-visits", patient.subject.pk, on=patient.day(1))
        screening = card_of(shown, patient.visit("SCR"))
        randomization = card_of(shown, patient.visit("RAND"))

        assert "Screening was done before randomization." in screening
        assert "No date yet" not in screening
        assert "follows from the allocation" in randomization
        assert "Record attendance" not in screening + randomization

    def test_lists_the_forms_of_a_visit_that_took_place(self, patient):
        visit = patient.attend("M1", patient.visit("M1").target_on)

        shown = page(patient, "subject-visits", patient.subject.pk, on=visit.attended_on)

        assert "Visit record" in shown
        assert reverse("visit-correction", args=[visit.pk]) in shown

    def test_asks_as_many_queries_with_two_visits_recorded_as_with_none(self, patient):
        on = patient.visit("M2").target_on

        def count() -> int:
            with browser(patient.by, patient, on) as client:
                address = reverse("subject-visits", args=[patient.subject.pk])
                client.get(address)
                with CaptureQueriesContext(connection) as captured:
                    client.get(address)
            return len(captured)

        before = count()
        patient.attend("M1", patient.visit("M1").target_on)
        patient.attend("M2", on)

        assert count() == before

    @pytest.mark.parametrize("patient", [RESECTION], indirect=True)
    def test_hides_what_tells_the_arm_from_who_may_not_know_it(self, patient):
        patient.log("OP", operated(patient.day(20)), patient.day(20))
        reviewer = a_user(Role.MEDICAL_REVIEWER, None)

        shown = page(patient, "subject-visits", patient.subject.pk, on=patient.day(21), by=reviewer)
        listed = page(patient, "visits", on=patient.day(60), by=reviewer, state="all", number=patient.subject.number)

        assert "30 days after surgery" not in shown
        assert "30 days after surgery" not in _table(listed)
        assert "30 days after surgery" in page(patient, "subject-visits", patient.subject.pk, on=patient.day(21))


class TestRecording:
    def post(self, patient: Patient, name: str, *args: object, on: date, **typed: object):
        with browser(patient.by, patient, on) as client:
            return client.post(reverse(name, args=args), typed)

    def test_goes_back_to_the_visits_and_says_so(self, patient):
        visit = patient.visit("M1")
        day = f"{visit.target_on:%Y/%m/%d}"

        response = self.post(patient, "visit-attendance", visit.pk, on=visit.target_on, attended_on=day)

        assert (response.status_code, response.url) == (302, reverse("subject-visits", args=[patient.subject.pk]))
        assert patient.visit("M1").attended_on == visit.target_on

    @pytest.mark.parametrize(
        ("day", "field", "says"),
        [
            ("", "attended_on", "Write the day on which the visit took place"),
            ("03/04/2027", "attended_on", "can be 4 Mar 2027 or 3 Apr 2027"),
            ("31 June", "attended_on", "is not a date"),
            ("2025-02-30", "attended_on", "there is no day 2025-02-30"),
            ("2099-01-01", "attended_on", "is still to come"),
            ("later", "reason", "outside the window of the visit. Say why"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong_and_keeps_what_was_typed(self, patient, day, field, says):
        visit = patient.visit("M1")
        late = visit.closes_on + timedelta(days=2)
        typed = {"attended_on": late.isoformat() if day == "later" else day, "reason": "" if day == "later" else "Rain"}

        response = self.post(patient, "visit-attendance", visit.pk, on=late, **typed)

        shown = response.content.decode()
        assert response.status_code == 409
        assert says in shown.partition(f'id="{field}-wrong"')[2].partition("</p>")[0]
        assert all(text in shown for text in typed.values())
        assert patient.visit("M1").state == VisitState.OPEN

    def test_a_visit_that_somebody_recorded_meanwhile_says_so(self, patient):
        visit = patient.visit("M1")
        patient.attend("M1", visit.target_on)

        response = self.post(
            patient, "visit-attendance", visit.pk, on=visit.target_on, attended_on=visit.target_on.isoformat()
        )

        assert response.status_code == 409
        assert "This visit is recorded as attended on" in response.content.decode()

    def test_serves_a_second_visit_that_is_ticked(self, patient):
        patient.log("OP", operated(patient.day(25), "crossover"), patient.day(25))
        day, second = patient.visit("POD30").target_on, patient.visit("POD30")

        shown = page(patient, "visit-attendance", patient.visit("M2").pk, on=day)
        self.post(
            patient, "visit-attendance", patient.visit("M2").pk, on=day, attended_on=day.isoformat(), also=[second.pk]
        )

        assert f'name="also" value="{second.pk}"' in shown
        assert patient.visit("POD30").attended_on == day

    def test_missed_asks_for_a_reason_and_keeps_it(self, patient):
        visit = patient.visit("M1")

        refused = self.post(patient, "visit-missed", visit.pk, on=visit.closes_on, reason=" ")
        done = self.post(patient, "visit-missed", visit.pk, on=visit.closes_on, reason="Away")

        assert "Say why the visit was missed" in refused.content.decode()
        assert done.status_code == 302
        assert patient.visit("M1").reason == "Away"

    def test_a_correction_takes_back_or_moves(self, patient):
        visit = patient.attend("M1", patient.visit("M1").target_on)
        moved = visit.attended_on - timedelta(days=1)

        form = page(patient, "visit-correction", visit.pk, on=visit.attended_on)
        refused = self.post(patient, "visit-correction", visit.pk, on=visit.attended_on, how="nothing", reason="")
        self.post(
            patient, "visit-correction", visit.pk, on=visit.attended_on, how="day",
            attended_on=moved.isoformat(), reason="Mistyped",
        )  # fmt: skip
        assert f'value="{visit.attended_on.isoformat()}"' in form
        assert "Say why the attendance is corrected" in refused.content.decode()
        assert patient.visit("M1").attended_on == moved

        self.post(patient, "visit-correction", visit.pk, on=visit.target_on, how="nothing", reason="Wrong subject")
        assert patient.visit("M1").state == VisitState.OPEN

    def test_an_unscheduled_visit_expects_the_ticked_forms(self, patient):
        on = patient.day(20)
        typed = {"attended_on": on.isoformat(), "reason": "Pain", "codes": ["VR", "TA"], "key": "one"}

        assert 'name="codes" value="TA" checked' in page(patient, "visit-unscheduled", patient.subject.pk, on=on)
        refused = self.post(patient, "visit-unscheduled", patient.subject.pk, on=on, **{**typed, "reason": ""})
        self.post(patient, "visit-unscheduled", patient.subject.pk, on=on, **typed)
        self.post(patient, "visit-unscheduled", patient.subject.pk, on=on, **typed)

        assert "Say why this visit took place outside the schedule" in refused.content.decode()
        with as_actor(patient.by):
            visit = Visit.objects.get(subject=patient.subject, code="UNS")
            assert set(visit.forms.values_list("crf", flat=True)) == {"VR", "TA"}

    @pytest.mark.parametrize("code", ["OP", "PA", "NOPE"])
    def test_an_unscheduled_visit_with_a_form_it_does_not_have_is_refused_and_not_made(self, patient, code):
        on = patient.day(20)
        typed = {"attended_on": on.isoformat(), "reason": "Pain", "codes": ["VR", code], "key": "one"}

        refused = self.post(patient, "visit-unscheduled", patient.subject.pk, on=on, **typed)

        assert refused.status_code == 409
        assert f"An unscheduled visit has no form {code}. Choose from the forms" in refused.content.decode()
        assert 'value="VR" checked' in refused.content.decode()
        with as_actor(patient.by):
            assert not Visit.objects.filter(subject=patient.subject, code="UNS").exists()

    @pytest.mark.parametrize("name", ["visit-attendance", "visit-missed", "visit-correction"])
    def test_a_visit_of_another_site_does_not_exist(self, patient, name):
        visit = patient.visit("M1")

        with browser(a_coordinator(), patient, visit.target_on) as client:
            for answer in (client.get, client.post):
                assert answer(reverse(name, args=[visit.pk])).status_code == 404
        assert patient.visit("M1").state == VisitState.OPEN

    def test_the_visits_of_a_subject_of_another_site_do_not_exist(self, patient):
        with browser(a_coordinator(), patient, patient.day(3)) as client:
            for name in ("subject-visits", "visit-unscheduled"):
                assert client.get(reverse(name, args=[patient.subject.pk])).status_code == 404


def test_a_cancelled_visit_says_why_on_its_pages(patient):
    from rehearsal.followup_answers import death

    patient.log("DT", death(patient.day(40)), patient.day(40))

    shown = page(patient, "subject-visits", patient.subject.pk, on=patient.day(41))
    form = page(patient, "visit-attendance", patient.visit("M4").pk, on=patient.day(41))

    assert "Subject died." in shown
    assert "This visit is cancelled (Subject died)" in form


def test_marking_as_missed_from_the_action_is_listed(patient):
    visit = patient.visit("M1")
    actions.mark_missed(visit, by=patient.by, at=patient.at(visit.closes_on), reason="Away")

    assert "Away" in _table(page(patient, "visits", on=visit.closes_on, state="missed"))
