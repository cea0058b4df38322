"""A subject moves to another site: asked for by one lead, accepted by the other, as the people of both sites see it.

1. The lead of the old site asks, with reason and password.
2. The lead of the new site finds it at home, and takes the subject over with the password.
3. The coordinator of the new site opens the casebook; the one of the old site finds it no more, its lead keeps the paper.
4. No page is wider than a screen of 360 pixels, and none is a serious obstacle.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from protocol.roles import Role
from tests.casebook_ground import a_subject
from tests.functional.test_screening_casebook import PASSWORD
from tests.functional.test_sign_and_lock import assert_fits, page_of
from tests.people import a_site, a_user

__all__ = ["page_of"]
REASON = "The subject moves to another city."


@pytest.fixture(scope="module")
def people(module_db: str) -> SimpleNamespace:
    """Who leads and who enters at two sites, and a subject of the first."""
    old, new = a_site("GZ1"), a_site("SH1")
    coordinator = a_user(Role.COORDINATOR, old, password=PASSWORD)
    return SimpleNamespace(
        new=new,
        old_coordinator=coordinator,
        old_lead=a_user(Role.PRINCIPAL_INVESTIGATOR, old, password=PASSWORD),
        new_lead=a_user(Role.PRINCIPAL_INVESTIGATOR, new, password=PASSWORD),
        new_coordinator=a_user(Role.COORDINATOR, new, password=PASSWORD),
        subject=a_subject(coordinator),
    )


def test_a_subject_is_asked_for_taken_over_and_opened_at_the_other_site(site_address, people, page_of):
    casebook = f"{site_address}/subjects/{people.subject.pk}/"
    asking = page_of(people.old_lead)
    asks(asking, casebook, people)
    takes_over(page_of(people.new_lead), site_address, people)

    there = page_of(people.new_coordinator)
    there.goto(casebook)
    expect(there.get_by_text(people.subject.number).first).to_be_visible()
    here = page_of(people.old_coordinator)
    assert here.goto(casebook).status == 404
    asking.reload()
    expect(asking.get_by_role("link", name="Copy as PDF")).to_be_visible()
    assert_fits(asking, "transfer-left")


def asks(page: Page, casebook: str, people: SimpleNamespace) -> None:
    page.goto(f"{casebook}transfer/")
    page.get_by_label("Site that is to take the subject over").select_option(str(people.new.pk))
    page.get_by_label("Why the subject changes the site").fill(REASON)
    assert_fits(page, "transfer-ask")
    signs(page, people.old_lead, "Sign and ask")
    expect(page.get_by_text(f"was asked to take {people.subject.number} over.")).to_be_visible()


def takes_over(page: Page, address: str, people: SimpleNamespace) -> None:
    page.goto(address)
    page.locator("section", has_text="Subjects to take over").get_by_role("link", name=people.subject.number).click()
    expect(page.get_by_text(REASON)).to_be_visible()
    assert_fits(page, "transfer-accept")
    signs(page, people.new_lead, "Take the subject over")
    expect(page.get_by_role("link", name="Open the casebook")).to_be_visible()


def signs(page: Page, user, button: str) -> None:
    expect(page.get_by_label("Your password, to sign")).to_be_visible()
    if page.get_by_label("Your e-mail address").count():
        page.get_by_label("Your e-mail address").fill(user.email)
    page.get_by_label("Your password, to sign").fill(PASSWORD)
    page.get_by_role("button", name=button).click()
