"""What no page of ours sends is refused with a sentence, never with a fault; and nothing of it is kept."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from protocol import codelists
from protocol.roles import Role
from tests.casebook_ground import (
    DEMOGRAPHY,
    a_coordinator,
    a_monitor,
    a_subject,
    again,
    complete,
    queries_on,
    site_of,
    the_form,
)
from tests.integration.test_entry_pages import BACKEND, CHEMISTRY, box, browser_of, post, text_of
from tests.people import a_user

pytestmark = pytest.mark.django_db
NUL = "holds a character that cannot be kept. Remove it and try again."
AETIOLOGY = [code.value for code in codelists.AETIOLOGY.codes[:2]]
STALE = "This page was open too long or came from elsewhere; go back, load it again, and send it again."


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def form(coordinator):
    return the_form(a_subject(coordinator), "CH", by=coordinator)


class TestANul:
    @pytest.mark.parametrize(
        "address",
        [
            "/subjects/?number=%00",
            "/subjects/subjects.csv?number=%00",
            "/subjects/jump/?q=%00",
            "/eligibility/?number=%00",
            "/eligibility/board.csv?number=%00",
        ],
    )
    def test_in_an_address_is_refused(self, coordinator, address):
        response = browser_of(coordinator).get(address)

        assert response.status_code == 400
        assert NUL in text_of(response)

    def test_in_the_search_of_the_administration_is_refused(self):
        response = browser_of(a_user(Role.ADMINISTRATOR, None)).get("/administration/?q=%00")

        assert response.status_code == 400
        assert "The field “q” " + NUL in text_of(response)

    def test_in_the_text_of_a_query_is_refused(self, form, coordinator):
        monitor = browser_of(a_monitor(site_of(coordinator)))

        response = monitor.post(f"/forms/{form.pk}/queries/ask/alt/", {"text": "Is this\0 so?"})

        assert response.status_code == 400
        assert NUL in text_of(response)
        assert not queries_on(form, by=coordinator)

    def test_in_the_box_of_an_answer_is_refused_beside_it(self, form, coordinator):
        response = post(browser_of(coordinator), form, CHEMISTRY | {"comment": "a\0b", "laboratory": "L\0"})

        assert response.status_code == 422
        assert NUL not in text_of(response)
        assert again(form, by=coordinator).version == 0

    @pytest.mark.parametrize("name", ["why", "key", "alt.reason", "alt.why"])
    def test_in_another_box_of_a_form_is_refused(self, form, coordinator, name):
        response = post(browser_of(coordinator), form, CHEMISTRY | {name: "a\0b"})

        assert response.status_code == 400
        assert NUL in text_of(response)
        assert again(form, by=coordinator).version == 0

    def test_in_a_draft_is_refused(self, form, coordinator):
        response = browser_of(coordinator).post(f"/forms/{form.pk}/draft/", {"alt": "\0"})

        assert response.status_code == 400


ENDLESS = "7" * 5000
PASSWORD = "a-long-Password-for-tests"


class TestANumberOf5000Digits:
    def test_in_an_address_is_as_good_as_none(self, form, coordinator):
        client, signer = browser_of(coordinator), browser_of(a_user(Role.SUB_INVESTIGATOR, site_of(coordinator)))
        history = f"/subjects/{form.subject_id}/history/"
        lists = ("/subjects/", "/eligibility/", "/visits/", "/safety/", "/queries/", "/screening-log/", history)

        for address in lists:
            for name in ("site", "size", "page"):
                assert (name, client.get(address, {name: ENDLESS}).status_code) == (name, 200), address
        assert client.get(history, {"size": "000025" + ENDLESS}).status_code == 200
        assert {signer.get("/sign/", {name: ENDLESS}).status_code for name in ("site", "size", "page")} == {200}

    def test_narrows_the_trail_to_nothing_less(self, form, coordinator):
        assert browser_of(a_monitor(site_of(coordinator))).get("/audit/", {"before": ENDLESS}).status_code == 200

    @pytest.fixture
    def demography(self, coordinator):
        form = the_form(a_subject(coordinator), "DM", by=coordinator)
        complete(form, DEMOGRAPHY, by=coordinator)
        return form

    @pytest.mark.parametrize(
        ("role", "address", "asked", "status"),
        [
            (Role.COORDINATOR, "/subjects/add/", {"site": ENDLESS}, 404),
            (Role.COORDINATOR, "/site/", {"site": ENDLESS}, 302),
            (Role.MONITOR, "/forms/{form}/verify/", {"version": ENDLESS, "item": "sex"}, 409),
            (Role.SUB_INVESTIGATOR, "/forms/{form}/sign/", {"version": ENDLESS, "password": PASSWORD}, 409),
            (Role.DATA_MANAGER, "/forms/{form}/review/", {"version": ENDLESS}, 409),
            (Role.DATA_MANAGER, "/review/mark/", {"form": "{form}:" + ENDLESS}, 302),
        ],
    )
    def test_sent_is_answered_as_a_wrong_one(self, demography, coordinator, role, address, asked, status):
        site = None if role is Role.DATA_MANAGER else site_of(coordinator)
        person = a_user(role, site, password=PASSWORD)
        told = {name: said.replace("{form}", str(demography.pk)) for name, said in asked.items()}

        response = browser_of(person).post(address.format(form=demography.pk), told | {"email": person.email})

        assert response.status_code == status


@pytest.mark.parametrize("asked", [{"until": "9999-12-31"}, {"since": "0001-01-01"}])
def test_the_trail_is_asked_for_the_first_and_the_last_day_there_is(form, coordinator, asked):
    response = browser_of(a_monitor(site_of(coordinator))).get("/audit/", asked)

    assert response.status_code == 200
    assert 'id="event-' in response.content.decode()


class TestTheTextOfAQuery:
    def ask(self, form, coordinator, text):
        return browser_of(a_monitor(site_of(coordinator))).post(f"/forms/{form.pk}/queries/ask/alt/", {"text": text})

    def test_has_2000_characters_at_most(self, form, coordinator):
        response = self.ask(form, coordinator, "x" * 2001)

        assert response.status_code == 409
        assert "This text has 2001 characters; at most 2000 are kept. Shorten it." in text_of(response)
        assert not queries_on(form, by=coordinator)

    def test_may_have_2000_counted_as_a_browser_counts(self, form, coordinator):
        assert self.ask(form, coordinator, "x" * 1990 + "\r\n" * 9 + "x").status_code == 302
        assert len(queries_on(form, by=coordinator)) == 1


class TestBoxesThatWereLeftOut:
    def test_keep_their_answers(self, form, coordinator):
        client = browser_of(coordinator)
        post(client, form, CHEMISTRY)

        response = post(
            client, again(form, by=coordinator), {"alt": "33", "alt.unit": "U/L", "ast": "", "albumin.unit": "g/L"}
        )

        kept = again(form, by=coordinator).answers
        assert response.status_code == 302
        assert (kept["alt"]["value"], kept["albumin"]["value"]) == ("33", "41")
        assert "ast" not in kept

    def test_stand_on_the_page_again_when_it_is_refused(self, form, coordinator):
        client = browser_of(coordinator)
        post(client, form, CHEMISTRY)

        response = post(client, again(form, by=coordinator), {"alt": "three"})

        assert response.status_code == 422
        assert 'value="41"' in box(response, "albumin")

    def test_keep_the_rows_that_were_not_spoken_of(self, coordinator):
        form = the_form(a_subject(coordinator), "EG", by=coordinator)
        client = browser_of(coordinator)
        row = {"tracings.rows": "1", "tracings/1/qt": "400", "tracings/1/qt.unit": "ms"}
        post(client, form, {"performed_on": "2025-03-03"} | row)
        before = again(form, by=coordinator).answers

        post(client, again(form, by=coordinator), {"performed_on": "2025-03-04"})
        kept = again(form, by=coordinator).answers
        post(client, again(form, by=coordinator), {"performed_on": "2025-03-04", "tracings.rows": ""})
        emptied = again(form, by=coordinator).answers

        assert [path for path in before if path.startswith("tracings/1/")]
        assert kept.keys() == before.keys()
        assert not [path for path in emptied if path.startswith("tracings/")]

    def test_are_told_from_check_boxes_that_were_all_emptied(self, coordinator):
        form = the_form(a_subject(coordinator), "HCC", by=coordinator)
        client = browser_of(coordinator)
        post(client, form, {"aetiology": AETIOLOGY, "aetiology.shown": "1"})

        post(client, again(form, by=coordinator), {"comment": ""})
        kept = again(form, by=coordinator).answers
        shown = client.get(f"/forms/{form.pk}/").content.decode()
        post(client, again(form, by=coordinator), {"aetiology.shown": "1"})

        assert "aetiology" in kept
        assert 'name="aetiology.shown"' in shown
        assert "aetiology" not in again(form, by=coordinator).answers


class TestWhatASaveWouldChange:
    @pytest.fixture
    def demography(self, coordinator, monkeypatch):
        monkeypatch.setattr("casebook.views.foreseeing.impact_of", lambda form, **_: pytest.fail("It was foreseen."))
        form = the_form(a_subject(coordinator), "DM", by=coordinator)
        complete(form, DEMOGRAPHY, by=coordinator)
        return again(form, by=coordinator)

    @pytest.mark.parametrize("reader", [lambda site: a_monitor(site), lambda site: a_user(Role.STATISTICIAN, None)])
    def test_is_not_told_to_who_may_not_save(self, demography, coordinator, reader):
        client = browser_of(reader(site_of(coordinator)))

        response = post(client, demography, DEMOGRAPHY | {"birth_date": "1971-05-01"})

        assert response.status_code == 409
        assert again(demography, by=coordinator).version == demography.version


def test_a_page_of_another_origin_is_refused_with_a_sentence(form, coordinator):
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.force_login(coordinator, backend=BACKEND)

    page = client.post(reverse("form", args=[form.pk]), {"alt": "30"})
    told = client.post(f"/forms/{form.pk}/draft/", {"alt": "30"}, headers={"Accept": "application/json"})

    assert (page.status_code, told.status_code) == (403, 403)
    assert STALE in text_of(page)
    assert STALE in told.json()["detail"]
    assert "<nav" in page.content.decode()
