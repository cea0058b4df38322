"""A coordinator types through a lost network, an ended session and another person at the same desk; nothing is lost.

1. The network goes while she types: the page says since when nothing is kept, keeps all of it itself, and keeps it on
   the server when the network is back. A save in between sends nothing and says so.
2. Her session ends in the middle: the page asks for password and second factor in place, and the save goes through.
3. She types on, closes the tab, and finds it again, with the lines of both of two tabs.
4. Somebody else logs in at her browser: nothing she typed is shown to, or kept for, the other.
5. Two clicks on Save are one save; the page before, gone back to, is the form as it stands.
6. A change that hides an answer asks first. Everything fits a screen of 360 pixels.
"""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from audit.door import as_actor
from casebook.selectors.drafts import drafts_of
from protocol.roles import Role
from tests.casebook_ground import WOMAN, a_subject, again, save, the_form
from tests.functional.test_query_and_conflict import assert_fits
from tests.functional.test_screening_casebook import PASSWORD, log_in
from tests.people import a_site, a_user

PATIENT_MS = 20_000  # a log-in hashes a password, which takes its time on a busy machine


@pytest.fixture(scope="module")
def people(module_db: str) -> SimpleNamespace:
    """Two coordinators of one site, and a subject with forms to enter."""
    site = a_site("GZ1")
    first, second = (a_user(Role.COORDINATOR, site, password=PASSWORD) for _ in range(2))
    subject = a_subject(first)
    demography = the_form(subject, "DM", by=first)
    save(demography, WOMAN, by=first)
    return SimpleNamespace(
        first=first,
        second=second,
        chemistry=the_form(subject, "CH", by=first),
        haematology=the_form(subject, "HE", by=first),
        demography=demography,
    )


@pytest.fixture
def page(browser: Browser, site_address, people) -> Page:
    """A narrow page of the first coordinator, logged in."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    log_in(opened, site_address, people.first)
    yield opened
    context.close()


def kept_in(form, author, name: str) -> list[str]:
    """Return what the server keeps of one box, a draft each, the newest first."""
    with as_actor(author):
        return [draft.typed[name] for draft in drafts_of(form, by=author, at=timezone.now())]


def soon(found, wanted) -> None:
    """Wait for what comes by itself; how soon exactly is measured on a machine that does nothing else."""
    until = time.monotonic() + PATIENT_MS / 1000
    while (last := found()) != wanted:
        assert time.monotonic() < until, f"Expected {wanted}, got {last}."
        time.sleep(0.1)


def save_button(page: Page):
    return page.get_by_role("button", name="Save", exact=True)


def test_typing_goes_on_through_a_lost_network_and_an_ended_session(site_address, people, page: Page):
    form, banner = people.chemistry, page.locator("[data-unkept]")
    page.goto(f"{site_address}/forms/{form.pk}/")

    # Typed without a pause, as people type: what is older than five seconds is kept all the same.
    page.locator("[name=alt]").press_sequentially("3" * 40, delay=100)
    assert len(kept_in(form, people.first, "alt")[0]) >= 10
    page.locator("[name=alt]").fill("30")

    page.context.set_offline(True)  # 1
    page.locator("[name=ast]").press_sequentially("29", delay=50)
    expect(banner).to_contain_text(
        re.compile(r"Nothing you typed since \d\d:\d\d:\d\d is kept yet"), timeout=PATIENT_MS
    )
    assert_fits(page)
    save_button(page).click()
    expect(banner).to_contain_text("Nothing was saved: the server cannot be reached.")
    page.locator("[name=creatinine]").fill("77")
    page.context.set_offline(False)
    soon(lambda: kept_in(form, people.first, "creatinine"), ["77"])
    expect(banner).to_be_hidden(timeout=PATIENT_MS)
    expect(page.locator("[data-kept]")).to_contain_text(re.compile(r"Kept \d\d:\d\d:\d\d"))
    assert again(form, by=people.first).version == 0

    Session.objects.all().delete()  # 2
    secret = generate_totp_secret()
    TOTP.activate(people.first, secret)
    page.locator("[name=albumin]").fill("41")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible(timeout=PATIENT_MS)
    assert_fits(page)
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_label("Password").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("do not match", timeout=PATIENT_MS)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Log in", exact=True).click()
    code = dialog.get_by_label("Code of your second factor")
    code.fill(totp_now(secret))
    code.press("Enter")
    expect(dialog).to_be_hidden(timeout=PATIENT_MS)
    soon(lambda: kept_in(form, people.first, "albumin"), ["41"])

    Session.objects.all().delete()  # a save that meets an ended session waits for the log-in, and then goes through
    people.first.authenticator_set.all().delete()
    save_button(page).click()
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_label("Password").press("Enter")
    expect(page.get_by_text("Chemistry is saved.")).to_be_visible(timeout=PATIENT_MS)
    kept = again(form, by=people.first).answers
    assert {name: kept[name]["value"] for name in ("alt", "ast", "creatinine", "albumin")} == {
        "alt": "30",
        "ast": "29",
        "creatinine": "77",
        "albumin": "41",
    }
    assert kept_in(form, people.first, "alt") == []


def totp_now(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06}"


def test_two_tabs_both_keep_and_nobody_else_sees(site_address, people, page: Page, browser: Browser):
    form, address = people.haematology, f"{site_address}/forms/{people.haematology.pk}/"
    other = page.context.new_page()  # 3
    for each in (page, other):
        each.goto(address)
    page.locator("[name=platelets]").fill("150")
    expect(page.locator("[data-kept]")).to_contain_text("Kept", timeout=PATIENT_MS)
    other.locator("[name=platelets]").fill("160")
    other.close()  # at once: what was typed leaves with the page
    soon(lambda: kept_in(form, people.first, "platelets"), ["160", "150"])
    page.goto(address)
    expect(page.locator("[name=platelets]")).to_have_value("160")
    page.get_by_role("link", name="You also typed in this form on another page").click()
    expect(page.locator("[name=platelets]")).to_have_value("150")
    assert_fits(page)

    page.context.clear_cookies()  # 4
    stranger = page.context.new_page()
    log_in(stranger, site_address, people.second)
    page.locator("[name=platelets]").fill("170")
    expect(page.locator("[name=platelets]")).to_have_value("", timeout=PATIENT_MS)
    expect(page.get_by_text("stands here again")).to_have_count(0)
    assert kept_in(form, people.second, "platelets") == []
    assert kept_in(form, people.first, "platelets") == ["160", "150"]


def test_two_clicks_are_one_save_and_back_shows_what_stands(site_address, people, page: Page):
    form, address = people.haematology, f"{site_address}/forms/{people.haematology.pk}/"
    page.goto(f"{site_address}/")
    page.goto(address)  # 5
    if page.get_by_role("button", name="Discard it").count():
        with page.expect_navigation():
            page.get_by_role("button", name="Discard it").click()
    before = again(form, by=people.first).version
    page.locator("[name=leukocytes]").fill("5.2")
    save_button(page).dblclick()
    expect(page.get_by_text("Haematology is saved.")).to_be_visible(timeout=PATIENT_MS)
    assert again(form, by=people.first).version == before + 1
    page.go_back()
    expect(page.locator("[name=leukocytes]")).to_have_value("5.2")
    save_button(page).click()
    expect(page.get_by_text("Haematology is saved.")).to_be_visible(timeout=PATIENT_MS)
    assert again(form, by=people.first).version == before + 1

    page.goto(f"{site_address}/forms/{people.demography.pk}/")  # 6
    page.locator("[name=sex][value=male]").check()
    item = page.locator("[data-item=childbearing]")
    expect(item).to_contain_text("No longer asked. It holds a value")
    save_button(page).click()
    box = page.get_by_label("Take off: Childbearing potential")
    expect(box).to_be_visible(timeout=PATIENT_MS)
    assert_fits(page)
    assert again(people.demography, by=people.first).version == 1
    box.check()
    save_button(page).click()
    expect(page.get_by_text("Demography is saved.")).to_be_visible(timeout=PATIENT_MS)
    assert "childbearing" not in again(people.demography, by=people.first).answers
