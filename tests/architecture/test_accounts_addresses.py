"""Every address declares what it asks for, and is tried: as nobody, as the wrong role, at another site, as the right role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from accounts.models import Delegation, Site, User
from accounts.roles import ROLES, TRIAL_ROLES
from accounts.system import system_actor
from audit.acting import acting, as_actor
from audit.models import Event
from casebook import actions
from casebook.actions.files import bring_file
from casebook.actions.monitoring import open_visit
from casebook.files.cleaning import cleaned
from casebook.models import File, Form, ImportBatch, MonitoringVisit, Query, Subject
from eligibility.actions.screening import add_line
from eligibility.models import ScreeningLine
from followup.actions.deviations import follow_deviations
from followup.actions.safety import follow_signs
from followup.deviations import Found
from followup.models import Deviation, RelapseSign
from followup.safety_signs import Seen
from followup.states import DeviationKind, SignKind
from protocol.roles import Role
from protocol.words import Sentence
from tests import casebook_ground
from tests.files_ground import a_png
from tests.import_ground import a_prepared_import
from tests.people import LONG_AGO, a_site, a_user, principal_investigator
from tests.permissions_table import ADDRESSES, SHUT, Address
from trial_edc.gates import declared, is_public

INSIDE = [address for address in ADDRESSES if address.needs is not None]
GUARDED = [address for address in INSIDE if address.needs]
OF_A_SITE = [address for address in GUARDED if address.about]
# Administration is the whole trial's: its holder works for no site, so there is no other one.
OF_THE_TRIAL = TRIAL_ROLES


@dataclass(frozen=True)
class Ground:
    """One site with a row of every kind."""

    site: Site
    coordinator: User
    subject: Subject
    form: Form
    query: Query
    monitoring: MonitoringVisit
    file: File
    batch: ImportBatch
    sign: RelapseSign
    deviation: Deviation
    line: ScreeningLine

    def key(self, about: str) -> dict[str, object]:
        """Return the part of an address that names this site's row."""
        named = {
            "": {},
            "site": {"code": self.site.code},
            "subject": {"subject_id": self.subject.pk},
            "form": {"form_id": self.form.pk},
            "visit": {"visit_id": self.form.visit_id},
            "query": {"query_id": self.query.pk},
            "monitoring": {"monitoring_id": self.monitoring.pk},
            "file": {"file_id": self.file.pk},
            "batch": {"batch_id": self.batch.pk},
            "sign": {"sign_id": self.sign.pk},
            "screening line": {"line_id": self.line.pk},
            "deviation": {"deviation_id": self.deviation.pk},
            "user": {"user_id": self.coordinator.pk},
            "grant": {"grant_id": self.coordinator.grants.get().pk},
            "delegation": {"delegation_id": Delegation.objects.filter(user=self.coordinator).first().pk},
        }
        return named[about]


def a_ground() -> Ground:
    site = a_site()
    coordinator, monitor = a_user(Role.COORDINATOR, site), a_user(Role.MONITOR, site)
    subject = casebook_ground.a_subject(coordinator)
    form = casebook_ground.the_form(subject, "DM", by=coordinator)
    casebook_ground.complete(form, casebook_ground.DEMOGRAPHY, by=coordinator)
    form = casebook_ground.again(form, by=coordinator)
    query = actions.open_query(
        form, by=monitor, at=timezone.now(), path="birth_date", text="Is this the day of the source?"
    )
    sign, deviation = what_waits_in_safety(form, coordinator)
    told = {"assessed_on": LONG_AGO, "outcome": "declined", "reason": "Not given"}
    line = add_line(site, by=coordinator, at=timezone.now(), **told)
    file = bring_file(
        form, by=coordinator, at=timezone.now(), brought=cleaned(a_png()), title="Picture of the source", looked=True
    )
    today = timezone.now().astimezone(site.zone).date()
    visit = open_visit(site, by=monitor, at=timezone.now(), kind="remote", began_on=today)
    return Ground(site, coordinator, subject, form, query, visit, file, a_prepared_import(site), sign, deviation, line)


def what_waits_in_safety(form: Form, by: User) -> tuple[RelapseSign, Deviation]:
    """Return a sign of relapse and a deviation, as a change of the record raises them."""
    subject, at = form.subject, timezone.now()
    seen = Seen(kind=SignKind.SUSPECTED, form=str(form.pk), on=at.date(), imaged=False)
    follow_signs(subject, by=by, at=at, seen=[seen])
    found = Found(kind=DeviationKind.MISSED, occurred_on=at.date(), sentence=Sentence("Month 1 was missed."))
    follow_deviations(subject, by=by, at=at, found=[found], kinds=[found.kind])
    with as_actor(by):
        return RelapseSign.objects.get(subject=subject), Deviation.objects.get(subject=subject)


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
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    path = path_of(address, ground)
    with connection.execute_wrapper(demand_actor):
        return client.post(path, dict(address.sends)) if address.post else client.get(path)


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
    wrong = [role for role in Role if not ROLES[role] & set(address.needs)]
    before = last_event() if wrong else 0

    for role in wrong:
        user = member(role, here.site)
        before = last_event()
        assert asked(address, here, user).status_code == 403, role
        assert last_event() == before


@pytest.mark.parametrize("address", OF_A_SITE, ids=lambda address: address.name)
def test_what_belongs_to_another_site_does_not_exist(address, here, elsewhere, member):
    right = [role for role in Role if ROLES[role] & set(address.needs) and role not in OF_THE_TRIAL]

    for role in right:
        user = member(role, here.site)
        before = last_event()
        assert asked(address, elsewhere, user).status_code == 404, role
        assert last_event() == before


@pytest.mark.parametrize("address", GUARDED, ids=lambda address: address.name)
def test_the_right_role_comes_in(address, here, member):
    role = next(role for role in Role if ROLES[role] & set(address.needs))

    response = asked(address, here, member(role, here.site))

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
