"""Verified, signed, changed, void, signed again, locked, tried in vain, unlocked: as the people of a site see it.

1. The investigator signs two forms in one ceremony; the first signature of the session asks both parts.
2. The coordinator changes a value: form and casebook say that the signature is void, and home asks again.
3. The investigator sees what changed, and signs again with the password alone.
4. The data manager locks the form; the coordinator's page, open since before, saves nothing any more.
5. Unlocked with a reason, the same change is saved.
6. No page is wider than a screen of 360 pixels, and none is a serious obstacle.
"""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from casebook import actions
from protocol.roles import Role
from tests.casebook_ground import DEMOGRAPHY, VITALS, a_monitor, a_subject, again, complete, the_form
from tests.functional.test_screening_casebook import PASSWORD, log_in
from tests.obstacles import assert_no_serious_obstacle, is_too_wide
from tests.people import a_site, a_user

PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def people(module_db: str) -> SimpleNamespace:
    """A coordinator, an investigator, a data manager; a subject with two complete forms, verified."""
    site = a_site("GZ1")
    coordinator = a_user(Role.COORDINATOR, site, password=PASSWORD)
    subject, monitor = a_subject(coordinator), a_monitor(site)
    forms = {}
    for crf, typed in (("DM", DEMOGRAPHY), ("VS", VITALS)):
        complete(the_form(subject, crf, by=coordinator), typed, by=coordinator)
        forms[crf] = the_form(subject, crf, by=coordinator)
        actions.verify_items(forms[crf], by=monitor, at=timezone.now(), paths=list(forms[crf].answers))
    return SimpleNamespace(
        coordinator=coordinator,
        monitor=monitor,
        investigator=a_user(Role.SUB_INVESTIGATOR, site, password=PASSWORD),
        manager=a_user(Role.DATA_MANAGER, password=PASSWORD),
        subject=subject,
        demography=forms["DM"],
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


def assert_fits(page: Page, name: str) -> None:
    assert not is_too_wide(page), page.url
    assert_no_serious_obstacle(page)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-360.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=f"{PICTURES}/{name}-1280.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 800})


def test_signed_void_signed_again_locked_and_unlocked(site_address, people, page_of):
    form = f"{site_address}/forms/{people.demography.pk}/"
    casebook = f"{site_address}/subjects/{people.subject.pk}/"
    investigator, coordinator = page_of(people.investigator), page_of(people.coordinator)

    sign_what_waits(investigator, people, count=2, first=True)
    corrected(coordinator, form)
    void_is_seen(investigator, form, casebook)
    investigator.goto(site_address)
    sign_what_waits(investigator, people, count=1, first=False)

    verified_again(people)
    left_open = page_left_open(coordinator, form)
    manager = page_of(people.manager)
    locked(manager, form)
    left_open.get_by_role("button", name="Save the changes").click()
    expect(left_open.get_by_text("This form is locked. Ask the data manager to unlock it.").first).to_be_visible()
    unlocked(manager)
    left_open.goto(form)
    expect(left_open.locator("[name=birth_date]")).to_be_visible()


def sign_what_waits(page: Page, people, *, count: int, first: bool) -> None:
    page.locator("section", has_text="Forms to sign").get_by_role("link", name="All of them").click()
    expect(page.get_by_role("heading", name="Waits for your signature")).to_be_visible()
    assert_fits(page, f"sign-{count}")
    boxes = page.locator("input[type=checkbox]:not([disabled])")
    expect(boxes).to_have_count(count)
    for number in range(count):
        boxes.nth(number).check()
    expect(page.get_by_label("Your e-mail address")).to_have_count(int(first))
    if first:
        page.get_by_label("Your e-mail address").fill(people.investigator.email)
    else:
        expect(page.get_by_text("1 May 1970")).to_be_visible()
    page.get_by_label("Your password, to sign").fill(PASSWORD)
    page.get_by_role("button", name="Sign the ticked forms").click()
    expect(page.get_by_text(f"{count} form{'s are' if count > 1 else ' is'} signed")).to_be_visible()


def corrected(page: Page, form: str) -> None:
    page.goto(form)
    page.locator("[name=birth_date]").fill("1970-05-02")
    page.locator("[name=why]").fill("Typing error corrected")
    page.get_by_role("button", name="Save the changes").click()
    foreseen, done = page.get_by_text("Save again if it is meant."), page.get_by_text("is complete.").first
    expect(foreseen.or_(done)).to_be_visible()
    if foreseen.is_visible():
        page.get_by_role("button", name="Save the changes").click()
    expect(done).to_be_visible()


def void_is_seen(page: Page, form: str, casebook: str) -> None:
    page.goto(form)
    expect(page.get_by_text("1 change. It has to be signed again.")).to_be_visible()
    assert_fits(page, "form-void")
    page.goto(casebook)
    expect(page.get_by_text("Signature void").first).to_be_visible()
    expect(page.get_by_role("link", name="Sign the whole casebook (1 form)")).to_be_visible()
    assert_fits(page, "casebook-void")


def verified_again(people) -> None:
    form = again(people.demography, by=people.coordinator)
    actions.verify_items(form, by=people.monitor, at=timezone.now(), paths=["birth_date"])


def page_left_open(page: Page, form: str) -> Page:
    page.goto(form)
    page.locator("[name=birth_date]").fill("1970-05-03")
    page.locator("[name=why]").fill("Typing error corrected")
    return page


def locked(page: Page, form: str) -> None:
    page.goto(form)
    assert_fits(page, "form-manager")
    page.get_by_role("link", name="Lock", exact=True).click()
    expect(page.get_by_text("Before it can be locked")).to_be_visible()
    assert_fits(page, "lock")
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(page.get_by_text("is locked.").first).to_be_visible()
    kept = page.url
    page.goto(f"{kept.partition('/locks/')[0]}/locks/?held=locked")
    expect(page.get_by_text("Demography").first).to_be_visible()
    assert_fits(page, "locks")
    page.goto(kept)


def unlocked(page: Page) -> None:
    page.get_by_label("Why it is lifted").fill("Late source document")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("is open again.")).to_be_visible()
