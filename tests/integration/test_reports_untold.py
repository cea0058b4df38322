"""Reports for readers who may not know the arms: no data cut tells one, whatever happened and whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import give_grant
from accounts.models import User
from paper.pdf import html_of
from protocol.arms import RESECTION, WATCH_AND_WAIT
from protocol.roles import Role
from randomization.models import Allocation
from tests.followup_safety_ground import Patient, of_both_arms, operated
from tests.people import a_site, a_user, set_up
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

UNKNOWING = (Role.STATISTICIAN, Role.MEDICAL_REVIEWER)
REPORTS = ("accrual", "flow", "pfs", "os", "ttf", "endpoints")
TABLES = (*((which, "") for which in REPORTS), ("pfs", "sensitivity"))
TELLING = ("Received the allocated intervention", "Did not receive it", "Not operated yet", "Discontinued")
OPERATED_ON, LAST = 7, 11  # days after randomization
DISEASE = {"finding": "extrahepatic", "finding_basis": "pathology", "finding_text": "Peritoneum"}


@pytest.fixture(scope="module")
def patients(module_db: str) -> dict[str, Patient]:
    cast = a_cast()
    a_list()
    return {arm: Patient(walk) for arm, walk in of_both_arms(cast).items()}


@pytest.fixture(autouse=True)
def _taken_back(patients: dict[str, Patient]) -> Iterator[None]:
    with taken_back():
        yield


@pytest.fixture(params=UNKNOWING)
def unknowing(request: pytest.FixtureRequest, patients: dict[str, Patient]) -> User:
    return a_user(request.param)


@pytest.fixture
def as_html(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what would be printed be read."""
    monkeypatch.setattr("reports.views.pdf_of", lambda *args, **kwargs: html_of(*args, **kwargs).encode())


class Reader:
    """Who reads reports on the last of the days."""

    def __init__(self, user: User, patient: Patient) -> None:
        self.patient, self.at = patient, patient.at(patient.day(LAST))
        self.client = Client(HTTP_HOST="localhost")
        with time_machine.travel(self.at, tick=False):
            self.client.force_login(user)

    def asked(self, name: str, *args: object, **query: str):
        with time_machine.travel(self.at, tick=False):
            return self.client.get(reverse(name, args=args), query)

    def page(self, name: str, *args: object, **query: str) -> str:
        response = self.asked(name, *args, **query)
        assert response.status_code == 200, response.content[:2000]
        return response.content.decode().partition("<main")[2]

    def table(self, which: str, table: str = "", **query: str) -> str:
        response = self.asked("report-csv", which, **({"table": table} if table else {}), **query)
        assert response.status_code == 200
        return b"".join(response.streaming_content).decode("utf-8-sig")

    def printed(self, which: str) -> str:
        return self.asked("report-pdf", which).content.decode().partition("<h1>")[2]

    def on_each_cut(self) -> dict[tuple[str, ...], str]:
        """Return every table for the data cut of every day from before randomization on."""
        cuts = [str(self.patient.day(number)) for number in range(-1, LAST + 1)]
        return {(cut, *table): self.table(*table, cut=cut) for cut in cuts for table in TABLES}

    def at_the_last(self, patients: dict[str, Patient]) -> dict[tuple[str, ...], str]:
        """Return every page and print as of today."""
        pages = {("page", which): self.page("report", which) for which in REPORTS}
        prints = {("print", which): self.printed(which) for which in REPORTS}
        subjects = {("subject", arm): self.page("subject-endpoints", each.subject.pk) for arm, each in patients.items()}
        return pages | prints | subjects


@contextmanager
def everyone_in(arm: str) -> Iterator[None]:
    """Let every allocation be to this arm, as an attacker supposes it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Allocation, "arm", property(lambda _: arm, lambda *_: None))
        yield


def operate(patients: dict[str, Patient]) -> None:
    """Operate in both arms as only they can be: disease found in one, without progression in the other."""
    for arm, purpose in ((RESECTION, "primary"), (WATCH_AND_WAIT, "crossover")):
        patient = patients[arm]
        on = patient.day(OPERATED_ON)
        patient.log("OP", {**operated(on, purpose), **DISEASE}, on)


# --- the attack ---------------------------------------------------------------------------------------------------


def test_no_data_cut_reads_otherwise_in_the_other_arm(unknowing, patients, as_html):
    reader = Reader(unknowing, patients[RESECTION])
    operate(patients)
    with everyone_in(RESECTION):
        resected = reader.on_each_cut() | reader.at_the_last(patients)
    with everyone_in(WATCH_AND_WAIT):
        watched = reader.on_each_cut() | reader.at_the_last(patients)

    assert resected == watched


def test_no_data_cut_tells_of_an_operation(unknowing, patients, as_html):
    reader = Reader(unknowing, patients[RESECTION])
    before = reader.on_each_cut() | reader.at_the_last(patients)
    operate(patients)

    assert reader.on_each_cut() | reader.at_the_last(patients) == before


def test_the_same_attack_does_succeed_for_who_may_know_the_arms(patients):
    reader = Reader(a_user(Role.DATA_MANAGER), patients[RESECTION])
    before = reader.on_each_cut()
    operate(patients)

    assert reader.on_each_cut() != before


# --- what is left out, and for whom -------------------------------------------------------------------------------


def test_what_tells_an_arm_stands_neither_in_the_picture_nor_in_a_table_nor_on_paper(unknowing, patients, as_html):
    reader = Reader(unknowing, patients[RESECTION])
    for shown in (reader.page("report", "flow"), reader.table("flow"), reader.printed("flow")):
        assert "Allocated" in shown
        assert not [words for words in TELLING if words in shown]


def test_a_sentence_says_why_it_is_left_out(unknowing, patients, as_html):
    reader = Reader(unknowing, patients[RESECTION])
    why = "is left out: you may not know the arms of all these subjects, and each of these numbers would tell one."

    assert why in reader.page("report", "flow")
    assert why in reader.printed("flow")
    for which in ("flow", "pfs", "os", "ttf", "endpoints"):
        assert "Read without the forms that tell an arm" in reader.page("report", which)
    assert "Read without the forms that tell an arm" in reader.page("subject-endpoints", patients[RESECTION].subject.pk)


@pytest.mark.parametrize("box", ["all-received", "all-not_received", "all-pending", "all-discontinued"])
def test_no_list_stands_behind_what_is_left_out(unknowing, patients, box):
    assert Reader(unknowing, patients[RESECTION]).asked("report-people", box).status_code == 404


def test_the_reading_that_differs_by_what_an_operation_found_is_left_out(unknowing, patients):
    table = Reader(unknowing, patients[RESECTION]).table("pfs", "sensitivity")

    assert "Treatment policy" in table
    assert "operation" not in table


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MONITOR, Role.DATA_MANAGER, Role.UNBLINDED_STATISTICIAN])
def test_who_may_know_the_arms_of_all_reads_all(patients, as_html, role):
    patient = patients[RESECTION]
    reader = Reader(patient.by if role == Role.COORDINATOR else a_user(role), patient)
    for shown in (reader.page("report", "flow"), reader.table("flow"), reader.printed("flow")):
        assert all(words in shown for words in TELLING)
        assert "left out" not in shown
    assert "Without progression found at operation" in reader.table("pfs", "sensitivity")


def test_who_knows_the_arms_of_one_site_only_reads_all_at_that_site_alone(patients):
    patient = patients[RESECTION]
    a_site()
    mixed = a_user(Role.COORDINATOR, patient.subject.site)
    give_grant(mixed, by=set_up(), at=timezone.now(), role=Role.STATISTICIAN, site=None)
    reader = Reader(User.objects.get(pk=mixed.pk), patient)

    assert TELLING[0] in reader.table("flow", site=str(patient.subject.site_id))
    assert TELLING[0] not in reader.table("flow", site="0")
