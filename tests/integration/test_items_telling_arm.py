"""Answers that tell the arm by what they say: shown to those alone who may know it, on every page and in every file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import ROLES, Permission
from audit.door import as_actor
from casebook import actions
from casebook.models import Form
from casebook.selectors.sight import NOT_SHOWN, REVEALING_ITEMS, visible_queries
from exports.casebook import casebook_context
from exports.tables import form_table
from paper.tables import csv_lines
from protocol.arms import RESECTION
from protocol.language import Derived, Group
from protocol.roles import Role
from protocol.trial import TRIAL
from rehearsal.walk import Walk
from tests.api_ground import called
from tests.followup_safety_ground import Patient, of_both_arms
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, taken_back

UNSEEING = tuple(
    role for role in Role if Permission.FORM_READ in ROLES[role] and Permission.ARM_READ not in ROLES[role]
)
EVENT = {
    "term": "Bile leak",
    "ctcae_term": "Biliary fistula",
    "grade": "3",
    "serious": "Y",
    "related_surgery": "probable",
    "related_drug": "not related",
    "action": "treatment",
    "outcome": "recovering",
    "ongoing": "Y",
}
TOLD = {"AE": ("related_surgery", "probable", "Probable"), "NT": ("reason", "crossover", "Crossover")}


@pytest.fixture(scope="module")
def walks(module_db: str) -> dict[str, Walk]:
    cast = a_cast()
    a_list()
    return of_both_arms(cast)


@pytest.fixture
def patient(walks: dict[str, Walk]) -> Iterator[Patient]:
    with taken_back():
        yield Patient(walks[RESECTION])


@pytest.fixture
def forms(patient: Patient) -> dict[str, Form]:
    on = patient.first
    therapy = {"started_on": on.isoformat(), "kind": "systemic", "reason": "crossover"}
    return {
        "AE": patient.log("AE", {**EVENT, "onset_on": on.isoformat()}, on, complete=False),
        "NT": patient.log("NT", therapy, on, complete=False),
    }


def page_of(user: User, name: str, *args: object) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200, response.content[:2000]
    return response.content.decode().split("<main")[1]


def exported(user: User, patient: Patient, crf: str) -> dict[str, str]:
    with as_actor(user):
        table = form_table(user, TRIAL.crf(crf), [patient.subject.site], at=timezone.now())
        (row,) = csv.DictReader(csv_lines(table.header, table.rows))
    return row


def on_paper(user: User, patient: Patient) -> str:
    with as_actor(user):
        shown = casebook_context(patient.subject, user, at=timezone.now(), seal=None, language="en")
        return repr([sheet.parts for sheet in shown["forms"] if sheet.form.crf in REVEALING_ITEMS])


def test_every_item_that_is_named_is_one_of_the_form_itself():
    for crf, names in REVEALING_ITEMS.items():
        assert not any(isinstance(TRIAL.crf(crf).item(name), Group | Derived) for name in names)


@pytest.mark.parametrize("role", UNSEEING)
@pytest.mark.parametrize("crf", TOLD)
def test_who_may_not_see_the_arm_is_told_that_an_answer_is_not_shown(patient, forms, crf, role):
    user, (item, code, word) = patient.here.one(role), TOLD[crf]

    for text in (page_of(user, "form", forms[crf].pk), page_of(user, "item-history", forms[crf].pk, item)):
        assert NOT_SHOWN.value in text
        assert word not in text
    assert called(user, "api-form", forms[crf].pk).json()["answers"][item] == {"value": NOT_SHOWN.value}
    row = exported(user, patient, crf)
    assert row[item] == NOT_SHOWN.value
    assert code not in json.dumps(row)
    paper = on_paper(user, patient)
    assert NOT_SHOWN.value in paper
    assert word not in paper


@pytest.mark.parametrize("crf", TOLD)
def test_who_may_see_the_arm_reads_the_answer(patient, forms, crf):
    user, (item, code, word) = patient.here.one(Role.MONITOR), TOLD[crf]

    assert word in page_of(user, "form", forms[crf].pk)
    assert word in page_of(user, "item-history", forms[crf].pk, item)
    assert called(user, "api-form", forms[crf].pk).json()["answers"][item]["value"] == code
    assert exported(user, patient, crf)[item] == code
    assert word in on_paper(user, patient)


@pytest.mark.parametrize("role", UNSEEING)
def test_a_missing_code_tells_no_more_than_an_answer(patient, role):
    patient.log("AE", {"term": "Rash"}, patient.first, complete=False)

    row = exported(patient.here.one(role), patient, "AE")

    assert (row["related_surgery"], row["term"]) == (NOT_SHOWN.value, "Rash")


@pytest.mark.parametrize("role", UNSEEING)
def test_a_query_at_such_an_answer_does_not_exist_for_who_may_not_see_the_arm(patient, forms, role):
    monitor, user = patient.here.one(Role.MONITOR), patient.here.one(role)
    asked = actions.open_query(
        forms["AE"], by=monitor, at=timezone.now(), path="related_surgery", text="Probable, really?"
    )
    told = actions.open_query(forms["AE"], by=monitor, at=timezone.now(), path="grade", text="Is it 3?")

    with as_actor(user):
        found = set(visible_queries(user).values_list("pk", flat=True))

    assert told.pk in found
    assert asked.pk not in found
    assert "really?" not in page_of(user, "form", forms["AE"].pk)
