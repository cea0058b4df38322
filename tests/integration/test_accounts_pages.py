"""The administration pages: what they show, what they refuse, and in which words."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.models import Delegation, Grant, Site, SiteProtocol, Training, User
from audit.acting import as_actor
from audit.models import Event
from protocol.roles import Role
from tests.people import a_site, a_user, an_administrator, principal_investigator, set_up, somebody

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-orchard-lantern-7"


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(response) -> str:
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def last_event() -> int | None:
    with as_actor(set_up()):
        return Event.objects.exclude(stream="log-in").order_by("-id").values_list("id", flat=True).first()


def test_an_administrator_adds_a_person_and_gives_a_role():
    site, client = a_site(), as_user(an_administrator())

    client.post("/administration/users/add/", {"email": "new@example.org", "name": "New Person", "language": "en"})
    person = User.objects.get(email="new@example.org")
    client.post(f"/administration/users/{person.pk}/roles/", {"role": "coordinator", "site": site.pk})

    page = client.get(f"/administration/users/{person.pk}/")
    assert person.grants.get().site == site
    assert "Coordinator" in shown(page)


def test_an_administrator_adds_a_site_and_sets_its_protocol():
    client = as_user(an_administrator())

    client.post(
        "/administration/sites/add/",
        {"code": "N1", "name": "New site", "time_zone": "Asia/Shanghai", "country": "CN", "counts": "on"},
    )
    client.post("/administration/sites/N1/protocol/", {"version": "1.0", "effective_on": "2025/3/31"})

    assert Site.objects.get(code="N1").counts
    assert SiteProtocol.objects.get(site__code="N1").effective_on.isoformat() == "2025-03-31"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("time_zone", "Middle/Earth", "Middle/Earth is not a time zone; write one such as Asia/Shanghai."),
        ("code", "N 1", "Enter a valid “slug”"),
        ("name", "", "This field is required."),
    ],
)
def test_a_site_with_a_wrong_field_is_shown_again_with_what_was_typed(field, value, sentence):
    typed = {"code": "N1", "name": "A long name", "time_zone": "Asia/Shanghai", field: value}

    response = as_user(an_administrator()).post("/administration/sites/add/", typed)

    assert response.status_code == 400
    assert sentence in shown(response)
    assert "A long name" in shown(response) or field == "name"
    assert not Site.objects.filter(code="N1").exists()


def test_a_refusal_is_a_page_with_its_sentence_and_changes_nothing():
    administrator = an_administrator()

    response = as_user(administrator).post(
        f"/administration/users/{administrator.pk}/roles/", {"role": "data manager", "site": ""}
    )

    assert response.status_code == 409
    assert "You cannot change your own roles. Ask another administrator to do it." in shown(response)
    assert administrator.grants.count() == 1


def test_a_refusal_is_json_for_whoever_asks_for_json():
    administrator = an_administrator()

    response = as_user(administrator).post(
        f"/administration/users/{administrator.pk}/roles/",
        {"role": "data manager"},
        headers={"Accept": "application/json"},
    )

    assert response.status_code == 409
    assert response.json() == {"detail": "You cannot change your own roles. Ask another administrator to do it."}


def test_a_refusal_is_said_in_the_language_of_the_reader_and_the_page_too():
    administrator = an_administrator()
    actions.choose_language(administrator, by=administrator, at=timezone.now(), language="zh-hans")

    response = as_user(administrator).get("/administration/")

    assert response["Content-Language"] == "zh-hans"
    assert 'lang="zh-Hans"' in shown(response)


@pytest.mark.parametrize(
    "path", ["users/add/", "users/{user}/roles/", "users/{user}/deactivate/", "sites/add/", "sites/{site}/change/"]
)
def test_a_coordinator_cannot_change_roles_or_sites(path):
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site)
    before = last_event()

    address = "/administration/" + path.format(user=coordinator.pk, site=site.code)
    response = as_user(coordinator).post(address, {"role": "data manager", "name": "Mine", "reason": "Because"})

    assert response.status_code == 403
    assert last_event() == before
    assert [grant.role for grant in Grant.objects.filter(user=coordinator)] == ["coordinator"]


@pytest.mark.parametrize("field", ["is_active", "is_system", "password", "granted_by", "id", "site_id"])
def test_a_field_the_form_does_not_have_is_refused_by_name(field):
    client, before = as_user(an_administrator()), last_event()

    response = client.post(
        "/administration/users/add/",
        {"email": "new@example.org", "name": "New", "language": "en", field: "true"},
    )

    assert response.status_code == 400
    assert f"it came twice: {field}. Nothing was saved." in shown(response)
    assert not User.objects.filter(email="new@example.org").exists()
    assert last_event() == before


def test_a_field_that_comes_twice_is_refused_by_name():
    person = somebody()

    response = as_user(an_administrator()).post(
        f"/administration/users/{person.pk}/roles/", {"role": ["monitor", "administrator"]}
    )

    assert response.status_code == 400
    assert "role" in shown(response)
    assert not person.grants.exists()


def test_a_button_that_is_grey_says_why():
    administrator = an_administrator()

    page = shown(as_user(administrator).get(f"/administration/users/{administrator.pk}/"))

    assert "You cannot deactivate your own account. Ask another administrator to do it." in page
    assert "You cannot change your own roles. Ask another administrator to do it." in page


def test_a_monitor_reads_who_may_do_what_and_changes_nothing():
    site = a_site()
    coordinator, monitor = a_user(Role.COORDINATOR, site), a_user(Role.MONITOR, site)

    page = shown(as_user(monitor).get(f"/administration/users/{coordinator.pk}/"))

    assert coordinator.email in page
    assert 'name="role"' not in page
    assert "Your role does not include this: administer users, roles and sites." in page


def test_people_of_another_site_do_not_exist_for_a_principal_investigator():
    here, elsewhere = a_site(), a_site()
    other = a_user(Role.READER, elsewhere)
    client = as_user(principal_investigator(here))

    assert client.get(f"/administration/users/{other.pk}/").status_code == 404
    assert client.get(f"/administration/sites/{elsewhere.code}/").status_code == 404
    assert other.name not in shown(client.get("/administration/"))


def test_the_list_at_a_date_leaves_out_who_came_later():
    person = somebody("Newcomer of Today")
    client = as_user(an_administrator())

    assert person.name in shown(client.get("/administration/"))
    assert person.name not in shown(client.get("/administration/?on=2020-01-01"))


def delegation_of(site: Site, person: User, **typed: str) -> dict[str, str]:
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    return {"to": str(person.pk), "task": "consent", "from_on": tomorrow, **typed}


def test_a_delegation_is_not_signed_for_days_that_are_past():
    site = a_site()
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, site, password=PASSWORD)
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)
    typed = delegation_of(site, coordinator, from_on="2025-03-31", email=lead.email, password=PASSWORD)

    response = as_user(lead).post(f"/administration/sites/{site.code}/delegations/", typed)

    assert "A delegation begins on the day it is signed or later." in shown(response)
    assert not Delegation.objects.exists()


def test_a_training_still_to_come_is_refused_on_the_page():
    person = somebody()
    typed = {"role": "monitor", "protocol_version": "1.0", "trained_on": "2099-03-31"}

    response = as_user(an_administrator()).post(f"/administration/users/{person.pk}/trainings/", typed)

    assert "2099" in shown(response)
    assert "is still to come. Correct the day." in shown(response)


def test_a_role_without_a_work_list_is_not_taken_for_no_role():
    said = shown(as_user(a_user(Role.RANDOMIZATION_MANAGER)).get("/"))

    assert "You have no role yet" not in said
    assert "Nothing waits for you. Whenever somebody asks that a sealed list be opened" in said


def test_wrong_passwords_of_one_person_leave_room_for_others_behind_the_same_address(settings):
    assert settings.ACCOUNT_RATE_LIMITS["login_failed"] == "20/m/ip,5/15m/key"


def test_a_principal_investigator_delegates_with_address_and_password():
    site = a_site()
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, site, password=PASSWORD)
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)

    response = as_user(lead).post(
        f"/administration/sites/{site.code}/delegations/",
        delegation_of(site, coordinator, email=lead.email, password=PASSWORD),
    )

    assert response.status_code == 302
    assert Delegation.objects.get().user == coordinator


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("", PASSWORD, "The first signature after logging in needs your own e-mail address and your password."),
        (
            "other@example.org",
            PASSWORD,
            "The first signature after logging in needs your own e-mail address and your password.",
        ),
        (None, "a wrong password", "This is not your password; type it again. Nothing was signed."),
    ],
)
def test_a_signature_needs_both_parts_of_its_signer(email, password, sentence):
    site = a_site()
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, site, password=PASSWORD)
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)

    response = as_user(lead).post(
        f"/administration/sites/{site.code}/delegations/",
        delegation_of(site, coordinator, email=lead.email if email is None else email, password=password),
    )

    assert response.status_code == 409
    assert sentence in shown(response)
    assert (timezone.now() + timedelta(days=1)).date().isoformat() in shown(response)  # what was typed stays
    assert not Delegation.objects.exists()


def test_a_failed_signature_is_recorded_though_nothing_was_signed():
    site = a_site()
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, site, password=PASSWORD)
    coordinator = a_user(Role.COORDINATOR, site, delegated=False)

    as_user(lead).post(
        f"/administration/sites/{site.code}/delegations/",
        delegation_of(site, coordinator, email=lead.email, password="a wrong password"),
    )

    with as_actor(set_up()):
        assert Event.objects.filter(kind="accounts.login.failed").count() == 1


def test_the_second_signature_of_a_session_needs_the_password_alone():
    site = a_site()
    lead = a_user(Role.PRINCIPAL_INVESTIGATOR, site, password=PASSWORD)
    coordinator, client = a_user(Role.COORDINATOR, site, delegated=False), as_user(lead)
    address = f"/administration/sites/{site.code}/delegations/"
    client.post(address, delegation_of(site, coordinator, email=lead.email, password=PASSWORD))

    client.post(address, delegation_of(site, coordinator, task="randomize", password=PASSWORD))

    assert Delegation.objects.count() == 2


def test_a_delegation_is_taken_back_on_the_log():
    site = a_site()
    coordinator = a_user(Role.COORDINATOR, site)
    delegation = Delegation.objects.filter(user=coordinator).first()
    client = as_user(principal_investigator(site))

    client.post(f"/administration/delegations/{delegation.pk}/end/", {"reason": "Left the site"})

    delegation.refresh_from_db()
    assert delegation.ended_at is not None
    assert "Ended by" in shown(client.get(f"/administration/sites/{site.code}/delegations/"))


def test_a_training_is_recorded_on_the_page_of_the_person():
    person = somebody()

    as_user(an_administrator()).post(
        f"/administration/users/{person.pk}/trainings/",
        {"role": "monitor", "protocol_version": "1.0", "trained_on": "20250331"},
    )

    assert Training.objects.get(user=person).trained_on.isoformat() == "2025-03-31"


def test_the_list_of_people_costs_the_same_for_two_and_for_twelve(django_assert_max_num_queries):
    site, client = a_site(), as_user(an_administrator())
    for _person in range(12):
        a_user(Role.READER, site, trained=False, delegated=False)

    with django_assert_max_num_queries(16):
        client.get("/administration/")


def test_who_is_deactivated_is_sent_no_link_to_choose_a_password():
    administrator = an_administrator()
    person, client = a_user(Role.COORDINATOR, a_site()), as_user(administrator)
    address, label = f"/administration/users/{person.pk}/", "Send the link to choose a password"
    assert label in shown(client.get(address))

    actions.deactivate_user(person, by=administrator, at=timezone.now(), reason="Left")

    assert label not in shown(client.get(address))
    refused = client.post(f"{address}invite/")
    assert refused.status_code == 409
    assert f"The account of {person.name} is deactivated: no link is sent. Reactivate it first." in shown(refused)
    assert not mail.outbox
