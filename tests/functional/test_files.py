"""A coordinator adds a report to a form, fetches it, and takes it back; all of it on a narrow screen.

1. The form offers to add a file; the page says what is taken off and asks for a look through.
2. A DICOM file is refused beside the box, and the title stays; a PDF is kept and stands under the form.
3. Fetched, it is a download and no page.
4. Withdrawn with a reason, it stays in the list of the subject's files, struck out.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from casebook.files.cleaning import cleaned
from protocol.roles import Role
from tests.casebook_ground import a_subject, the_form
from tests.files_ground import a_pdf
from tests.functional.test_screening_casebook import PASSWORD, log_in
from tests.obstacles import assert_no_serious_obstacle, is_too_wide
from tests.people import a_site, a_user


@pytest.fixture(scope="module")
def ground(module_db: str) -> SimpleNamespace:
    """A coordinator with a subject."""
    coordinator = a_user(Role.COORDINATOR, a_site("GZ1"), password=PASSWORD)
    subject = a_subject(coordinator)
    return SimpleNamespace(coordinator=coordinator, subject=subject, form=the_form(subject, "CH", by=coordinator))


def assert_good(page: Page) -> None:
    assert not is_too_wide(page), page.url
    assert_no_serious_obstacle(page)


def chosen(page: Page, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    page.get_by_label("PDF, JPEG or PNG").set_input_files(path)


def test_a_report_is_added_fetched_and_withdrawn(browser: Browser, site_address, ground, tmp_path):
    page = browser.new_context(viewport={"width": 360, "height": 800}).new_page()
    log_in(page, site_address, ground.coordinator)

    page.goto(f"{site_address}/forms/{ground.form.pk}/")
    page.get_by_role("link", name="Add a file").click()
    expect(page.get_by_label("What it is")).to_be_visible()
    assert_good(page)
    page.get_by_label("What it is").fill("Laboratory report")
    page.get_by_label("I have looked through the whole file").check()
    chosen(page, tmp_path / "scan.pdf", b"\0" * 128 + b"DICM")
    page.get_by_role("button", name="Add the file").click()
    expect(page.get_by_text("This is a DICOM file; its header names the patient.")).to_be_visible()
    expect(page.get_by_label("What it is")).to_have_value("Laboratory report")
    assert_good(page)

    chosen(page, tmp_path / "Zhang Wei.pdf", a_pdf())
    page.get_by_role("button", name="Add the file").click()
    expect(page.get_by_text("The file is kept: Laboratory report.")).to_be_visible()
    assert_good(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Laboratory report").first.click()
    assert download.value.suggested_filename == f"{ground.subject.number} Laboratory report.pdf"
    assert Path(download.value.path()).read_bytes() == cleaned(a_pdf()).content

    page.get_by_role("link", name="Withdraw Laboratory report").click()
    expect(page.get_by_label("Why is it withdrawn?")).to_be_visible()
    assert_good(page)
    page.get_by_label("Why is it withdrawn?").fill("A better copy was added")
    page.get_by_role("button", name="Withdraw the file").click()
    expect(page.get_by_role("listitem").filter(has_text="A better copy was added")).to_be_visible()
    assert_good(page)
