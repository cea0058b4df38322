"""The pages of verification, review, monitoring visits and sources."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.door import as_actor
from casebook import actions
from casebook.models import MonitoringVisit, Review, SourceNote, Verification, VerificationPlan
from protocol.verification import PROTOCOL_RATES
from tests.casebook_ground import (
    DEMOGRAPHY,
    VITALS,
    WOMAN,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_monitor,
    a_subject,
    again,
    complete,
    site_of,
    the_form,
)
from tests.people import a_site

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

pytestmark = pytest.mark.django_db


def browser_of(user) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def monitor(coordinator):
    return a_monitor(site_of(coordinator))


@pytest.fixture
def manager():
    return a_data_manager()


@pytest.fixture
def form(coordinator):
    return a_complete_form(coordinator)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def marks(form, by):
    with as_actor(by):
        return sorted(Verification.objects.filter(form=form, fallen_at=None).values_list("path", flat=True))


def a_second_form(form, coordinator):
    vitals = the_form(form.subject, "VS", by=coordinator)
    complete(vitals, VITALS, by=coordinator)
    return again(vitals, by=coordinator)


# --- verifying --------------------------------------------------------------------------------------------------


def test_a_coordinator_comes_to_no_page_of_verification(form, coordinator):
    client = browser_of(coordinator)

    for name, key in (("verification", ()), ("verification-plan", ()), ("form-verify", (form.pk,)), ("reviews", ())):
        assert client.get(reverse(name, args=key)).status_code == 403


def test_the_list_shows_what_waits_and_narrows_by_its_address(form, coordinator, monitor):
    vitals, client = a_second_form(form, coordinator), browser_of(monitor)
    actions.verify_items(form, by=monitor, at=timezone.now(), paths=["sex"])

    def listed(**asked):
        page = client.get(reverse("verification"), asked).content.decode()
        return {each.crf for each in (form, vitals) if reverse("form-verify", args=[each.pk]) in page}

    assert listed() == {"DM", "VS"}
    assert listed(crf="VS") == {"VS"}
    assert listed(state="partly verified") == {"DM"}
    assert listed(state="verified") == set()
    assert listed(number="nobody") == set()
    assert listed(visit="LOG") == set()
    assert listed(site="999999999", order="nonsense", size="3") == {"DM", "VS"}
    said = client.get(reverse("verification-csv"), {"crf": "DM"}).content.decode()
    assert "Partly verified,2,1,Yes" in said


def test_what_is_ticked_is_marked_and_the_next_form_opens(form, coordinator, monitor):
    vitals, client = a_second_form(form, coordinator), browser_of(monitor)
    address = reverse("form-verify", args=[form.pk])

    shown = text_of(client.get(address))
    gone = client.post(address, {"version": "1", "item": ["sex", "birth_date"], "act": "next"})

    assert "0 of 2 values are verified" in shown
    assert gone.url == reverse("form-verify", args=[vitals.pk])
    assert marks(form, monitor) == ["birth_date", "sex"]
    assert "Verified" in text_of(client.get(reverse("form", args=[form.pk])))
    assert "Verified" in text_of(client.get(reverse("casebook", args=[form.subject_id])))


def test_a_section_is_ticked_without_anything_being_marked(form, monitor):
    page = browser_of(monitor).post(reverse("form-verify", args=[form.pk]), {"version": "1", "act": "tick 1"})

    assert page.content.decode().count(" checked") == 2
    assert marks(form, monitor) == []


def test_what_changed_since_it_was_shown_is_refused(form, coordinator, monitor):
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})
    client, address = browser_of(monitor), reverse("form-verify", args=[form.pk])

    late = client.post(address, {"version": "1", "item": "sex"})
    nothing = client.post(address, {"version": "2"})
    absurd = client.post(address, {"version": "x", "item": "nothing"})

    assert (late.status_code, nothing.status_code, absurd.status_code) == (409, 422, 409)
    assert "This form was changed while you compared it" in text_of(late)
    assert "Tick what equals its source" in text_of(nothing)


def test_a_fallen_mark_says_what_was_verified(form, coordinator, monitor):
    client, address = browser_of(monitor), reverse("form-verify", args=[form.pk])
    client.post(address, {"version": "1", "item": "sex"})
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})

    assert "verified was “Male”" in text_of(client.get(address))
    assert "Mark fallen" in text_of(client.get(reverse("verification")))


def test_a_mark_is_taken_back_on_the_page(form, monitor):
    client = browser_of(monitor)
    client.post(reverse("form-verify", args=[form.pk]), {"version": "1", "item": "sex"})
    address = reverse("form-unverify", args=[form.pk])

    without = client.post(address, {"path": "sex", "reason": ""})
    client.post(address, {"path": "sex", "reason": "Chart of another person"})

    assert (without.status_code, "Say why the mark is taken back" in text_of(without)) == (409, True)
    assert marks(form, monitor) == []
    assert "Chart of another person" in text_of(client.get(reverse("form-verify", args=[form.pk])))


def test_the_lists_ask_the_same_for_one_form_and_for_many(form, coordinator, monitor, manager):
    clients = {"verification": browser_of(monitor), "reviews": browser_of(manager), "monitoring": browser_of(monitor)}

    def queries():
        counted = {}
        for name, client in clients.items():
            client.get(reverse(name))
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get(reverse(name)).status_code == 200
            counted[name] = len(asked)
        return counted

    few = queries()
    for _ in range(4):
        complete(the_form(a_subject(coordinator), "DM", by=coordinator), DEMOGRAPHY, by=coordinator)

    assert queries() == few


# --- the plan ---------------------------------------------------------------------------------------------------


def typed_plan(**changed):
    rates = {f"rate.{code}": str(rate) for code, rate in {**PROTOCOL_RATES, **changed}.items()}
    return {**rates, "first_subjects": "2", "reason": "Fewer deviations than thought"}


def test_the_plan_is_changed_on_its_page_and_earlier_versions_stand_there(manager, monitor):
    client = browser_of(manager)

    refused = client.post(reverse("verification-plan-set"), {**typed_plan(), "rate.DV": "many"})
    client.post(reverse("verification-plan-set"), typed_plan(DV=5))

    assert refused.status_code == 409
    assert "whole number from 0 to 100" in text_of(refused)
    assert 'value="many"' in refused.content.decode()
    shown = text_of(browser_of(monitor).get(reverse("verification-plan")))
    assert "Version 1 is in force" in shown
    assert "DV 20 → 5 %" in shown
    assert "Put this plan in force" not in shown
    assert VerificationPlan.objects.get().rates["DV"] == 5


# --- review -----------------------------------------------------------------------------------------------------


def test_listed_forms_are_reviewed_together_each_in_its_version(form, coordinator, manager):
    vitals, client = a_second_form(form, coordinator), browser_of(manager)
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})

    listed = client.get(reverse("reviews")).content.decode()
    answer = client.post(reverse("reviews-mark"), {"form": [f"{form.pk}:1", f"{vitals.pk}:1", "nonsense"]}, follow=True)

    assert f'value="{form.pk}:2"' in listed
    assert "1 form is reviewed." in text_of(answer)
    assert "This form was changed while you read it" in text_of(answer)
    with as_actor(manager):
        assert list(Review.objects.values_list("form", flat=True)) == [vitals.pk]


def test_nothing_ticked_is_said_and_what_is_reviewed_is_not_counted_again(form, manager):
    client, address = browser_of(manager), reverse("reviews-mark")

    nothing = text_of(client.post(address, {}, follow=True))
    first, second = (text_of(client.post(address, {"form": f"{form.pk}:1"}, follow=True)) for _time in range(2))

    assert "Tick at least one." in nothing
    assert "0 forms" not in nothing
    assert "1 form is reviewed." in first
    assert "is reviewed." not in second
    assert "What you ticked is reviewed already." in second


def test_going_on_with_nothing_ticked_says_so(form, monitor):
    answer = browser_of(monitor).post(
        reverse("form-verify", args=[form.pk]), {"act": "next", "version": "1"}, follow=True
    )

    assert "Tick at least one." in text_of(answer)
    assert "0 values" not in text_of(answer)


def test_a_form_is_reviewed_on_its_page_and_falls_behind_with_the_next_version(form, coordinator, manager):
    client, address = browser_of(manager), reverse("form-review", args=[form.pk])

    first = client.post(address, {"version": "1", "act": "mark"}, follow=True)
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})
    late = client.post(address, {"version": "1"})

    assert "Reviewed" in text_of(first)
    assert late.status_code == 409
    assert "Review outdated" in text_of(client.get(address))
    assert "Review outdated" in text_of(client.get(reverse("reviews")))
    assert len(client.get(reverse("reviews-csv"), {"state": "reviewed"}).content.splitlines()) == 1


# --- monitoring visits and sources ------------------------------------------------------------------------------


def test_a_visit_is_begun_written_in_and_closed_and_the_site_reads_it(form, coordinator, monitor):
    client, site = browser_of(monitor), form.site
    today = timezone.now().astimezone(site.zone).date().isoformat()
    begin = {"site": str(site.pk), "kind": "on-site", "began_on": today}

    assert client.post(reverse("monitoring-open"), {**begin, "began_on": "tomorrow"}).status_code == 409
    address = client.post(reverse("monitoring-open"), begin).url
    client.post(reverse("form-verify", args=[form.pk]), {"version": "1", "item": "sex"})
    actions.open_query(form, by=monitor, at=timezone.now(), path="sex", text="Is this in the chart?")
    client.post(f"{address}note/", {"kind": "finding", "text": "Consent without a date"})
    refused = client.post(f"{address}note/", {"kind": "action", "text": "Write to person@example.org"})
    client.post(f"{address}note/", {"kind": "action", "text": "Note to file"})
    client.post(f"{address}close/", {"ended_on": today})

    assert refused.status_code == 409
    assert "Write to person@example.org" in refused.content.decode()
    reads = browser_of(coordinator)
    shown = text_of(reads.get(address))
    for word in ("1 form verified", "1 query opened", "Consent without a date", "Note to file", "Closed by"):
        assert word in shown
    assert reads.post(f"{address}note/", {"kind": "finding", "text": "Mine"}).status_code == 403
    assert "On site" in reads.get(reverse("monitoring-csv")).content.decode()
    with as_actor(monitor):
        assert MonitoringVisit.objects.get().verifications.count() == 1


def test_a_visit_of_another_site_does_not_exist(form, monitor):
    elsewhere = a_coordinator()
    client, site = browser_of(monitor), form.site
    today = timezone.now().astimezone(site.zone).date().isoformat()
    address = client.post(reverse("monitoring-open"), {"site": str(site.pk), "kind": "remote", "began_on": today}).url

    assert browser_of(elsewhere).get(address).status_code == 404
    assert (
        client.post(
            reverse("monitoring-open"), {"site": str(site_of(elsewhere).pk), "kind": "remote", "began_on": today}
        ).status_code
        == 404
    )


def test_the_source_list_says_how_each_form_is_entered_and_where_its_source_is(form, coordinator, monitor):
    client, site = browser_of(coordinator), form.site
    note = {"site": str(site.pk), "crf": "HE", "place": "Laboratory system", "since": "2025-01-01"}

    assert client.post(reverse("source-note"), {**note, "since": "once"}).status_code == 409
    client.post(reverse("source-note"), note)
    client.post(reverse("source-note"), {**note, "place": "Paper chart", "since": "2025-06-01"})

    shown = text_of(browser_of(monitor).get(reverse("source-list"), {"site": site.pk}))
    assert "Entered directly: the form is the source" in shown
    assert "Paper chart since 1 Jun 2025" in shown
    assert "before: Laboratory system" in shown
    assert f"{site.code},HE" in client.get(reverse("source-list-csv")).content.decode()
    other, manager = a_site(), browser_of(a_data_manager())
    both, one = (
        manager.get(reverse("source-list-csv"), asked).content.decode() for asked in ({"site": "0"}, {"site": other.pk})
    )
    assert (f"{site.code},HE" in both, f"{other.code},HE" in both) == (True, True)
    assert (f"{site.code},HE" in one, f"{other.code},HE" in one) == (False, True)
    assert browser_of(monitor).post(reverse("source-note"), note).status_code == 403
    with as_actor(coordinator):
        assert SourceNote.objects.count() == 2
