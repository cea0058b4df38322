"""Who may not know the arm does not learn it from the past: not from a casebook, a history, a difference or an export."""

from __future__ import annotations

import csv

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import ROLES, Permission
from audit.door import as_actor
from casebook.entry.impact import impact_of
from casebook.models import Form
from casebook.selectors.sight import NOT_SHOWN, REVEALING_CRFS, REVEALING_VISITS, visible_forms, visible_visits
from casebook.selectors.subject_history import Narrowed, history_of
from exports.past import standing
from exports.tables import form_table
from exports.trial_tables import subject_table, visit_table
from paper.tables import csv_lines
from protocol.arms import RESECTION
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.followup_safety_ground import Patient, of_both_arms
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, judging

UNSEEING = tuple(
    role for role in Role if Permission.FORM_READ in ROLES[role] and Permission.ARM_READ not in ROLES[role]
)
WORDS = ("Resection", "Watch and wait", "Operation", "Crossover")


@pytest.fixture(scope="module")
def patient(module_db: str) -> Patient:
    cast = a_cast()
    a_list()
    patient = Patient(of_both_arms(cast)[RESECTION])
    on = patient.first
    patient.log("NT", {"started_on": on.isoformat(), "kind": "systemic", "reason": "crossover"}, on, complete=False)
    return patient


@pytest.fixture(scope="module")
def now(patient: Patient):
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def page(user: User, name: str, patient: Patient, **asked: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(name, args=[patient.subject.pk]), asked)
    assert answer.status_code == 200
    text = answer.content.decode()
    return text.split("<main")[1] if "<main" in text else text


@pytest.mark.parametrize("role", UNSEEING)
def test_the_past_shows_no_arm_to_who_may_not_know_it(patient, now, role):
    user = patient.here.one(role)

    with as_actor(user), standing(user, now):
        forms, visits = visible_forms(user), visible_visits(user)
        assert not forms.filter(crf__in=REVEALING_CRFS).exists()
        assert not forms.filter(visit__code__in=REVEALING_VISITS).exists()
        assert not visits.filter(code__in=REVEALING_VISITS).exists()
        assert forms.exists()
        subjects = subject_table(user, [patient.subject.site])
        assert "arm" not in subjects.header
        visited = {row["visit"] for row in csv.DictReader(csv_lines(*_of(visit_table(user, [patient.subject.site]))))}
        assert not visited & set(REVEALING_VISITS)
        (therapy,) = csv.DictReader(
            csv_lines(*_of(form_table(user, TRIAL.crf("NT"), [patient.subject.site], at=timezone.now())))
        )
        assert therapy["reason"] == NOT_SHOWN.value


def _of(table):
    return table.header, table.rows


def test_neither_pages_nor_history_tell_it(patient, now):
    user = patient.here.one(Role.STATISTICIAN)
    long_ago = "2001-01-01 10:00"

    for text in (
        page(user, "casebook-as-of", patient, moment=now.isoformat()),
        page(user, "casebook-as-of", patient, moment=long_ago, until=now.isoformat()),
        page(user, "subject-history", patient, size="200"),
        page(user, "subject-history-csv", patient),
    ):
        for word in WORDS:
            assert word.lower() not in text.lower().replace("watch and wait or", ""), word
    with as_actor(user):
        lines, _count = history_of(patient.subject, user, Narrowed())
    shown = {line.form.crf for line in lines if line.form} | {line.visit.code for line in lines if line.visit}
    assert not shown & {*REVEALING_CRFS, *REVEALING_VISITS}
    told = [line for line in lines if line.form and line.form.crf == "NT" and line.path == "reason"]
    assert told
    assert all(line.new == NOT_SHOWN and not line.reason for line in told)


def test_who_may_know_it_sees_it_in_the_past(patient, now):
    user = patient.here.one(Role.MONITOR)

    assert "Arm" in page(user, "casebook-as-of", patient, moment=now.isoformat())
    assert "Crossover" in page(user, "subject-history", patient, size="200")


def test_endpoints_that_would_change_are_foreseen_without_the_arm(patient):
    user = patient.here.one(Role.COORDINATOR)
    with judging():
        form = Form.objects.select_related("subject", "site").get(subject=patient.subject, crf="NT")
    with as_actor(user):
        said = impact_of(form, by=user, at=timezone.now(), answers={}, based_on=form.version, complete=False)

    assert said == ()
