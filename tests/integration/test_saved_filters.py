"""Filters of lists, kept by one person under a name; and the way to a subject by a part of its number."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts import filters
from accounts.models import SavedFilter
from audit.door import as_actor
from desk.middleware import LISTS as LISTS_THAT_KEEP
from protocol.roles import Role
from tests.casebook_ground import a_coordinator, a_data_manager, a_subject
from tests.integration.test_entry_pages import browser_of, text_of
from tests.people import a_user

pytestmark = pytest.mark.django_db
QUERY = "stage=screening&order=newest"
LISTS = [
    "subjects", "eligibility-board", "visits", "queries", "comments", "safety-deviations", "safety-events", "audit-events",
    "screening-log", "consent-forms", "source-list", "visit-calendar", "report/flow",
]  # fmt: skip


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def page(coordinator):
    return browser_of(coordinator)


def saved(page, *, name="New ones", query=QUERY, of="subjects"):
    return page.post(reverse("filter-save"), {"list": of, "name": name, "query": query}, follow=True)


def kept_by(user) -> list[SavedFilter]:
    with as_actor(user):
        return list(SavedFilter.objects.order_by("name"))


@pytest.mark.parametrize("name", sorted(LISTS_THAT_KEEP))
def test_a_list_comes_back_as_it_was_narrowed_until_that_is_cleared(name):
    page, address = browser_of(a_data_manager()), reverse(name)
    assert page.get(address).status_code == 200

    page.get(address, {"size": "25", "site": "0", "number": "", "page": "2"})
    back = page.get(address)
    cleared = page.get(address, {"clear": "1"})

    assert (back.status_code, back.url) == (302, f"{address}?size=25&site=0")
    assert (cleared.status_code, cleared.url) == (302, address)
    assert page.get(address).status_code == 200


def test_another_site_begins_with_lists_that_nothing_narrows(page):
    page.get(reverse("visits"), {"number": "S"})

    page.post(reverse("site-switch"), {"site": ""})

    assert page.get(reverse("visits")).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_a_list_offers_to_keep_its_filter_and_shows_what_is_kept(page, name):
    name_, *places = name.split("/")
    address = reverse(name_, args=places)
    assert "Save this filter" in text_of(page.get(address, {"order": "number"}))

    response = saved(page, query="order=number&page=3", of=name)

    assert response.redirect_chain == [(f"{address}?order=number", 302)]
    assert f'<a href="{address}?order=number" aria-current="true">New ones</a>' in response.content.decode()
    assert "Save this filter" not in text_of(response)


@pytest.mark.parametrize("name", ["mails", "site-people"])
def test_a_list_of_administration_offers_it_too(name, coordinator):
    site = coordinator.standing_grants[0].site
    address = reverse(name, args=[site.code] if name == "site-people" else [])

    answer = browser_of(a_user(Role.ADMINISTRATOR, None)).get(address, {"on": "2025-01-01"})

    assert (answer.status_code, "Save this filter" in text_of(answer)) == (200, True)


def test_the_same_name_again_replaces_what_it_said(page, coordinator):
    saved(page)
    saved(page, query="stage=eligible")

    assert [kept.query for kept in kept_by(coordinator)] == ["stage=eligible"]


def test_the_same_name_may_stand_at_two_lists(page, coordinator):
    saved(page)
    saved(page, of="visits")

    assert len(kept_by(coordinator)) == 2


def test_a_filter_is_its_owners_alone(page, coordinator):
    saved(page)
    [kept] = kept_by(coordinator)
    other = a_coordinator()

    assert kept_by(other) == []
    assert browser_of(other).post(reverse("filter-forget", args=[kept.pk])).status_code == 404
    assert "New ones" not in text_of(browser_of(other).get(reverse("subjects"), {"stage": "screening"}))
    assert kept_by(coordinator) == [kept]


def test_a_filter_is_taken_off(page, coordinator):
    saved(page)

    response = page.post(reverse("filter-forget", args=[kept_by(coordinator)[0].pk]), follow=True)

    assert "The filter “New ones” is taken off." in text_of(response)
    assert kept_by(coordinator) == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": " "}, "Give the filter a name of at most 60 characters."),
        ({"name": "x" * 61}, "Give the filter a name of at most 60 characters."),
        ({"name": "13812345678"}, "This name holds what looks like a number or name of a person."),
        ({"query": "number=110101199003071233"}, "nothing that identifies a person is kept"),
        ({"query": "number=" + "x" * 1000}, "This filter belongs to no list that can be opened."),
    ],
)
def test_a_filter_that_cannot_be_kept_is_refused_with_what_to_do(page, coordinator, sent, said):
    assert said in text_of(saved(page, **sent))
    assert kept_by(coordinator) == []


@pytest.mark.parametrize("name", ["subjects", "queries", "screening-log"])
def test_what_identifies_a_person_is_not_remembered_for_who_comes_back(coordinator, name):
    reader = browser_of(coordinator)
    reader.get(reverse(name), {"number": "110101199003071233", "q": "13812345678"})

    kept = str(dict(reader.session))
    assert "110101199003071233" not in kept
    assert "13812345678" not in kept


@pytest.mark.parametrize(("more", "count"), [(0, 2), (1, 2)])
def test_the_number_of_filters_has_a_limit(page, coordinator, monkeypatch, more, count):
    monkeypatch.setattr(filters, "MOST", 2)
    for number in range(2 + more):
        response = saved(page, name=f"Filter {number}")

    assert len(kept_by(coordinator)) == count
    assert ("You keep 2 filters of this list. Take one off first." in text_of(response)) is bool(more)


@pytest.mark.parametrize("of", ["", "nowhere", "casebook", "https://evil.example/", "//evil.example"])
def test_a_list_that_is_none_does_not_exist(page, coordinator, of):
    assert saved(page, of=of).status_code == 404
    assert kept_by(coordinator) == []


def test_a_query_that_holds_an_address_leads_nowhere_else(page):
    response = saved(page, query="next=https://evil.example/&<script>alert(1)</script>")

    assert response.redirect_chain[0][0].startswith("/subjects/?")
    assert "<script>alert" not in response.content.decode()


def test_a_part_of_a_number_leads_to_its_subject_or_to_the_list_of_those_that_fit(page, coordinator):
    first, second = a_subject(coordinator), a_subject(coordinator)
    jump = reverse("subject-jump")
    common = first.number.rpartition("-")[0]

    assert page.get(jump, {"q": second.number.lower()})["Location"] == reverse("casebook", args=[second.pk])
    assert page.get(jump, {"q": "002"})["Location"] == reverse("casebook", args=[second.pk])
    assert page.get(jump, {"q": "-00"})["Location"] == f"{reverse('subjects')}?number=-00"
    assert page.get(jump, {"q": f"{common}-002"[1:]})["Location"] == reverse("casebook", args=[second.pk])


def test_a_subject_of_another_site_is_not_found_by_its_number(page):
    elsewhere = a_subject(a_coordinator())

    assert page.get(reverse("subject-jump"), {"q": elsewhere.number})["Location"].startswith(reverse("subjects"))
