"""Forms of the follow-up in a browser: what is asked follows what is answered, also a group of rows."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from casebook import actions
from casebook.states import Stage
from protocol.roles import Role
from tests.casebook_ground import a_subject
from tests.functional.test_screening_casebook import PASSWORD, log_in
from tests.people import a_site, a_user

ON_THE_WAY = (Stage.CONSENTED, Stage.SCREENING, Stage.RESPONSE_CONFIRMED, Stage.ELIGIBLE, Stage.RANDOMIZED)


@pytest.fixture(scope="module")
def coordinator(module_db):
    return a_user(Role.COORDINATOR, a_site("GZ1"), password=PASSWORD)


@pytest.fixture(scope="module")
def end_of_study(coordinator):
    """The form that says how the study ended, of a randomized subject."""
    subject = a_subject(coordinator)
    for stage in ON_THE_WAY:
        subject = actions.advance(subject, by=coordinator, at=timezone.now(), to=stage)
    return actions.add_form(subject, by=coordinator, at=timezone.now(), visit=None, crf="ES")


def test_attempts_are_asked_once_the_subject_is_lost(page: Page, site_address, coordinator, end_of_study):
    log_in(page, site_address, coordinator)
    page.goto(f"{site_address}/forms/{end_of_study.pk}/")
    attempts = page.locator("#group-attempts")
    expect(attempts).to_be_hidden()

    page.locator('select[name="how"]').select_option("lost")
    expect(attempts).to_be_visible()

    attempts.get_by_role("button").first.click()
    expect(attempts.locator(".group-row")).to_have_count(1)


@pytest.fixture
def event(coordinator):
    """An adverse event that nothing is entered of."""
    return actions.add_form(a_subject(coordinator), by=coordinator, at=timezone.now(), visit=None, crf="AE")


def test_a_term_is_searched_while_typing_and_named_where_it_is_not_whole(page: Page, site_address, coordinator, event):
    log_in(page, site_address, coordinator)
    page.goto(f"{site_address}/forms/{event.pk}/")
    box = page.get_by_role("combobox", name="CTCAE term")
    options = page.locator('[data-item="ctcae_term"] datalist option')
    expect(options).to_have_count(0)

    box.press_sequentially("谷丙")
    expect(options).to_have_count(1)
    expect(options.first).to_have_attribute("value", "Alanine aminotransferase increased")
    expect(options.first).to_have_attribute("label", "Investigations")

    box.fill("haemorrh")
    expect(options).to_have_count(20)
    page.locator("[data-save]").click()
    expect(page.get_by_role("main")).to_contain_text("haemorrh is not on the list as it stands. The nearest are:")
    expect(box).to_have_value("haemorrh")

    box.fill("diarrhoea")
    expect(page.locator('[data-item="organ_class"]')).to_contain_text("not known yet")
    page.locator("[data-save]").click()
    expect(box).to_have_value("Diarrhea")
    expect(page.locator('[data-item="organ_class"]')).to_contain_text("Gastrointestinal disorders")
