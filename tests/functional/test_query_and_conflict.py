"""A data manager asks, a coordinator answers; two coordinators save one form; all of it also on a narrow screen.

1. The data manager opens a complete form for reading, asks a query on one item, and sees it in the list.
2. The coordinator finds it on the home page, reads the conversation and answers.
3. The data manager closes it.
4. Two coordinators open one form; the second to save is shown both values side by side and chooses.
5. What was typed and not saved stands in the form again after the tab was closed.
6. No page is wider than a screen of 360 pixels, none is a serious obstacle, and Enter in a box submits nothing.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.roles import Role
from tests.casebook_ground import DEMOGRAPHY, a_subject, complete, the_form
from tests.functional.test_screening_casebook import PASSWORD, log_in
from tests.obstacles import assert_no_serious_obstacle, is_too_wide
from tests.people import a_site, a_user


@pytest.fixture(scope="module")
def people(module_db: str) -> SimpleNamespace:
    """Two coordinators of one site, a data manager, and a subject whose demography is complete."""
    site = a_site("GZ1")
    first, second = (a_user(Role.COORDINATOR, site, password=PASSWORD) for _ in range(2))
    subject = a_subject(first)
    demography = the_form(subject, "DM", by=first)
    complete(demography, DEMOGRAPHY, by=first)
    return SimpleNamespace(
        first=first,
        second=second,
        manager=a_user(Role.DATA_MANAGER, password=PASSWORD),
        subject=subject,
        demography=demography,
        chemistry=the_form(subject, "CH", by=first),
    )


@pytest.fixture
def page_of(browser: Browser, site_address):
    """A page of a person's own, logged in; narrow, because what fits there fits everywhere."""
    opened = []

    def open_for(user) -> Page:
        context = browser.new_context(viewport={"width": 360, "height": 800})
        opened.append(context)
        page = context.new_page()
        log_in(page, site_address, user)
        return page

    yield open_for
    for context in opened:
        context.close()


def assert_fits(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()
    assert not is_too_wide(page), page.url
    assert_no_serious_obstacle(page)


def test_a_query_is_asked_answered_and_closed(site_address, people, page_of):
    manager = page_of(people.manager)
    assert_fits(manager)
    manager.goto(f"{site_address}/forms/{people.demography.pk}/")
    expect(manager.locator("[name=birth_date]")).to_have_count(0)
    assert_fits(manager)
    manager.locator("[data-item=birth_date]").get_by_role("link", name="Ask a query").click()
    expect(manager.get_by_label("Your question to the site")).to_be_visible()
    assert_fits(manager)
    manager.get_by_label("Your question to the site").fill("Is this the year of birth?")
    manager.get_by_role("button", name="Open the query").click()
    expect(manager.get_by_text("The query is open")).to_be_visible()
    query = manager.url

    coordinator = page_of(people.first)
    coordinator.locator("section", has_text="Queries to answer").get_by_role("link").last.click()
    expect(coordinator).to_have_url(query)
    expect(coordinator.get_by_label("Your words")).to_be_visible()
    assert_fits(coordinator)
    coordinator.get_by_label("Your words").fill("Yes, checked against the chart.")
    coordinator.get_by_role("button", name="Answer").click()
    expect(coordinator.get_by_text("The query is updated.")).to_be_visible()

    manager.goto(f"{site_address}/queries/?state=answered")
    assert_fits(manager)
    manager.get_by_role("link", name="Is this the year of birth?").click()
    manager.get_by_role("button", name="Close").click()
    expect(manager.locator(".title-bar")).to_contain_text("Closed")


def test_two_who_changed_one_answer_choose_between_both(site_address, people, page_of):
    address = f"{site_address}/forms/{people.chemistry.pk}/"
    first, second = page_of(people.first), page_of(people.second)
    for page in (first, second):
        page.goto(address)

    first.locator("[name=alt]").fill("30")
    first.get_by_role("button", name="Save", exact=True).click()
    expect(first.get_by_text("Chemistry is saved.")).to_be_visible()
    second.locator("[name=alt]").fill("33")
    second.locator("[name=ast]").fill("29")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_role("heading", name="saved this form while you were working")).to_be_visible()
    assert_fits(second)
    second.locator("label", has_text="30 U/L").click()
    second.get_by_role("button", name="Save my choice").click()

    expect(second.locator("[name=alt]")).to_have_value("30")
    expect(second.locator("[name=ast]")).to_have_value("29")


def test_what_was_typed_outlives_a_closed_tab(site_address, people, page_of):
    address = f"{site_address}/forms/{people.chemistry.pk}/"
    page = page_of(people.first)
    page.goto(address)
    assert_fits(page)

    page.locator("[name=creatinine]").fill("77")
    page.locator("[name=creatinine]").press("Enter")
    expect(page.locator("[data-kept]")).to_contain_text("Kept")
    expect(page).to_have_url(address)
    again = page.context.new_page()
    page.close()
    again.goto(address)

    expect(again.locator("[name=creatinine]")).to_have_value("77")
    expect(again.get_by_text("stands here again")).to_be_visible()
    assert_fits(again)
    again.get_by_role("button", name="Discard it").click()
    expect(again.locator("[name=creatinine]")).to_have_value("")
