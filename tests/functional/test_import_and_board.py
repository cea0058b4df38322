"""A data manager prepares an import, a coordinator releases it, an investigator reads board and candidate.

1. The data manager opens Imports, chooses a file and its mapping, declares the day of the samples and reads the report:
   one value is doubtful, the units are declared by the mapping.
2. The button to release is grey for the data manager and says why.
3. The coordinator opens the same report and releases it.
4. The investigator opens the board: the demonstration's six subjects and the imported ones stand there; the filter
   narrows it to who fails on platelets.
5. The candidate page of an imported subject shows the value as entered, its unit as declared by the mapping, the limit,
   and what is missing.
6. The candidate who passes shows both pairs on the time axis.
7. None of these pages is an obstacle for a screen reader, at the width of a telephone or of a desk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from protocol.roles import Role
from rehearsal.cast import Part
from tests.import_ground import MAPPING
from tests.obstacles import is_too_wide, serious_obstacles
from tests.signed_in import let_in

FILE = "id,G,born,PLT,HB\nA,1,1960-05,93000,13.1\nB,0,,1.71,12.5\nC,1,1971,60,\n"
PICTURES = os.environ.get("EDC_PICTURES", "")
WIDTHS = (360, 1280)


@pytest.fixture
def pages(browser: Browser, demo_address: str) -> Iterator:
    """Return a function that gives the browser page of a person who is logged in."""
    opened = []

    def page_of(role: Role) -> Page:
        context = browser.new_context(base_url=demo_address, viewport={"width": 1280, "height": 900})
        opened.append(context)
        let_in(context, demo_address, Part(role).email)
        return context.new_page()

    yield page_of
    for context in opened:
        context.close()


def is_clear(page: Page, name: str) -> None:
    """Demand that the page is no obstacle, narrow and wide."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert serious_obstacles(page) == [], f"{name} at {width}"
        assert not is_too_wide(page), f"{name} scrolls at {width}"
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_an_import_reaches_the_board(pages, tmp_path: Path):
    (tmp_path / "results.csv").write_text(FILE)
    (tmp_path / "map.toml").write_text(MAPPING.replace('"LAB"', '"DEMO-LAB"'))

    manager = pages(Role.DATA_MANAGER)
    manager.goto("/imports/")
    manager.get_by_role("link", name="Prepare an import").click()
    manager.get_by_label("File", exact=True).set_input_files(tmp_path / "results.csv")
    manager.get_by_label("Mapping", exact=True).set_input_files(tmp_path / "map.toml")
    manager.get_by_label("Declared for this import").fill(f"sampled_on = {datetime.now(UTC):%Y-%m-%d}")
    is_clear(manager, "import-prepare")
    manager.get_by_role("button", name="Try it and show the report").click()

    expect(manager.get_by_role("heading", name="results.csv")).to_be_visible()
    expect(manager.get_by_role("row", name="Platelets 1.71 10⁹/L is outside")).to_be_visible()
    expect(manager.get_by_text("does not include this: release an import.")).to_be_visible()
    is_clear(manager, "import-report")

    coordinator = pages(Role.COORDINATOR)
    coordinator.goto(manager.url)
    coordinator.get_by_role("button", name="Release: import all rows").click()
    expect(coordinator.get_by_text("The import is released: its rows are subjects and forms now.")).to_be_visible()
    is_clear(coordinator, "import-released")

    investigator = pages(Role.PRINCIPAL_INVESTIGATOR)
    investigator.goto("/eligibility/")
    for number in ("01-001", "01-002", "IX-001", "IX-003"):
        expect(investigator.get_by_role("link", name=number)).to_be_visible()
    is_clear(investigator, "board")
    investigator.get_by_label("Criterion", exact=True).select_option("I07a")
    investigator.get_by_label("Verdict", exact=True).select_option("fail")
    investigator.get_by_role("button", name="Filter").click()
    expect(investigator.get_by_role("link", name="IX-003")).to_be_visible()
    expect(investigator.get_by_role("link", name="IX-001")).to_have_count(0)

    investigator.get_by_role("link", name="IX-003").click()
    row = investigator.locator("#I07a")
    expect(row).to_contain_text("60 10⁹/L")
    expect(row).to_contain_text("declared by the mapping")
    expect(row).to_contain_text("Fail")
    expect(investigator.locator("#missing")).to_contain_text("Informed consent")
    is_clear(investigator, "candidate-imported")

    investigator.goto("/eligibility/?number=01-003")
    with investigator.expect_navigation():
        investigator.get_by_role("link", name="01-003").click()
    expect(investigator.get_by_text("33 days", exact=True)).to_be_visible()
    expect(investigator.locator("#missing")).to_have_count(0)
    is_clear(investigator, "candidate-passing")
