"""The page of the API and its description: for whoever is logged in, plain, and kept by no browser."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions as accounts
from protocol.roles import Role
from tests.api_ground import a_token, bearer
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def monitor():
    return a_user(Role.MONITOR, a_site())


@pytest.fixture
def desk(monitor):
    client = Client()
    client.force_login(monitor)
    return client


def test_the_page_is_for_people_inside_and_asks_others_to_log_in():
    response = Client().get("/api/docs/")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_page_names_every_list_and_runs_nothing(desk):
    page = desk.get("/api/docs/").content.decode()

    assert all(f"/api/v1/{name}/" in page for name in ("subjects", "forms", "verdicts", "visits"))
    assert "at most 200 rows" in page
    assert "600 times in 10 minutes" in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)


def test_the_page_stands_in_the_reader_language_too(monitor):
    accounts.choose_language(monitor, by=monitor, at=timezone.now(), language="zh-hans")
    client = Client()
    client.force_login(monitor)

    assert client.get("/api/docs/").status_code == 200
    assert client.get("/tokens/").status_code == 200


def test_the_description_is_given_to_sessions_and_tokens_alike(desk, monitor):
    _token, secret = a_token(monitor)

    by_session = desk.get("/api/schema/")
    by_token = Client().get("/api/schema/", headers=bearer(secret))

    assert by_session.status_code == by_token.status_code == 200
    assert by_session.json()["paths"] == by_token.json()["paths"]
    assert by_session["Cache-Control"] == "no-store"


def test_the_menu_of_a_person_leads_to_their_tokens(desk):
    assert 'href="/tokens/"' in desk.get("/").content.decode()
