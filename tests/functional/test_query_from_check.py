"""A soft check asks, the site answers, the data manager asks again, and the mended value closes the query by itself.

1. The coordinator saves an unusual temperature: it is kept, and asked about beside the item.
2. The coordinator explains it on the form and leaves a comment.
3. The data manager finds the answered query in the matrix, opens the very item from the list, and reopens it.
4. The coordinator mends the value: the query closes by itself, and says so.
5. The checks page says that the check fired once and changed a value; no page is wider than 360 pixels.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.roles import Role
from tests.casebook_ground import a_subject, the_form
from tests.functional.test_query_and_conflict import assert_fits
from tests.functional.test_screening_casebook import PASSWORD, log_in
from tests.people import a_site, a_user


@pytest.fixture(scope="module")
def people(module_db: str) -> SimpleNamespace:
    """A coordinator, a data manager, and the empty vital signs of a subject."""
    coordinator = a_user(Role.COORDINATOR, a_site("GZ7"), password=PASSWORD)
    signs = the_form(a_subject(coordinator), "VS", by=coordinator)
    return SimpleNamespace(coordinator=coordinator, manager=a_user(Role.DATA_MANAGER, password=PASSWORD), signs=signs)


def page_for(browser: Browser, address: str, user) -> Page:
    page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
    log_in(page, address, user)
    return page


def test_a_query_of_a_check_from_first_to_last(site_address, people, browser):
    form = f"{site_address}/forms/{people.signs.pk}/"
    coordinator = page_for(browser, site_address, people.coordinator)
    coordinator.goto(form)
    coordinator.locator("[name=temperature]").fill("45")
    coordinator.get_by_role("button", name="Save", exact=True).click()
    beside = coordinator.locator("#item-box-temperature")
    expect(beside.get_by_text("Query open")).to_be_visible()

    beside.get_by_label("Explain the value").fill("Read twice from the chart.")
    coordinator.get_by_role("button", name="Save", exact=True).click()
    expect(coordinator.get_by_text("1 query is answered.")).to_be_visible()
    beside.get_by_role("link", name="Comment").click()
    expect(coordinator.get_by_label("Your comment")).to_be_visible()
    assert_fits(coordinator)
    coordinator.get_by_label("Your comment").fill("The thermometer was new.")
    coordinator.get_by_role("button", name="Keep the comment").click()
    expect(beside.get_by_text("The thermometer was new.")).to_be_visible()

    manager = page_for(browser, site_address, people.manager)
    manager.goto(f"{site_address}/queries/?site=0&state=answered")
    assert_fits(manager)
    manager.locator(".asked-list").get_by_role("link", name="Temperature", exact=False).first.click()
    expect(manager).to_have_url(re.compile(r"#item-box-temperature$"))
    manager.locator("#item-box-temperature").get_by_role("link", name="Conversation").click()
    expect(manager.get_by_label("Your words")).to_be_visible()
    assert_fits(manager)
    manager.get_by_label("Your words").fill("45 degrees cannot be. Look at the chart again.")
    manager.get_by_role("button", name="Reopen").click()
    expect(manager.locator(".title-bar")).to_contain_text("Open")
    query = manager.url

    coordinator.goto(form)
    coordinator.locator("[name=temperature]").fill("36.5")
    coordinator.get_by_role("button", name="Save", exact=True).click()
    expect(beside.get_by_text("Query open")).to_have_count(0)

    manager.goto(query)
    expect(manager.locator(".title-bar")).to_contain_text("Closed")
    expect(manager.get_by_text("the check finds nothing any more")).to_be_visible()
    for address in (
        "checks/?crf=VS&order=changed",
        "queries/comments/",
        f"forms/{people.signs.pk}/queries/ask/weight/",
    ):
        manager.goto(f"{site_address}/{address}")
        assert_fits(manager)
