"""The forms after randomization: each is drawn, takes what a site enters, and those that tell the arm are kept from
whoever may not see it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.door import Refusal, as_actor
from casebook import actions
from casebook.models import Form, Subject, Visit
from casebook.selectors.grid import grid
from casebook.selectors.sight import hidden_rows, visible_forms, visible_queries, visible_visits
from casebook.states import FormState
from desk.selectors.casebook import lines_of
from desk.selectors.grid import cells_of
from protocol.roles import Role
from protocol.trial import TRIAL
from rehearsal.walk import Walk
from tests.casebook_ground import a_monitor, a_subject, again, complete, queries_on
from tests.people import a_user
from tests.randomization_ground import a_list, a_randomized_subject
from tests.rehearsal_ground import a_cast, taken_back

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
READ_APART = {"SR"}  # in the screening and after it; tests of the second reading try it
SCREENING = {"ICF", "DM", "HCC", "PT", "TA", "MK", "HE", "CH", "CO", "EG", "VS", "CP", "PG", "MH", "SU", "IJ"}
ZONE = ZoneInfo("Asia/Shanghai")  # of the sites: their day begins before that of the server
TODAY = timezone.localdate(timezone=ZONE).isoformat()

EVENT = {
    "term": "胆漏 Bile leak",
    "ctcae_term": "Biliary fistula",
    "onset_on": TODAY,
    "grade": "3",
    "related_surgery": "probable",
    "related_drug": "not related",
    "outcome": "recovering",
}
COMPLETE = {
    "VR": {
        "visited_on": TODAY,
        "contact": "clinic",
        "relapse_suspected": "Y",
        "relapse_basis": "AFP has risen",
        "antiviral": "Y",
        "hbv_dna": "<20 IU/mL",
    },
    "SS": {"contacted_on": TODAY, "status": "alive", "source": "phone", "subsequent_therapy": "N"},
    "OP": {
        "performed": "Y",
        "operated_on": TODAY,
        "purpose": "primary",
        "procedure": "anatomical",
        "anaesthesia": "general",
        "duration": "240 min",
        "blood_loss": "300 mL",
        "transfusion": "N",
        "finding": "none",
    },
    "PA": {
        "operated_on": TODAY,
        "reported_on": TODAY,
        "sampling_adequate": "Y",
        "beds_resected": "Y",
        "viable_tumour": "none",
        "margin": "R0",
        "margin_mm": "8 mm",
        "mvi": "M0",
        "differentiation": "not assessable",
    },
    "PO": {
        "assessed_on": TODAY,
        "alive": "Y",
        "complications/1/term": "Bile leak",
        "complications/1/ctcae_term": "Biliary fistula",
        "complications/1/began_on": TODAY,
        "complications/1/grade": "IIIa",
        "complications/1/disability": "N",
        "phlf": "A",
        "bile_leak": "B",
        "blood/1/pod": "1",
        "blood/1/bilirubin": "25 µmol/L",
        "blood/1/inr": "1.2",
        "readmitted": "N",
    },
    "AE": EVENT | {"ongoing": "Y", "serious": "N", "action": "treatment"},
    "SAE": EVENT
    | {
        "aware_at": f"{TODAY}T00:00",
        "criteria": "hospitalisation other",
        "expected": "expected",
        "admitted_on": TODAY,
        "suspects/1/drug": "Camrelizumab",
        "suspects/1/last_given_on": "2025-01",
        "suspects/1/related": "not related",
        "suspects/1/action": "none",
        "narrative": "A drain was placed.",
        "to_ethics": "Y",
        "to_ethics_on": TODAY,
        "follow_ups/1/sent_on": TODAY,
        "follow_ups/1/what_is_new": "The drain was removed.",
    },
    "PGR": {
        "who": "partner",
        "aware_at": f"{TODAY}T00:00",
        "last_menses_on": "2025-01",
        "outcome": "ongoing",
    },
    "CM": {
        "name": "Entecavir",
        "atc_code": "J05AF10",
        "purpose": "history",
        "indication": "乙型肝炎",
        "antiviral": "Y",
        "antitumour": "N",
        "dose": "0.5",
        "dose_unit": "mg",
        "route": "oral",
        "frequency": "QD",
        "started_on": "2020",
        "ongoing": "Y",
    },
    "RP": {
        "status": "confirmed",
        "suspected_on": TODAY,
        "confirmed_on": TODAY,
        "basis": "imaging markers",
        "site": "both",
        "pattern": "local",
        "organs": "lung bone",
        "tumour_count": "2",
        "largest_diameter": "18 mm",
        "vascular_invasion": "N",
        "treatment_planned": "Y",
        "plan": "Ablation",
    },
    "NT": {
        "started_on": TODAY,
        "kind": "immunotherapy",
        "agent": "Camrelizumab",
        "of_conversion_regimen": "Y",
        "reason": "maintenance",
        "ongoing": "Y",
    },
    "DV": {
        "occurred_on": TODAY,
        "detected_on": TODAY,
        "category": "assessment",
        "severity": "minor",
        "description": "No chest CT.",
        "cause": "The scanner was out of order.",
        "action": "A new date is set.",
        "reported": "N",
    },
    "WD": {
        "withdrawn_on": TODAY,
        "of": "consent",
        "decided_by": "subject",
        "reason": "Moves away",
        "public_records": "N",
    },
    "DT": {"died_on": TODAY, "cause": "other", "cause_text": "Stroke", "source": "record"},
    "ES": {
        "ended_on": TODAY,
        "how": "lost",
        "attempts/1/on": TODAY,
        "attempts/1/kind": "phone",
        "attempts/2/on": TODAY,
        "attempts/2/kind": "letter",
        "attempts/3/on": TODAY,
        "attempts/3/kind": "phone",
    },
}
VISIT_OF = {"VR": "M1", "PO": "POD30"}
TELLING = ("OP", "PA", "PO")


@pytest.fixture(scope="module")
def here(module_db) -> Walk:
    """A subject randomized today and operated on the same day, with the people of its site."""
    cast = a_cast()
    a_list(by=cast.one(Role.UNBLINDED_STATISTICIAN))
    here = a_randomized_subject(cast)
    complete(add(here, "OP"), COMPLETE["OP"], by=here.one(Role.COORDINATOR))
    return here


@pytest.fixture(autouse=True)
def _taken_back(here):
    with taken_back():
        yield


@pytest.fixture
def coordinator(here):
    return here.one(Role.COORDINATOR)


def the_subject(here) -> Subject:
    with as_actor(here.one(Role.COORDINATOR)):
        return Subject.objects.select_related("site").get(pk=here.subject.pk)


def visit_for(here, crf: str) -> Visit | None:
    """Return the visit that asks for this form; none for a log."""
    if TRIAL.crf(crf).log:
        return None
    by = here.one(Role.COORDINATOR)
    if crf in VISIT_OF:
        with as_actor(by):
            return Visit.objects.get(subject=here.subject, code=VISIT_OF[crf])
    return actions.add_visit(the_subject(here), by=by, at=timezone.now(), code="UNS")


def add(here, crf: str) -> Form:
    """Return a new form of this kind."""
    by, visit = here.one(Role.COORDINATOR), visit_for(here, crf)
    form = actions.add_form(the_subject(here), by=by, at=timezone.now(), visit=visit, crf=crf)
    return again(form, by=by)


def browser_of(user) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend=BACKEND)
    return client


def test_every_form_of_the_follow_up_is_tried_here():
    assert set(COMPLETE) == {crf.code for crf in TRIAL.crfs} - SCREENING - READ_APART


@pytest.mark.parametrize("crf", COMPLETE)
def test_a_form_is_drawn_and_takes_what_a_site_enters(crf, here, coordinator):
    form = add(here, crf)

    page = browser_of(coordinator).get(reverse("form", args=[form.pk]))
    complete(form, COMPLETE[crf], by=coordinator)

    html = page.content.decode()
    assert page.status_code == 200
    assert all(f'name="{item}' in html for item in COMPLETE[crf] if "/" not in item)
    form = again(form, by=coordinator)
    assert (form.state, form.answers.keys()) == (FormState.COMPLETE, COMPLETE[crf].keys())
    assert browser_of(coordinator).get(reverse("form", args=[form.pk])).status_code == 200


@pytest.mark.parametrize("crf", COMPLETE)
def test_an_unfinished_form_says_what_is_missing(crf, here, coordinator):
    form = add(here, crf)

    with pytest.raises(Refusal):
        complete(form, {}, by=coordinator)


# --- adding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("crf", ["DT", "ES"])
def test_death_and_end_of_study_are_entered_once(crf, here):
    add(here, crf)

    with pytest.raises(Refusal, match="is asked once and is already there"):
        add(here, crf)


@pytest.mark.parametrize("crf", ["AE", "SAE", "PGR", "CM", "RP", "NT", "WD", "DV", "OP", "PA"])
def test_what_can_happen_again_is_added_again(crf, here):
    assert add(here, crf).repeat + 1 == add(here, crf).repeat


@pytest.mark.parametrize("crf", [crf.code for crf in TRIAL.crfs if crf.after_randomization and crf.log])
def test_a_form_of_the_follow_up_waits_for_randomization(crf, coordinator, here):
    subject = a_subject(coordinator, here.subject.site)

    with pytest.raises(Refusal, match="is entered after randomization; this subject is not randomized"):
        actions.add_form(subject, by=coordinator, at=timezone.now(), visit=None, crf=crf)


@pytest.mark.parametrize("crf", ["AE", "SAE", "PGR", "CM", "DV", "WD", "DT"])
def test_what_can_happen_before_randomization_can_be_entered_before(crf, coordinator, here):
    subject = a_subject(coordinator, here.subject.site)

    assert actions.add_form(subject, by=coordinator, at=timezone.now(), visit=None, crf=crf).pk


def test_the_casebook_offers_what_can_be_added(coordinator, here):
    add(here, "DT")
    screened = a_subject(coordinator, here.subject.site)
    browser = browser_of(coordinator)

    pages = {
        subject.pk: browser.get(reverse("casebook", args=[subject.pk])).content.decode()
        for subject in (screened, here.subject)
    }

    def is_offered(subject, crf):
        return f'<input type="hidden" name="crf" value="{crf}">' in pages[subject.pk]

    assert [is_offered(screened, crf) for crf in ("AE", "DT", "OP", "ES")] == [True, True, False, False]
    assert [is_offered(here.subject, crf) for crf in ("AE", "DT", "OP", "ES")] == [True, False, True, True]


# --- what tells the arm -------------------------------------------------------------------------------------------


@pytest.fixture(params=[Role.READER, Role.MEDICAL_REVIEWER, Role.STATISTICIAN])
def unseeing(request, here):
    return a_user(request.param, here.subject.site if request.param is Role.READER else None)


def test_forms_and_visits_that_tell_the_arm_do_not_exist_for_whoever_may_not_see_it(unseeing, here, coordinator):
    operation = add(here, "OP")
    actions.open_query(operation, by=a_monitor(here.subject.site), at=timezone.now(), text="Why so late?")

    def seen(user):
        with as_actor(user):
            forms = visible_forms(user).filter(subject=here.subject)
            visits = visible_visits(user).filter(subject=here.subject)
            cells = grid([here.subject], user=user)[here.subject.pk]
            board = cells_of([here.subject], user, on=timezone.localdate(timezone=ZONE))[here.subject.pk]
            lines = lines_of(here.subject, user)
            return {
                "forms": forms.filter(crf__in=TELLING).exists(),
                "visits": visits.filter(code__in=["SURG", "POD30", "POD90"]).exists(),
                "queries": visible_queries(user).filter(form=operation).exists(),
                "cells": any(cell.crf in TELLING for cell in cells),
                "queries of the board": bool(board["LOG"].queries),
                "casebook": any(line.form.crf in TELLING for line in lines),
                "others": forms.filter(crf="DM").exists() and visits.filter(code="M2").exists(),
            }

    assert seen(coordinator) == dict.fromkeys(seen(coordinator), True)
    assert seen(unseeing) == dict.fromkeys(seen(unseeing), False) | {"others": True}


def test_a_page_that_tells_the_arm_is_not_found(unseeing, here):
    form = add(here, "OP")

    assert browser_of(unseeing).get(reverse("form", args=[form.pk])).status_code == 404


def test_the_trail_keeps_what_tells_the_arm(unseeing, here, coordinator):
    form = add(here, "OP")
    visit = visit_for(here, "PO")

    with as_actor(unseeing):
        hidden = hidden_rows(unseeing)
    with as_actor(coordinator):
        shown = hidden_rows(coordinator)

    rows = {("casebook_form", str(form.pk)), ("casebook_visit", str(visit.pk))}
    assert rows <= hidden
    assert not rows & shown


def test_the_board_costs_the_same_whoever_looks(unseeing, here, coordinator, django_assert_num_queries):
    for user in (coordinator, unseeing):
        with as_actor(user):
            user.site_ids()
            with django_assert_num_queries(3):  # the cells, which evaluations are still blinded, the cells without them
                cells_of([here.subject], user, on=timezone.localdate(timezone=ZONE))


# --- what is computed ---------------------------------------------------------------------------------------------


def test_a_late_report_asks_for_its_reason(here, coordinator):
    late = {"aware_at": "2025-04-11T16:00", "reported_at": "2025-04-12T16:01", "onset_on": "2025-04-11"}

    form = add(here, "SAE")
    complete(form, COMPLETE["SAE"] | late, by=coordinator)
    page = browser_of(coordinator).get(reverse("form", args=[form.pk])).content.decode()

    asked = {query.check_id for query in queries_on(form, by=coordinator)}
    assert asked == {"SAE.reported_at.late", "SAE.onset_on.consent"}  # this subject consented this year
    assert "24.02 h" in page
