"""What a page names in its body is found as what it names in its address is: a row of another site is not there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from protocol.roles import Role
from tests.addresses_ground import Ground, a_ground
from tests.architecture.test_accounts_addresses import last_event
from tests.people import a_user, principal_investigator


def bodies(ground: Ground) -> dict[str, tuple[Role, dict[str, object]]]:
    """Return by address who posts it, and what it sends of the rows of a site."""
    site, form, day = ground.site, ground.form, (timezone.now() - timedelta(days=30)).date().isoformat()
    assessed = {"assessed_on": day, "outcome": "declined", "reason": "Not given"}
    version = {"version": "9.1", "approved_on": day, "effective_on": day, "reconsent": "nobody"}
    return {
        "queries-close": (Role.MONITOR, {"query": ground.query.pk}),
        "reviews-mark": (Role.DATA_MANAGER, {"form": f"{form.pk}:{form.version}"}),
        "monitoring-open": (Role.MONITOR, {"site": site.pk, "kind": "remote", "began_on": day}),
        "source-note": (Role.COORDINATOR, {"site": site.pk, "crf": "DM", "place": "Ward", "since": day}),
        "screening-add": (Role.COORDINATOR, {"site": site.pk, **assessed}),
        "consent-form-add": (Role.PRINCIPAL_INVESTIGATOR, {"site": site.pk, **version}),
        "locks": (Role.DATA_MANAGER, {f"lock.{form.pk}": "on", "act": "freeze"}),
    }


NAMES = (
    "queries-close",
    "reviews-mark",
    "monitoring-open",
    "source-note",
    "screening-add",
    "consent-form-add",
    "locks",
)


@pytest.fixture(scope="module")
def here(module_db) -> Ground:
    return a_ground()


@pytest.fixture(scope="module")
def elsewhere(module_db) -> Ground:
    return a_ground()


def posted(name: str, user: User, body: dict[str, object]):
    client = Client()
    client.force_login(user)
    return client.post(reverse(name), body)


def somebody(role: Role, ground: Ground) -> User:
    return principal_investigator(ground.site) if role == Role.PRINCIPAL_INVESTIGATOR else a_user(role, ground.site)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_body_names_of_another_site_stays_as_it_is(name, here, elsewhere):
    role, body = bodies(elsewhere)[name]
    user = somebody(role, here)
    before = last_event()

    response = posted(name, user, body)

    assert response.status_code in {302, 400, 404}
    assert last_event() == before


@pytest.mark.parametrize("name", [name for name in NAMES if name != "queries-close"])
def test_the_same_body_does_something_at_its_own_site(name, here):
    role, body = bodies(here)[name]
    user = somebody(role, here)
    before = last_event()

    assert posted(name, user, body).status_code == 302
    assert last_event() > before
