"""Home, subjects and casebook of the demonstration in a browser: no obstacle, no complaint, nothing wider than the screen.

1. Whoever logs in sees what waits, and comes from there to the casebook of a subject in follow-up.
2. The course, the visits and the logs can be read by a screen reader, on a telephone, and in the dark.
3. In the grids of subjects and of eligibility the Tab key stops once a row; the arrow keys go to the cells.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from rehearsal.cast import PARTS
from tests.obstacles import assert_no_serious_obstacle, is_too_wide
from tests.signed_in import let_in

SUBJECT = "01-001"  # the longest casebook of the demonstration
READERS = ("coordinator", "principal-investigator", "surgeon", "data-manager", "statistician", "sponsor-safety")


@pytest.fixture
def complaints(page: Page) -> list[str]:
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.append(message.text)

    page.on("console", hear)
    return heard


def enter(page: Page, address: str, reader: str) -> None:
    let_in(page.context, address, f"{reader}@example.org")
    page.goto(address)
    expect(page.locator("h1")).to_contain_text("What waits for you")


@pytest.mark.parametrize("reader", READERS)
def test_home_and_casebook_are_without_obstacles(page: Page, demo_address, complaints, reader):
    assert reader in {part.email.partition("@")[0] for part in PARTS}
    enter(page, demo_address, reader)
    assert_no_serious_obstacle(page)

    page.goto(f"{demo_address}/subjects/jump/?q={SUBJECT}")
    expect(page.locator("h1")).to_contain_text(SUBJECT)
    expect(page.locator("svg.course-plot")).to_be_visible()
    assert_no_serious_obstacle(page)

    page.goto(f"{demo_address}/subjects/?order=overdue")
    assert_no_serious_obstacle(page)
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_finds_room_on_a_telephone(browser: Browser, demo_address, scheme):
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme=scheme)
    page = context.new_page()
    enter(page, demo_address, "coordinator")
    for path in ("/", f"/subjects/jump/?q={SUBJECT}", "/subjects/"):
        page.goto(f"{demo_address}{path}")
        assert not is_too_wide(page)
        assert_no_serious_obstacle(page)
    context.close()


def test_done_visits_unfold_without_a_script(browser: Browser, demo_address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, demo_address, "coordinator")
    page.goto(f"{demo_address}/subjects/jump/?q={SUBJECT}")
    screening = page.locator("details.fold", has=page.locator("#visit-SCR"))
    expect(screening.locator("ul.forms")).to_be_hidden()

    screening.locator("summary").click()

    expect(screening.locator("ul.forms")).to_be_visible()
    context.close()


@pytest.mark.parametrize("grid", ["/eligibility/", "/subjects/"])
def test_the_tab_key_stops_once_a_row_of_a_grid_and_arrows_go_on_from_there(page: Page, demo_address, complaints, grid):
    enter(page, demo_address, "coordinator")
    page.goto(f"{demo_address}{grid}?order=number")
    first, second = (page.get_by_role("link", name=number, exact=True) for number in ("01-001", "01-002"))
    cells = page.locator("tbody tr", has=page.locator("td.cell a")).first.locator("td.cell a")
    expect(page.get_by_text("the arrow keys go to its cells")).to_be_visible()

    first.focus()
    page.keyboard.press("Tab")
    expect(second).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cells.first).to_be_focused()
    page.keyboard.press("End")
    expect(cells.last).to_be_focused()
    page.keyboard.press("Home")
    expect(first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(first).to_be_focused()  # there is no row above
    page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*#*")
    assert complaints == []


def test_without_a_script_every_cell_of_the_board_is_a_link_of_its_own(browser: Browser, demo_address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, demo_address, "coordinator")
    page.goto(f"{demo_address}/eligibility/?order=number")
    expect(page.get_by_text("the arrow keys go to its cells")).to_be_hidden()
    page.get_by_role("link", name="01-001", exact=True).focus()

    page.keyboard.press("Tab")

    expect(page.locator("td.cell a").first).to_be_focused()
    context.close()
