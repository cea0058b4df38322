"""Every address declares what it asks for, and is tried: as nobody, as the wrong role, at another site, as the right role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from accounts.models import Site, User
from accounts.roles import ROLES, TRIAL_ROLES
from accounts.system import system_actor
from audit.acting import acting, as_actor
from audit.models import Event
from casebook.models import Subject
from protocol.roles import Role
from tests.addresses_ground import Ground, a_ground
from tests.people import a_user, principal_investigator
from tests.permissions_table import ADDRESSES, SHUT, Address
from trial_edc.gates import declared, is_public

INSIDE = [address for address in ADDRESSES if address.needs is not None]
GUARDED = [address for address in INSIDE if address.needs]
OF_ALL_SITES = ("laboratory", "range")
OF_A_SITE = [address for address in GUARDED if address.about and address.about not in OF_ALL_SITES]
# What nobody but its author finds, not even at the same site.
OF_ONE_PERSON = [address for address in INSIDE if address.about in ("draft", "filter", "token")]
# Administration is the whole trial's: its holder works for no site, so there is no other one.
OF_THE_TRIAL = TRIAL_ROLES


@pytest.fixture(scope="module")
def here(module_db) -> Ground:
    return a_ground()


@pytest.fixture(scope="module")
def elsewhere(module_db) -> Ground:
    return a_ground()


@pytest.fixture(scope="module")
def member(module_db):
    """Return a function that gives the person with a role at a site, always the same one."""

    @cache
    def of(role: Role, site: Site) -> User:
        if role == Role.PRINCIPAL_INVESTIGATOR:
            return principal_investigator(site)
        return a_user(role, None if role in TRIAL_ROLES else site)

    return of


def path_of(address: Address, ground: Ground) -> str:
    return reverse(address.name, kwargs={**ground.key(address.about), **dict(address.also)})


def asked(address: Address, ground: Ground, user: User | None = None):
    client = logged_in(user)
    path = path_of(address, ground)
    with connection.execute_wrapper(demand_actor):
        response = (
            client.post(path, {**dict(address.sends), **ground.sends(address.about)})
            if address.post
            else client.get(path)
        )
    if user is not None and response.status_code in {403, 404}:  # whoever was refused is where they were before
        _refused.setdefault(user, client)
    return response


# The browsers of people whom every page refused until now: a log-in costs more than most refusals.
_refused: dict[User, Client] = {}


def logged_in(user: User | None) -> Client:
    """Return a browser in which the person, if any, is logged in and has done nothing yet."""
    if user is not None and (waiting := _refused.pop(user, None)):
        return waiting
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


class NobodyActs(AssertionError):
    """A page asked for rows behind the wall between sites while nobody was acting: it would have seen none."""


def demand_actor(execute, sql, params, many, context):
    if acting() is None and any(f'"{table}"' in sql for table in walled_tables()):
        raise NobodyActs(sql)
    return execute(sql, params, many, context)


@cache
def walled_tables() -> frozenset[str]:
    """Return the tables whose rows are seen by site."""
    with closing(connection.copy()) as beside, beside.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_policies WHERE policyname = 'sites'")
        return frozenset(name for (name,) in cursor.fetchall())


def last_event() -> int:
    with as_actor(system_actor("seal")):
        return Event.objects.exclude(stream="log-in").order_by("-id").values_list("id", flat=True).first()


def walked(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walked(pattern.url_patterns)
        else:
            yield pattern


def test_every_address_stands_in_the_table():
    named = {address.name for address in ADDRESSES} | set(SHUT) | {None}

    assert {pattern.name for pattern in walked(get_resolver().url_patterns)} - named == set()


def test_every_address_declares_what_the_table_says():
    table = {address.name: address.needs for address in ADDRESSES}
    for pattern in walked(get_resolver().url_patterns):
        if pattern.name not in table:
            continue
        match = type("Match", (), {"func": pattern.callback, "url_name": pattern.name})()
        says = None if is_public(pattern.callback) else declared(match)
        assert says == table[pattern.name], pattern.name


@pytest.mark.parametrize("name", SHUT)
def test_what_is_shut_resolves_to_nothing(name):
    keys = {"account_confirm_email": {"key": "x"}}

    match = resolve(reverse(name, kwargs=keys.get(name, {})))

    assert match.func.__name__ == "shut"


@pytest.mark.parametrize("address", INSIDE, ids=lambda address: address.name)
def test_nobody_comes_in_without_log_in(address, here):
    before = last_event()

    response = asked(address, here)

    assert response.status_code in {302, 401}
    assert response.status_code == 401 or response["Location"].startswith("/accounts/login/")
    assert last_event() == before


@pytest.mark.parametrize("address", GUARDED, ids=lambda address: address.name)
def test_a_role_without_the_permission_is_refused(address, here, member):
    wrong = {role: member(role, here.site) for role in Role if not ROLES[role] & set(address.needs)}
    before = last_event() if wrong else 0

    for role, user in wrong.items():
        assert asked(address, here, user).status_code == 403, role
        assert last_event() == before


@pytest.mark.parametrize("address", OF_A_SITE, ids=lambda address: address.name)
def test_what_belongs_to_another_site_does_not_exist(address, here, elsewhere, member):
    right = [role for role in Role if ROLES[role] & set(address.needs) and role not in OF_THE_TRIAL]
    members = {role: member(role, here.site) for role in right}
    before = last_event() if members else 0

    for role, user in members.items():
        assert asked(address, elsewhere, user).status_code == 404, role
        assert last_event() == before


@pytest.mark.parametrize("address", OF_ONE_PERSON, ids=lambda address: address.name)
def test_what_is_ones_own_does_not_exist_for_others(address, here, member):
    before = last_event()

    assert asked(address, here, member(Role.COORDINATOR, here.site)).status_code == 404
    assert last_event() == before


@pytest.mark.parametrize("address", GUARDED, ids=lambda address: address.name)
def test_the_right_role_comes_in(address, here, member):
    role = next(role for role in Role if ROLES[role] & set(address.needs))

    user = here.coordinator if address in OF_ONE_PERSON else member(role, here.site)
    response = asked(address, here, user)

    assert response.status_code not in {401, 403, 404, 405}
    assert response.status_code < 500
    if response.status_code == 302:
        assert not response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("address", INSIDE, ids=lambda address: address.name)
def test_no_address_fails_for_whoever_is_logged_in(address, here, member):
    assert asked(address, here, member(Role.READER, here.site)).status_code < 500


def test_a_page_that_reads_without_an_actor_would_be_found(here):
    with pytest.raises(NobodyActs), connection.execute_wrapper(demand_actor):
        Subject.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_everyone_has_a_home_page(role, here, member):
    assert asked(Address("home", ()), here, member(role, here.site)).status_code == 200


# What a script asks for, and the switches that stand on every page, have no page of their own.
WITHOUT_A_PAGE = {"form-peek", "form-draft", "filter-save", "filter-forget", "set_language"}
SENT_TO = [address for address in ADDRESSES if address.post and address.name not in WITHOUT_A_PAGE]


@pytest.mark.parametrize("address", SENT_TO, ids=lambda address: address.name)
def test_whoever_only_comes_to_what_a_form_sends_to_is_led_to_its_page(address, here, member):
    role = next(role for role in Role if not address.needs or ROLES[role] & set(address.needs))
    client = logged_in(here.coordinator if address in OF_ONE_PERSON else member(role, here.site))

    response = client.get(path_of(address, here))

    assert response.status_code in {200, 302}
    if response.status_code == 302:
        page = resolve(urlsplit(response["Location"]).path)
        senders = [each for each in Role if not address.needs or ROLES[each] & set(address.needs)]
        assert [each for each in senders if declared(page) and not ROLES[each] & set(declared(page))] == []
