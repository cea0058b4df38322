"""Tokens: made once by their owner alone, kept as a hash, and opening nothing once they are over."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions as accounts
from api import admission
from api.actions import make_token, revoke_token
from api.admission import NotAdmitted, count_call, digest_of
from api.models import Calls, Token
from api.rules import MOST_TOKENS
from audit import clock
from audit.decision import Refusal
from audit.door import as_actor
from audit.models import Event
from protocol.roles import Role
from tests.api_ground import a_token, bearer, called, now_of
from tests.casebook_ground import a_coordinator, a_subject
from tests.people import a_site, a_user, an_administrator, set_up

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
SUBJECTS = "/api/v1/subjects/"


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def monitor():
    return a_user(Role.MONITOR, a_site(), password=PASSWORD)


@pytest.fixture
def desk(monitor):
    client = Client()
    client.force_login(monitor)
    return client


def asked(secret, address=SUBJECTS, **headers):
    """Ask as a program does, without any cookie."""
    return Client(raise_request_exception=False).get(address, headers={**bearer(secret), **headers})


def made(desk, user, **changed):
    """Fill in the page."""
    typed = {"name": "Nightly copy", "email": user.email, "password": PASSWORD, **changed}
    return desk.post(reverse("api-token-make"), typed)


def secret_on(response):
    """Return the secret that the page shows, if it shows one."""
    found = re.search(r'value="(edc_[\w-]+)"', response.content.decode())
    return found and found[1]


def events_of(user):
    """Return the events of tokens, as text."""
    with as_actor(user):
        return list(Event.objects.filter(stream="tokens", actor_id=str(user.pk)).order_by("id"))


# --- the page -------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_lets_a_program_in(desk, monitor):
    response = made(desk, monitor)

    secret = secret_on(response)
    assert response.status_code == 200
    assert asked(secret).status_code == 200
    again = desk.get(reverse("api-tokens"))
    assert "Nightly copy" in again.content.decode()
    assert secret_on(again) is None


def test_only_the_hash_of_a_token_is_kept_and_the_trail_holds_neither(desk, monitor):
    secret = secret_on(made(desk, monitor))

    with as_actor(monitor):
        token = Token.objects.get()
    said = json.dumps([[event.kind, event.facts, event.message] for event in events_of(monitor)], default=str)
    assert token.digest == digest_of(secret)
    assert secret not in json.dumps({name: str(value) for name, value in vars(token).items()})
    assert [event.kind for event in events_of(monitor)] == ["api.token.made"]
    assert secret not in said
    assert token.digest not in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"password": "wrong"}, "This is not your password"),
        ({"email": "somebody@example.org"}, "needs your own e-mail address and your password"),
        ({"name": "   "}, "Give the token a name that tells what it is used for."),
        ({"name": "x" * 61}, "A name has at most 60 characters; shorten it."),
    ],
)
def test_a_token_that_cannot_be_made_says_why_and_keeps_the_name(desk, monitor, changed, sentence):
    response = made(desk, monitor, **changed)

    page = response.content.decode()
    assert response.status_code == 409
    assert sentence in page
    assert secret_on(response) is None
    assert f'value="{changed.get("name", "Nightly copy")}"' in page
    with as_actor(monitor):
        assert not Token.objects.exists()


def test_a_name_is_used_once_while_its_token_stands(desk, monitor):
    made(desk, monitor)

    response = made(desk, monitor)

    assert response.status_code == 409
    assert "“Nightly copy” stands already. Choose another name." in response.content.decode()


def test_nobody_has_more_than_ten_tokens(monitor):
    for number in range(MOST_TOKENS):
        a_token(monitor, f"Copy {number}")

    with pytest.raises(Refusal, match=r"You have 10 tokens that stand, and no more are given."):
        a_token(monitor, "One more")


def test_nobody_makes_a_token_for_somebody_else(monitor, coordinator):
    with pytest.raises(Refusal, match=r"Everyone makes their own tokens\."):
        make_token(coordinator, by=monitor, at=timezone.now(), name="Stolen", digest=digest_of("x"))


def test_a_revoked_token_opens_nothing_and_its_name_is_free(desk, monitor):
    secret = secret_on(made(desk, monitor))
    with as_actor(monitor):
        token = Token.objects.get()

    response = desk.post(reverse("api-token-revoke", args=[token.pk]), follow=True)

    refused = asked(secret)
    assert "opens nothing any more" in response.content.decode()
    assert refused.status_code == 401
    assert refused.json()["sentence"] == "This token was revoked. Make another one on the page “API tokens”."
    assert [event.kind for event in events_of(monitor)] == ["api.token.made", "api.token.revoked"]
    assert secret_on(made(desk, monitor)) not in (None, secret)


def test_revoking_twice_says_so(monitor):
    token, _secret = a_token(monitor)
    revoke_token(token, by=monitor, at=timezone.now())

    with pytest.raises(Refusal, match=r"This token was revoked already\."):
        revoke_token(token, by=monitor, at=timezone.now())


def test_the_token_of_somebody_else_does_not_exist(desk, monitor, coordinator):
    token, secret = a_token(coordinator)

    assert desk.post(reverse("api-token-revoke", args=[token.pk])).status_code == 404
    assert "Nightly copy" not in desk.get(reverse("api-tokens")).content.decode()
    with as_actor(monitor):
        assert not Token.objects.exists()
    assert asked(secret).status_code == 200


# --- who is let in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("", "Log in, or send your token as “Authorization: Bearer” and the token."),
        ("Bearer", "Send your token as “Authorization: Bearer” and the token."),
        ("Basic YTpi", "Send your token as “Authorization: Bearer” and the token."),
        ("Bearer edc_unknown", "This token is not known. Make one on the page “API tokens”."),
        ("Bearer \x00", "This token is not known. Make one on the page “API tokens”."),
        ("Bearer 中文", "This token is not known. Make one on the page “API tokens”."),
    ],
)
@pytest.mark.parametrize("address", [SUBJECTS, "/api/schema/"])
def test_without_a_known_token_nobody_comes_in(address, header, sentence):
    response = Client().get(address, headers={"Authorization": header} if header else {})

    assert response.status_code == 401
    assert response.json()["sentence"] == sentence
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response["Cache-Control"] == "no-store"


def test_a_token_in_the_address_opens_nothing(coordinator):
    _token, secret = a_token(coordinator)

    assert Client().get(SUBJECTS, {"token": secret}).status_code == 401
    assert Client().get(SUBJECTS, {"access_token": secret}).status_code == 401


def test_no_other_header_says_who_calls(coordinator):
    said = {"X-User": coordinator.email, "X-Actor": str(coordinator.pk), "Remote-User": coordinator.email}

    assert Client().get(SUBJECTS, headers=said).status_code == 401


def test_a_token_lasts_for_ninety_days_to_the_moment(coordinator, settings, tmp_path):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    _token, secret = a_token(coordinator)

    clock.move_on(89)
    assert asked(secret).status_code == 200
    clock.move_on(1)
    response = asked(secret)

    assert response.status_code == 401
    assert response.json()["sentence"] == "This token has expired. Make another one on the page “API tokens”."


def test_the_token_of_a_deactivated_person_opens_nothing_at_the_next_call(coordinator):
    _token, secret = a_token(coordinator)
    assert asked(secret).status_code == 200

    accounts.deactivate_user(coordinator, by=an_administrator(), at=timezone.now(), reason="left")

    assert asked(secret).status_code == 401


def test_a_role_that_was_taken_away_is_missing_at_the_next_call(coordinator):
    a_subject(coordinator)
    _token, secret = a_token(coordinator)
    assert len(asked(secret).json()["results"]) == 1

    accounts.end_grant(coordinator.grants.get(), by=set_up(), at=timezone.now(), reason="left")

    response = asked(secret)
    assert response.status_code == 403
    assert response.json() == {
        "sentence": "Your role does not include this: read forms. Ask an administrator if it should."
    }


def test_a_second_factor_that_a_role_asks_for_is_asked_of_its_tokens_too(coordinator, settings):
    _token, secret = a_token(coordinator)
    settings.EDC_MFA_ROLES = ["coordinator"]

    response = asked(secret)

    assert response.status_code == 403
    assert response.json() == {"sentence": "Your role needs a second factor. Set it up first."}


def test_a_token_that_was_sent_decides_even_beside_a_session(coordinator, monitor, desk):
    a_subject(coordinator)
    _token, secret = a_token(coordinator)

    assert desk.get(SUBJECTS).json()["results"] == []
    assert len(desk.get(SUBJECTS, headers=bearer(secret)).json()["results"]) == 1
    assert desk.get(SUBJECTS, headers=bearer("edc_wrong")).status_code == 401


def test_a_token_opens_no_page_and_leaves_no_session(coordinator):
    _token, secret = a_token(coordinator)
    before = Session.objects.count()

    page = asked(secret, "/subjects/")
    data = asked(secret)

    assert page.status_code == 302
    assert page["Location"].startswith("/accounts/login/")
    assert data.cookies == {}
    assert Session.objects.count() == before


def test_the_day_of_the_last_use_is_kept(coordinator):
    token, secret = a_token(coordinator)
    assert now_of(token).last_used_on is None

    asked(secret)

    assert now_of(token).last_used_on == timezone.now().date()


# --- how often ------------------------------------------------------------------------------------------------


def test_one_call_too_many_in_ten_minutes_is_told_when_to_come_again(coordinator, monkeypatch):
    monkeypatch.setattr(admission, "MOST_CALLS", 3)
    _token, secret = a_token(coordinator)

    statuses = [asked(secret).status_code for _ in range(3)]
    response = asked(secret)

    assert statuses == [200, 200, 200]
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 600
    assert response.json()["message"] == (
        "There were more than %(most)s calls in %(minutes)s minutes. Go on in %(wait)s seconds."
    )


def test_six_hundred_calls_are_let_in_and_no_more_until_the_window_is_over(coordinator):
    at = timezone.now()
    for _ in range(600):
        count_call(coordinator, at=at)

    with pytest.raises(NotAdmitted):
        count_call(coordinator, at=at + timedelta(minutes=10) - timedelta(seconds=1))
    count_call(coordinator, at=at + timedelta(minutes=10))


def test_tokens_and_sessions_of_one_person_are_counted_together_and_others_apart(coordinator, monitor, monkeypatch):
    monkeypatch.setattr(admission, "MOST_CALLS", 2)
    (_one, first), (_two, second) = a_token(coordinator, "one"), a_token(coordinator, "two")

    asked(first)
    assert called(coordinator, "api-forms").status_code == 200
    assert asked(second).status_code == 429
    assert called(monitor, "api-forms").status_code == 200


def test_a_call_that_is_refused_counts_too(coordinator, monkeypatch):
    monkeypatch.setattr(admission, "MOST_CALLS", 1)
    _token, secret = a_token(coordinator)

    assert asked(secret, SUBJECTS + "?nonsense=1").status_code == 400
    assert asked(secret).status_code == 429


def test_who_called_how_often_is_seen_by_nobody_else(coordinator, monitor):
    count_call(coordinator, at=timezone.now())

    with as_actor(monitor):
        assert not Calls.objects.exists()
    with as_actor(coordinator):
        assert Calls.objects.get().count == 1
