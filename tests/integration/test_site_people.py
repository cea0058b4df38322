"""Who worked at a site on a day, with tasks and trainings; and the review of who has access."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.models import AccessReview, Delegation, Site, User
from accounts.site_people import reviewed
from audit.decision import Refusal
from audit.door import as_actor
from desk.selectors.waiting import Asking
from desk.selectors.work import work_of
from protocol.assumptions import ACCESS_REVIEW_DAYS
from protocol.roles import Role
from tests.people import a_site, a_user, an_administrator, principal_investigator, set_up, somebody
from tests.rehearsal_ground import taken_back

ONE_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def site(module_db: str) -> Site:
    site = a_site()
    a_user(Role.COORDINATOR, site)
    return site


@pytest.fixture(autouse=True)
def _taken_back(site: Site):
    with taken_back():
        yield


@pytest.fixture
def lead(site: Site) -> User:
    return principal_investigator(site)


def page(user: User, site: Site, name: str = "site-people", **query: str):
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, args=[site.code]), query)


def test_the_list_as_at_a_day_names_people_tasks_and_trainings(site, lead):
    late = a_user(Role.SUB_INVESTIGATOR, site)
    held = Delegation.objects.filter(user=late).first()
    actions.end_delegation(held, by=lead, at=timezone.now(), on=held.from_on, reason="Moved")

    shown = page(lead, site).content.decode()
    assert late.name in shown
    rows = page(lead, site, "site-people-csv").content.decode().splitlines()
    tasks = [row for row in rows if row.startswith(late.name) and ",Task," in row]
    assert len(tasks) == Delegation.objects.filter(user=late).count() - 1
    assert any(",Training," in row for row in rows if row.startswith(late.name))

    yesterday = (timezone.now() - 2 * ONE_DAY).date()
    assert late.name not in page(lead, site, on=yesterday.isoformat()).content.decode()


def test_the_list_costs_the_same_for_any_number_of_people(site, lead):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            page(lead, site)
        return len(found)

    cost()
    before = cost()
    for _ in range(3):
        a_user(Role.SURGEON, site)
    assert cost() == before


def test_a_review_is_due_so_many_days_after_the_first_role_and_then_after_the_last_review(site, lead):
    at = timezone.now()
    [first] = reviewed([site], at=at)
    last_day = timedelta(days=ACCESS_REVIEW_DAYS)
    assert (first.last, first.is_overdue) == (None, False)
    assert not reviewed([site], at=at + last_day)[0].is_overdue
    assert reviewed([site], at=at + last_day + ONE_DAY)[0].is_overdue

    actions.review_access(site, by=lead, at=at, findings="Nobody has more than their work needs.")
    [second] = reviewed([site], at=at)
    assert second.due_on == at.astimezone(site.zone).date() + last_day
    assert AccessReview.objects.get().people >= 2


def test_an_overdue_review_waits_on_the_home_page_of_who_must_do_it_and_of_nobody_else(site, lead):
    late = timezone.now() + timedelta(days=ACCESS_REVIEW_DAYS) + ONE_DAY

    def waits(user: User, at=late) -> list[tuple[int, list[str]]]:
        with as_actor(user):
            found = work_of(Asking(user, [site], at))
        works = [work for work in found if work.title == "Reviews of access overdue"]
        return [(work.count, [line.subject for line in work.lines]) for work in works]

    assert waits(lead) == [(1, [site.code])]
    assert waits(lead, late - ONE_DAY) == [(0, [])]
    [(count, _codes)] = waits(an_administrator())
    assert count >= 1
    assert waits(a_user(Role.COORDINATOR, site)) == []


def test_a_review_says_what_it_found_and_is_the_leads_or_an_administrators(site, lead):
    with pytest.raises(Refusal, match="Say what the review found"):
        actions.review_access(site, by=lead, at=timezone.now(), findings=" ")
    with pytest.raises(Refusal, match="delegate tasks at one's site"):
        actions.review_access(site, by=a_user(Role.MONITOR, site), at=timezone.now(), findings="None")

    assert actions.review_access(site, by=an_administrator(), at=timezone.now(), findings="None").pk


def test_a_review_is_recorded_on_the_page(site, lead):
    client = Client()
    client.force_login(lead)
    address = reverse("access-review", args=[site.code])

    assert client.post(address, {"findings": ""}).status_code == 400
    done = client.post(address, {"findings": "One role to end"}, follow=True).content.decode()
    assert "One role to end" in done


def test_a_person_without_a_role_here_is_not_listed(site, lead):
    stranger = somebody("Nobody Here")
    actions.give_grant(stranger, by=set_up(), at=timezone.now(), role=Role.COORDINATOR, site=a_site())

    assert "Nobody Here" not in page(lead, site).content.decode()
