"""The data as JSON: each reader is given what the pages would show, and an address that is not understood says so."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.roles import ROLES, TRIAL_ROLES, Permission
from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import Form, Subject, Visit
from eligibility.models import CriterionVerdict
from protocol.roles import Role
from protocol.words import Sentence
from tests.api_ground import LISTS, a_token, bearer, called, rows_of
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    VITALS,
    a_coordinator,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    complete,
    save,
    site_of,
    the_form,
    the_investigator,
)
from tests.people import a_user, principal_investigator

pytestmark = pytest.mark.django_db

SHAPES = {
    "api-subjects": {"id", "number", "site", "stage", "synthetic", "added_at", "arm"},
    "api-forms": {
        "subject", "number", "site", "id", "crf", "repeat", "visit", "visit_repeat", "state", "version",
        "protocol_version", "entered_at", "completed_at",
    },
    "api-verdicts": {
        "subject", "number", "site", "criterion", "verdict", "reviewed", "reason", "needs", "valid_until", "judged_on",
    },
    "api-visits": {
        "subject", "number", "site", "id", "code", "repeat", "target_on", "opens_on", "closes_on", "attended_on",
        "state", "status",
    },
}  # fmt: skip
NOT_HERE = {"sentence": "There is nothing at this address that you may read."}


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def subject(coordinator):
    subject = a_subject(coordinator)
    complete(the_form(subject, "DM", by=coordinator), DEMOGRAPHY, by=coordinator)
    return subject


@pytest.fixture
def elsewhere():
    """A subject of another site."""
    stranger = a_coordinator()
    subject = a_subject(stranger)
    return stranger, subject


def said(response):
    """Return the sentence of a refusal."""
    return response.json()["sentence"]


# --- what is told ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_a_row_tells_the_fields_that_are_declared_and_no_other(coordinator, subject, name):
    rows = rows_of(coordinator, name)

    assert rows
    assert {frozenset(row) for row in rows} == {frozenset(SHAPES[name])}


def test_a_subject_is_told_by_number_site_and_stage(coordinator, subject):
    one = called(coordinator, "api-subject", subject.pk).json()

    assert (one["id"], one["number"], one["site"]) == (str(subject.pk), subject.number, site_of(coordinator).code)
    assert (one["stage"], one["synthetic"], one["arm"]) == ("listed", False, None)
    assert rows_of(coordinator, "api-subjects") == [one]


def test_a_form_is_told_with_its_answers_as_stored_and_its_signatures(coordinator, subject):
    form, investigator = the_form(subject, "VS", by=coordinator), the_investigator(coordinator)
    complete(form, VITALS, by=coordinator)
    stands = again(form, by=coordinator)
    actions.sign_form(stands, by=investigator, at=timezone.now())

    one = called(coordinator, "api-form", form.pk).json()

    with as_actor(coordinator):
        assert one["answers"] == Form.objects.get(pk=form.pk).answers
    assert one["answers"]["weight"]["value"] == "60"
    assert one["answers"]["weight"]["unit"] == "kg"
    assert (one["crf"], one["state"], one["version"]) == ("VS", "complete", stands.version)
    assert [(each["name"], each["stands"]) for each in one["signatures"]] == [(investigator.name, True)]
    assert {row["id"]: row for row in rows_of(coordinator, "api-forms")}[str(form.pk)].items() <= one.items()


def test_a_verdict_is_told_with_its_reason_in_english_and_in_parts(coordinator, subject):
    rows = rows_of(coordinator, "api-verdicts", subject=subject.pk)

    with as_actor(coordinator):
        kept = {verdict.criterion: verdict for verdict in CriterionVerdict.objects.filter(subject=subject)}
    assert [row["criterion"] for row in rows] == sorted(kept)
    for row in rows:
        verdict = kept[row["criterion"]]
        assert (row["verdict"], row["needs"]) == (verdict.verdict, verdict.needs)
        assert row["reason"] == {"sentence": Sentence.from_json(verdict.reason).english(), **verdict.reason}


def test_a_visit_is_told_with_what_it_is_today(coordinator, subject):
    (screening,) = rows_of(coordinator, "api-visits", subject=subject.pk)

    with as_actor(coordinator):
        visit = Visit.objects.get(subject=subject)
    assert (screening["id"], screening["code"], screening["state"]) == (str(visit.pk), "SCR", "open")
    assert screening["status"] == "no date"


# --- who is told ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_every_role_is_given_its_own_site_and_nothing_of_another(coordinator, subject, elsewhere, role):
    _stranger, foreign = elsewhere
    site = site_of(coordinator)
    user = principal_investigator(site) if role == Role.PRINCIPAL_INVESTIGATOR else None
    user = user or a_user(role, None if role in TRIAL_ROLES else site)

    for name in LISTS:
        needed = Permission.ELIGIBILITY_READ if name == "api-verdicts" else Permission.FORM_READ
        response = called(user, name, limit=200)
        if needed not in ROLES[role]:
            assert response.status_code == 403, name
            continue
        numbers = {row["number"] for row in response.json()["results"]}
        assert subject.number in numbers, name
        assert (foreign.number in numbers) == (role in TRIAL_ROLES), name


@pytest.mark.parametrize("name", LISTS)
def test_a_filter_for_another_site_gives_nothing(coordinator, subject, elsewhere, name):
    stranger, foreign = elsewhere

    assert rows_of(coordinator, name, site=site_of(stranger).code) == []
    if name != "api-subjects":
        assert rows_of(coordinator, name, subject=foreign.pk) == []


def test_what_belongs_to_another_site_reads_like_what_does_not_exist(coordinator, subject, elsewhere):
    stranger, foreign = elsewhere
    form = the_form(foreign, "DM", by=stranger)

    for name, key in (("api-subject", foreign.pk), ("api-form", form.pk)):
        theirs, nobodys = called(coordinator, name, key), called(coordinator, name, uuid4())
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert theirs.content == nobodys.content
        assert theirs.json().items() >= NOT_HERE.items()


def test_a_blinded_evaluation_exists_for_its_author_alone(coordinator):
    surgeons = [a_surgeon(site_of(coordinator)) for _ in range(2)]
    subject = a_subject(coordinator)
    first = the_form(subject, "SU", by=surgeons[0])
    complete(first, EVALUATION, by=surgeons[0])

    assert called(surgeons[0], "api-form", first.pk).status_code == 200
    for other in (surgeons[1], coordinator, a_monitor(site_of(coordinator))):
        assert called(other, "api-form", first.pk).status_code == 404
        assert str(first.pk) not in {row["id"] for row in rows_of(other, "api-forms")}


# --- what is not understood -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"nonsense": "1"}, "There is no parameter nonsense here."),
        ({"subject__site": "1"}, "There is no parameter subject__site here."),
        ({"format": "html"}, "There is no parameter format here."),
        ({"callback": "run"}, "There is no parameter callback here."),
        ({"ordering": "subject__site"}, "There is no ordering subject__site."),
        ({"ordering": "arm"}, "There is no ordering arm."),
        ({"limit": "201"}, "limit is a number from 1 to 200, and got 201."),
        ({"limit": "0"}, "limit is a number from 1 to 200, and got 0."),
        ({"limit": "many"}, "limit is a number from 1 to 200, and got many."),
        ({"cursor": "nonsense"}, "This cursor is none of ours."),
        ({"cursor": "cD0lMDA="}, "This cursor is none of ours."),
        ({"site": ["A", "B"]}, "The parameter site came twice; send it once."),
        ({"site": "\0"}, "The field “site” holds a character that cannot be kept."),
    ],
)
def test_an_address_that_is_not_understood_says_what_is_wrong(coordinator, subject, name, query, sentence):
    response = called(coordinator, name, **query)

    assert response.status_code == 400
    assert sentence in said(response)


@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [
        ("api-subjects", {"stage": "asleep"}, "The filter stage knows no value asleep. It has one of: listed, "),
        ("api-subjects", {"synthetic": "1"}, "The filter synthetic knows no value 1. It has one of: true, false."),
        ("api-forms", {"subject": "7"}, "The filter subject cannot read 7."),
        ("api-forms", {"crf": "XX"}, "The filter crf knows no value XX."),
        ("api-forms", {"state": "lost"}, "The filter state knows no value lost."),
        ("api-verdicts", {"criterion": "I0"}, "The filter criterion knows no value I0."),
        ("api-visits", {"code": "M99"}, "The filter code knows no value M99."),
    ],
)
def test_a_value_that_no_row_can_have_is_refused_and_not_just_empty(coordinator, name, query, sentence):
    response = called(coordinator, name, **query)

    assert response.status_code == 400
    assert said(response).startswith(sentence)


@pytest.mark.parametrize(
    ("name", "query", "fits"),
    [
        ("api-forms", {"crf": "DM"}, lambda row: row["crf"] == "DM"),
        ("api-forms", {"state": "complete"}, lambda row: row["state"] == "complete"),
        ("api-forms", {"visit": "SCR"}, lambda row: row["visit"] == "SCR"),
        ("api-verdicts", {"verdict": "unknown"}, lambda row: row["verdict"] == "unknown"),
        ("api-subjects", {"stage": "listed", "synthetic": "false"}, lambda row: row["stage"] == "listed"),
        ("api-visits", {"state": "open"}, lambda row: row["state"] == "open"),
    ],
)
def test_a_filter_gives_the_rows_that_fit_and_all_of_them(coordinator, subject, name, query, fits):
    every = rows_of(coordinator, name)

    found = rows_of(coordinator, name, **query)

    assert found
    assert found == [row for row in every if fits(row)]


def test_a_detail_takes_no_parameters(coordinator, subject):
    response = called(coordinator, "api-subject", subject.pk, fields="arm")

    assert (response.status_code, said(response)) == (400, "This address takes no parameters, and got fields.")


@pytest.mark.parametrize("name", LISTS)
def test_pages_give_every_row_once_in_either_order(coordinator, subject, name):
    for _ in range(2):
        a_subject(coordinator)
    every, orders = (
        rows_of(coordinator, name),
        ("number", "-number") if name == "api-subjects" else ("subject", "-subject"),
    )

    for ordering in orders:
        rows, address = [], f"{reverse(name)}?limit=7&ordering={ordering}"
        client = Client()
        client.force_login(coordinator)
        while address:
            page = client.get(address).json()
            rows, address = rows + page["results"], page["next"]
        numbers = [row["number"] for row in rows]
        assert numbers == sorted(numbers, reverse=ordering.startswith("-"))
        assert sorted(map(str, rows)) == sorted(map(str, every))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("by_token", [True, False])
def test_nothing_is_written_through_the_api(coordinator, subject, method, by_token):
    client, headers = Client(enforce_csrf_checks=True), {}
    if by_token:
        headers = bearer(a_token(coordinator)[1])
    else:
        client.force_login(coordinator)

    for address in (reverse("api-subjects"), reverse("api-subject", args=[subject.pk]), reverse("api-schema")):
        response = getattr(client, method)(
            address, data='{"stage": "randomized"}', content_type="application/json", headers=headers
        )
        assert response.status_code == 405, address
        assert said(response).startswith("The API is read only: ask with GET.")
    with as_actor(coordinator):
        assert Subject.objects.get(pk=subject.pk).stage == "listed"


@pytest.mark.parametrize("accept", ["text/html", "application/javascript", "*/*", "image/png"])
def test_the_answer_is_json_whatever_is_asked_for(coordinator, accept):
    client = Client()
    client.force_login(coordinator)

    response = client.get(reverse("api-subjects"), headers={"Accept": accept})

    assert response["Content-Type"] == "application/json"
    assert response.json()["results"] == []


def test_a_refusal_of_a_rule_is_answered_in_one_shape(coordinator, monkeypatch):
    def refuse(*_args, **_named):
        raise Refusal(Sentence("Site %(site)s is asleep.", (("site", "T1"),)))

    monkeypatch.setattr("api.views.data.visible_subjects", refuse)

    response = called(coordinator, "api-subjects")

    assert response.status_code == 409
    assert response.json() == {
        "sentence": "Site T1 is asleep.",
        "message": "Site %(site)s is asleep.",
        "params": {"site": "T1"},
    }


def test_a_fault_tells_nothing_of_the_inside(coordinator, monkeypatch):
    def fail(*_args, **_named):
        raise RuntimeError("password of the database")

    monkeypatch.setattr("api.views.data.visible_subjects", fail)

    response = called(coordinator, "api-subjects")

    assert response.status_code == 500
    assert said(response).startswith("Something went wrong here; it was noted.")
    assert "password" not in response.content.decode()


# --- cost -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_a_page_costs_the_same_for_one_subject_and_for_five(coordinator, subject, name):
    headers, client = bearer(a_token(coordinator)[1]), Client()
    client.get(reverse(name), {"limit": 200}, headers=headers)

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name), {"limit": 200}, headers=headers).status_code == 200
        return len(captured)

    before = cost()
    for _ in range(4):
        save(the_form(a_subject(coordinator), "DM", by=coordinator), DEMOGRAPHY, by=coordinator)

    assert cost() == before
