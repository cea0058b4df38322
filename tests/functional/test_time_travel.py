"""History and time travel of the demonstration in a browser: read on a telephone and by a screen reader.

1. From the casebook to its history, from a change to the history of its value.
2. The casebook as of a moment, and what lies between two.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.obstacles import assert_no_serious_obstacle, is_too_wide
from tests.signed_in import let_in

SUBJECT = "01-001"


def looked_at(page: Page, name: str, *, is_long: bool = False) -> None:
    if not is_long:
        assert_no_serious_obstacle(page)
    assert not is_too_wide(page), name
    if folder := os.environ.get("EDC_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}-{page.viewport_size['width']}.png"), full_page=False)


@pytest.mark.parametrize("width", [360, 1280])
def test_a_subject_is_read_backwards(browser: Browser, demo_address, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    let_in(context, demo_address, "coordinator@example.org")
    page.goto(f"{demo_address}/subjects/jump/?q={SUBJECT}")
    page.get_by_role("link", name="History", exact=True).first.click()
    expect(page.locator("h1")).to_contain_text(f"History of {SUBJECT}")
    looked_at(page, "history")

    page.select_option("#kind", "entered")
    with page.expect_navigation():
        page.get_by_role("button", name="Filter").click()
    page.locator(".history-of tbody tr").first.locator("a").first.click()
    expect(page.locator("main")).to_contain_text("Every value, the latest first")
    looked_at(page, "item")

    page.go_back()
    page.get_by_role("link", name="The casebook as of a moment").click()
    page.fill("#moment", "2100-01-01 10:00")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("This moment is still to come")
    looked_at(page, "future")

    address = page.url.partition("?")[0]
    page.goto(f"{address}?moment=2020-01-01")
    expect(page.locator("main")).to_contain_text("Nothing stood yet")
    # The day at the site, where it may be tomorrow already.
    today = page.evaluate("new Date().toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})")
    page.goto(f"{address}?moment={today}")
    expect(page.locator("main")).to_contain_text("As it stood at")
    page.locator("details.fold summary").nth(1).click()
    looked_at(page, "as-of")
    page.goto(f"{address}?moment=2020-01-01&until={today}")
    expect(page.locator("main")).to_contain_text("What changed between")
    looked_at(page, "between", is_long=True)  # a whole casebook of answers
    context.close()
