"""Log-in, lock-out, sessions, second factor and password reset: what a stranger, or a thief, gets to see."""

import re
import time
from html import unescape

import pytest
import time_machine
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.confirmation import confirm_signer
from accounts.models import User
from audit.acting import as_actor
from audit.models import Event
from protocol.roles import Role
from tests.people import a_site, a_user, an_administrator, set_up

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-orchard-lantern-7"
NOT_LOGGED_IN = (
    "E-mail address and password do not match, or there were too many attempts. "
    "Check both, wait 15 minutes, or set a new password."
)
LOGIN = "/accounts/login/"
INSIDE = "/administration/"


@pytest.fixture(autouse=True)
def _no_attempts_before(settings):
    # The product's hasher is slow on purpose; what is tested here does not depend on it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def administrator() -> User:
    return an_administrator(password=PASSWORD)


def log_in(client: Client, user: User, *, password: str = PASSWORD, **more):
    return client.post(LOGIN, {"login": user.email, "password": password, **more})


def kinds() -> list[str]:
    with as_actor(set_up()):
        return list(Event.objects.filter(stream="log-in").order_by("id").values_list("kind", flat=True))


def shown(response) -> str:
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def is_in(client: Client) -> bool:
    return client.get(INSIDE).status_code == 200


def test_log_in_is_asked_everywhere(client):
    response = client.get(INSIDE)

    assert response.status_code == 302
    assert response["Location"] == f"{LOGIN}?next={INSIDE}"


def test_an_address_logs_in_however_it_is_typed(client, administrator):
    response = client.post(LOGIN, {"login": administrator.email.upper(), "password": PASSWORD})

    assert response.status_code == 302
    assert is_in(client)
    assert "accounts.login.succeeded" in kinds()


def test_a_failed_log_in_is_recorded_without_what_was_typed(client, administrator):
    log_in(client, administrator, password="a wrong password")

    with as_actor(set_up()):
        event = Event.objects.filter(kind="accounts.login.failed").get()
    assert event.actor_name == "System: log-in"
    assert event.facts == f'{{"user":"{administrator.pk}"}}'


def test_wrong_password_and_unknown_address_are_answered_alike(client, administrator):
    wrong = log_in(client, administrator, password="a wrong password")
    unknown = client.post(LOGIN, {"login": "nobody@example.org", "password": "a wrong password"})

    assert NOT_LOGGED_IN in shown(wrong)
    assert NOT_LOGGED_IN in shown(unknown)
    assert wrong.status_code == unknown.status_code


def test_after_five_wrong_passwords_even_the_right_one_is_refused_in_the_same_words(client, administrator):
    for _attempt in range(5):
        log_in(client, administrator, password="a wrong password")

    response = log_in(client, administrator)

    assert NOT_LOGGED_IN in shown(response)
    assert not is_in(client)


@pytest.mark.parametrize(("wrong", "enters"), [(2, True), (4, True), (5, False)])
def test_wrong_signing_passwords_count_and_a_refused_log_in_says_so(client, administrator, rf, wrong, enters):
    request = rf.post("/")
    request.user, request.session = administrator, {}
    with request_context(request):
        for _attempt in range(wrong):
            assert not confirm_signer(request, email=administrator.email, password="wrong")

    response = log_in(client, administrator)

    assert is_in(client) is enters
    assert enters or NOT_LOGGED_IN in shown(response)


def test_the_lock_out_counts_one_account_under_every_host_name(client, administrator, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example.org"]
    for _attempt in range(5):
        client.post(LOGIN, {"login": administrator.email, "password": "wrong"}, headers={"host": "other.example.org"})

    assert NOT_LOGGED_IN in shown(log_in(client, administrator))


def test_the_lock_out_stands_in_the_database_so_that_a_wiped_queue_lifts_nothing(settings):
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"


def test_a_system_user_cannot_log_in(client):
    response = client.post(LOGIN, {"login": "import@system.invalid", "password": "!"})

    assert NOT_LOGGED_IN in shown(response)


def test_the_session_key_changes_at_log_in(client, administrator):
    client.get(LOGIN)
    client.cookies["sessionid"] = "preset0preset0preset0preset0pres"

    log_in(client, administrator)

    assert client.cookies["sessionid"].value != "preset0preset0preset0preset0pres"


def test_forty_right_log_ins_from_one_address_within_a_minute_each_lead_inside(administrator):
    """Nothing that counts wrong passwords counts right ones."""
    for number in range(40):
        browser = Client()
        answer = log_in(browser, administrator, next=INSIDE)
        assert (number, answer.status_code, answer["Location"]) == (number, 302, INSIDE)
    assert browser.get(INSIDE).status_code == 200


def test_an_answer_that_comes_late_takes_no_new_cookie_away(client, administrator):
    log_in(client, administrator)
    before = client.cookies["sessionid"].value
    client.get("/accounts/logout/")
    of_an_open_page, ended = Client(), Session.objects.get(session_key=before)
    of_an_open_page.cookies["sessionid"] = before
    ended.delete()  # it ended: too old, or by the log-in in place

    poll = of_an_open_page.get(INSIDE, headers={"X-Poll": "peek"})
    page = of_an_open_page.get(INSIDE)

    assert [answer.status_code for answer in (poll, page)] != [200, 200]
    assert "sessionid" not in poll.cookies
    assert "sessionid" not in page.cookies


def test_who_logs_out_leaves_no_cookie(client, administrator):
    log_in(client, administrator)

    answer = client.post("/accounts/logout/")

    assert answer.cookies["sessionid"].value == ""


def test_an_old_cookie_is_dead_after_log_out(client, administrator):
    log_in(client, administrator)
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert is_in(thief)

    client.post("/accounts/logout/")

    assert not is_in(thief)
    assert "accounts.logout" in kinds()


def test_a_link_alone_logs_nobody_out(client, administrator):
    log_in(client, administrator)

    client.get("/accounts/logout/")

    assert is_in(client)


def test_a_changed_password_ends_the_other_sessions(client, administrator):
    log_in(client, administrator)
    other = Client()
    log_in(other, administrator)

    client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "seven-green-lanterns", "password2": "seven-green-lanterns"},
    )

    assert is_in(client)
    assert not is_in(other)
    assert "accounts.password.changed" in kinds()


def test_a_deactivated_user_is_refused_at_the_next_request_and_the_sessions_are_gone(client):
    leaving, staying = an_administrator(password=PASSWORD), an_administrator()
    log_in(client, leaving)
    assert is_in(client)

    actions.deactivate_user(leaving, by=staying, at=timezone.now(), reason="Left")

    assert not is_in(client)
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()
    assert not is_in(client)


def test_a_deactivated_user_cannot_log_in(client):
    leaving, staying = an_administrator(password=PASSWORD), an_administrator()
    actions.deactivate_user(leaving, by=staying, at=timezone.now(), reason="Left")

    log_in(client, leaving)

    assert not is_in(client)


def test_a_role_that_was_taken_away_is_gone_at_the_next_request(client):
    leaving, staying = an_administrator(password=PASSWORD), an_administrator()
    log_in(client, leaving)

    actions.end_grant(leaving.grants.get(), by=staying, at=timezone.now(), reason="Other duties")

    assert client.get(INSIDE).status_code == 403


def test_an_administrator_ends_all_sessions_of_a_person(client, administrator):
    other = an_administrator(password=PASSWORD)
    thief = Client()
    log_in(thief, other)
    log_in(client, administrator)

    client.post(f"/administration/users/{other.pk}/sessions/end/")

    assert not is_in(thief)
    assert is_in(client)


def test_the_way_back_leads_only_within_this_address(client, administrator):
    for elsewhere in (
        "https://evil.example/",
        "//evil.example/",
        "http:evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
    ):
        response = log_in(Client(), administrator, next=elsewhere)

        assert response["Location"] == "/"
    assert log_in(client, administrator, next=INSIDE)["Location"] == INSIDE


def aged(client: Client, **seconds_ago: int) -> None:
    session = client.session
    for name, age in seconds_ago.items():
        session[name] = int(time.time()) - age
    session.save()


@pytest.mark.parametrize(("idle_seconds", "stays"), [(15 * 60 - 30, True), (15 * 60 + 30, False)])
def test_an_idle_session_ends_after_fifteen_minutes(client, administrator, settings, idle_seconds, stays):
    settings.IDLE_MINUTES = 15
    log_in(client, administrator)
    aged(client, active_at=idle_seconds)

    assert is_in(client) is stays


def test_a_poll_does_not_keep_a_session_alive(client, administrator, settings):
    settings.IDLE_MINUTES = 15
    log_in(client, administrator)
    aged(client, active_at=14 * 60)
    before = client.session["active_at"]

    client.get(INSIDE, headers={"X-Poll": "1"})
    assert client.session["active_at"] == before

    client.get(INSIDE)
    assert client.session["active_at"] > before


def test_a_poll_of_an_ended_session_is_told_so(client, administrator, settings):
    settings.IDLE_MINUTES = 15
    log_in(client, administrator)
    aged(client, active_at=16 * 60)

    response = client.get(INSIDE, headers={"X-Poll": "1"})

    assert response.status_code == 401
    assert response.json() == {"detail": "Your session has ended. Log in again to go on."}


@pytest.mark.parametrize(("age_hours", "stays"), [(11.9, True), (12.1, False)])
def test_no_session_is_older_than_twelve_hours(client, administrator, age_hours, stays):
    log_in(client, administrator)
    aged(client, began_at=int(age_hours * 3600))

    assert is_in(client) is stays


def reset_link(client: Client, user: User, **headers: str) -> str:
    mail.outbox.clear()
    client.post("/accounts/password/reset/", {"email": user.email}, headers=headers)
    return re.search(r"https?://\S+", mail.outbox[-1].body).group()


def choose_password(client: Client, link: str, password: str):
    response = client.get(re.sub(r"^https?://[^/]+", "", link), follow=True)
    if not response.redirect_chain:
        return response
    return client.post(response.redirect_chain[-1][0], {"password1": password, "password2": password})


def test_a_new_person_chooses_the_password_by_a_link(client, administrator):
    log_in(client, administrator)
    mail.outbox.clear()
    client.post("/administration/users/add/", {"email": "new@example.org", "name": "New Person", "language": "en"})
    link = re.search(r"https?://\S+", mail.outbox[-1].body).group()

    stranger = Client()
    choose_password(stranger, link, PASSWORD)

    assert mail.outbox[0].to == ["new@example.org"]
    assert User.objects.get(email="new@example.org").check_password(PASSWORD)
    assert "accounts.password.reset" in kinds()


def test_a_reset_link_names_our_own_host_whatever_the_request_says(client, administrator, settings):
    settings.ALLOWED_HOSTS = ["testserver", "evil.example"]

    assert reset_link(client, administrator, host="evil.example").startswith(settings.SITE_ADDRESS)


def test_a_reset_link_works_once(client, administrator):
    link = reset_link(client, administrator)
    choose_password(client, link, "seven-green-lanterns")

    again = choose_password(Client(), link, "eight-green-lanterns")

    assert "This link was used already" in shown(again)
    assert User.objects.get(pk=administrator.pk).check_password("seven-green-lanterns")


@pytest.mark.parametrize(("minutes", "works"), [(59, True), (61, False)])
def test_a_reset_link_works_for_an_hour(client, administrator, minutes, works):
    link = reset_link(client, administrator)

    with time_machine.travel(time.time() + minutes * 60):
        page = client.get(re.sub(r"^https?://[^/]+", "", link), follow=True)

    assert ("This link was used already" not in shown(page)) is works


def test_a_reset_link_is_dead_after_a_log_in(client, administrator):
    link = reset_link(client, administrator)

    log_in(client, administrator)

    assert "This link was used already" in shown(Client().get(re.sub(r"^https?://[^/]+", "", link)))


def test_asking_for_a_link_tells_nobody_whether_there_is_an_account(client, administrator):
    known = client.post("/accounts/password/reset/", {"email": administrator.email}, follow=True)
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)

    assert shown(known).split("<main")[1] == shown(unknown).split("<main")[1]


@pytest.mark.parametrize(
    ("password", "accepted"),
    [
        ("elevenchar1", False),
        ("twelve chars", True),
        ("绿色灯笼挂在安静的果园里很久", True),
        ("long " * 25 + "end", True),
        ("123456789012", False),
        ("q1w2e3r4t5y6", False),
    ],
)
def test_a_password_is_long_and_not_known_and_needs_no_signs(client, administrator, password, accepted):
    choose_password(client, reset_link(client, administrator), password)

    assert User.objects.get(pk=administrator.pk).check_password(password) is accepted


def test_a_reset_lifts_the_lock_out_of_whoever_owns_the_mailbox(client, administrator):
    for _attempt in range(5):
        log_in(client, administrator, password="a wrong password")

    choose_password(client, reset_link(client, administrator), "seven-green-lanterns")
    log_in(client, administrator, password="seven-green-lanterns")

    assert is_in(client)


def with_second_factor(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def test_the_secret_of_a_second_factor_is_not_stored_as_it_is(administrator):
    secret = with_second_factor(administrator)

    assert secret not in str(Authenticator.objects.get(user=administrator).data)


def test_a_password_alone_shows_only_the_page_of_the_second_factor(client, administrator):
    with_second_factor(administrator)

    response = log_in(client, administrator)

    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    for path in (INSIDE, "/", f"/administration/users/{administrator.pk}/"):
        assert client.get(path)["Location"].startswith(LOGIN)
    assert "accounts.login.succeeded" not in kinds()


def test_the_second_factor_lets_in_and_changes_the_session_key(client, administrator):
    secret = with_second_factor(administrator)
    log_in(client, administrator)
    before = client.cookies["sessionid"].value

    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert is_in(client)
    assert client.cookies["sessionid"].value != before


def test_a_wrong_second_factor_is_refused_and_recorded(client, administrator):
    with_second_factor(administrator)
    log_in(client, administrator)

    client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    assert not is_in(client)
    assert "accounts.second_factor.failed" in kinds()


def test_a_reset_keeps_the_second_factor(client, administrator):
    with_second_factor(administrator)

    choose_password(client, reset_link(client, administrator), "seven-green-lanterns")
    log_in(client, administrator, password="seven-green-lanterns")

    assert not is_in(client)


def test_a_role_can_be_made_to_have_a_second_factor(client, administrator, settings):
    settings.EDC_MFA_ROLES = ["administrator"]
    log_in(client, administrator)

    page = client.get(INSIDE)
    asked_as_json = client.get(INSIDE, headers={"Accept": "application/json"})

    assert page["Location"] == "/accounts/2fa/"
    assert client.get("/accounts/2fa/").status_code == 200
    assert asked_as_json.status_code == 403
    assert asked_as_json.json() == {"detail": "Your role needs a second factor. Set it up first."}


def test_a_role_that_is_not_named_may_do_without(client, settings):
    settings.EDC_MFA_ROLES = ["administrator"]
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, a_site(), password=PASSWORD)

    log_in(client, lead)

    assert is_in(client)


def test_a_second_factor_that_is_set_up_opens_the_house_again(client, administrator, settings):
    settings.EDC_MFA_ROLES = ["all"]
    secret = with_second_factor(administrator)
    log_in(client, administrator)

    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert is_in(client)


@pytest.mark.parametrize(
    "path", ["/accounts/signup/", "/accounts/email/", "/accounts/confirm-email/", "/accounts/login/code/confirm/"]
)
def test_what_we_do_not_offer_does_not_exist(client, administrator, path):
    log_in(client, administrator)

    assert client.get(path).status_code == 404
    assert client.post(path, {"email": "new@example.org"}).status_code == 404


def test_a_request_without_its_token_is_refused(administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)

    response = client.post("/administration/sites/add/", {"code": "X1"})

    assert response.status_code == 403


def test_no_page_is_kept_by_the_browser(client, administrator):
    log_in(client, administrator)

    for path in (INSIDE, "/administration/nowhere/", LOGIN):
        assert client.get(path)["Cache-Control"] == "no-store"


def test_a_page_says_nothing_inline_and_cannot_be_framed(client, administrator):
    log_in(client, administrator)
    policy = client.get(INSIDE)["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_chosen_language_stays_with_the_account(client, administrator):
    log_in(client, administrator)

    client.post("/language/", {"language": "zh-hans", "next": INSIDE})

    assert User.objects.get(pk=administrator.pk).language == "zh-hans"
    assert client.get(INSIDE)["Content-Language"] == "zh-hans"


def test_a_language_that_does_not_exist_changes_nothing(client, administrator):
    log_in(client, administrator)

    client.post("/language/", {"language": "xx", "next": "https://evil.example/"})

    assert User.objects.get(pk=administrator.pk).language == "en"
