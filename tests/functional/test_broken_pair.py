"""A response that was broken and comes true a month later, and a determination that a corrected value takes back.

1. The second draw of a candidate is above its limit: the investigator reads on the page what broke which run, from when
   on a new pair may begin, and why the response cannot be confirmed.
2. A month passes; two normal draws and a scan are entered. The page shows the new pair and still tells of the broken
   run; a wrong password confirms nothing, the right one does, and the signature stands on the evidence shown.
3. Another candidate is determined. The coordinator corrects a marker of the pair: before anything is saved the page says
   that the determination falls; saved with a reason, the candidate's page says revoked and why, and the button to
   randomize is grey with that sentence.
4. No page on the way is wider than a screen of 360 pixels.

With EDC_PICTURES set to a folder, pictures of the stations are written there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from casebook.words import day_in_words
from protocol.roles import Role
from rehearsal import answers, walk
from rehearsal.cast import Cast
from rehearsal.walk import Course, Walk
from scripts.embedded_postgres import Server
from tests import databases, services
from tests.eligibility_ground import an_eligible_subject
from tests.functional.test_screening_casebook import PASSWORD, log_in
from tests.obstacles import is_too_wide
from tests.randomization_ground import a_list
from tests.rehearsal_ground import a_cast, a_passing_subject

MONTH = 31
BROKEN_AFP = "33"


@pytest.fixture(scope="module")
def house(postgres: Server, module_db: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A cast that may log in, and a web server whose clock can be moved on."""
    folder = tmp_path_factory.mktemp("pair")
    cast = a_cast()
    a_list()
    User.objects.filter(pk__in=[user.pk for user in cast.people.values()]).update(password=make_password(PASSWORD))
    clock = folder / "clock"
    environment = databases.process_environment(postgres, module_db, CLOCK_FILE=str(clock))
    with services.web(environment, folder) as address:
        yield SimpleNamespace(address=address, cast=cast, clock=clock)


@pytest.fixture
def a_month_later(house: SimpleNamespace) -> Iterator:
    """Call it to let a month pass; at the end it is today again."""
    yield lambda: house.clock.write_text(str(MONTH))
    house.clock.unlink(missing_ok=True)


@pytest.fixture
def page_of(browser: Browser, house: SimpleNamespace) -> Iterator:
    """Return a function that gives the page of a person who is logged in."""
    with ExitStack() as stack:

        def open_for(user: User) -> Page:
            context = browser.new_context(base_url=house.address, viewport={"width": 1280, "height": 900})
            stack.callback(context.close)
            page = context.new_page()
            log_in(page, house.address, user)
            return page

        yield open_for


def a_candidate_with_a_broken_pair(cast: Cast) -> Walk:
    """Return a candidate with two complete responses, whose first draw was normal and whose second was not."""
    here = walk.a_listed_subject(cast, Course("broken", markers_days_ago=(45,)), at=timezone.now())
    walk.consent(here, days_ago=10)
    walk.enter_imaging(here)
    walk.enter_markers(here)
    draw(here, days_ago=11, afp=BROKEN_AFP)
    return here


def draw(here: Walk, *, days_ago: int, afp: str) -> None:
    """Enter one more draw, today."""
    number = 1 + sum(form.crf == "MK" for form in here.book)
    typed = answers.markers(here.on, days_ago=days_ago, afp=afp, pivka="22")
    walk.enter(here, "MK", typed, at=here.at, number=number)


def what_a_month_brings(here: Walk) -> Walk:
    """Enter, a month later, two normal draws and the scan beside the second."""
    later = replace(here, at=here.at + timedelta(days=MONTH))
    draw(later, days_ago=MONTH - 1, afp="5.2")
    draw(later, days_ago=1, afp="4.9")
    scan = answers.scan("broken", later.on, days_ago=2, timepoint="follow-up", viable=("0", "0"))
    form = walk.enter(later, "TA", scan, at=later.at, number=1 + sum(form.crf == "TA" for form in here.book))
    walk.sign(form, by=later.one(Role.PRINCIPAL_INVESTIGATOR), at=later.at)
    return later


def picture(page: Page, name: str) -> None:
    """Look at the page on a telephone and on a desk; with EDC_PICTURES set, keep what is seen."""
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert not is_too_wide(page), (name, width)
        if folder := os.environ.get("EDC_PICTURES"):
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def confirm(page: Page, password: str) -> None:
    """Sign the response, with the address where the page asks for it."""
    place = page.locator("#response form.signing")
    expect(place.locator("input[type=password]")).to_be_visible()
    if (email := place.locator("input[type=email]")).count():
        email.fill(page.locator("header .menu p.quiet").first.text_content() or "")
    place.locator("input[type=password]").fill(password)
    place.get_by_role("button", name="Confirm the response").click()


def in_words(day: date) -> str:
    return day_in_words(day.isoformat())


def test_a_broken_pair_is_told_and_the_response_is_confirmed_a_month_later(house, page_of, a_month_later):
    here = a_candidate_with_a_broken_pair(house.cast)
    page = page_of(here.one(Role.PRINCIPAL_INVESTIGATOR))
    page.goto(f"/eligibility/{here.subject.pk}/")
    response = page.locator("#response")
    first, second, complete = (in_words(here.on + timedelta(days=days)) for days in (-45, -11, 28))
    expect(response).to_contain_text(
        f"The run of normal markers of {first} was broken by AFP {BROKEN_AFP} ng/mL of {second}, above the limit of"
    )
    expect(response).to_contain_text(
        f"a new pair may begin on {in_words(here.on)} and be complete not before {complete}"
    )
    expect(response).to_contain_text("broke the run before it")
    expect(response.get_by_role("button", name="Confirm the response")).to_have_attribute("aria-disabled", "true")
    expect(response.locator(".action .reason")).not_to_be_empty()
    assert response.locator("svg .breaks").count() >= 1
    picture(page, "broken")

    later = what_a_month_brings(here)
    a_month_later()
    page.goto(f"/eligibility/{here.subject.pk}/")
    expect(response).to_contain_text("Clinical complete response: complete responses on")
    expect(response).to_contain_text(f"AFP {BROKEN_AFP} ng/mL of {second}")
    expect(response).to_contain_text("29 days apart")
    expect(response.locator("b", has_text="second of the pair")).to_have_count(2)

    confirm(page, "not-the-Password-of-anybody")
    expect(page.locator("#response [role=alert]")).to_be_visible()
    expect(page.locator("#response")).not_to_contain_text("Confirmed by")
    confirm(page, PASSWORD)
    expect(page.locator("#response .note.good")).to_contain_text(
        f"Confirmed by {later.one(Role.PRINCIPAL_INVESTIGATOR).name}"
    )
    picture(page, "confirmed")


def test_a_corrected_value_revokes_the_determination_and_randomizing_is_grey(house, page_of):
    here = a_passing_subject(house.cast, "corrected")
    an_eligible_subject(here)
    latest = max((form for form in here.book if form.crf == "MK"), key=lambda form: form.repeat)
    page = page_of(here.one(Role.COORDINATOR))
    page.goto(f"/randomization/{here.subject.pk}/")
    expect(page.locator("main form").get_by_role("button", name=f"Randomize {here.subject.number}")).to_be_enabled()

    page.goto(f"/forms/{latest.pk}/")
    page.locator("[name=afp]").fill(BROKEN_AFP)
    page.locator("[name=why]").fill("The report says 33, not what was typed")
    page.get_by_role("button", name="Save the changes").click()
    foreseen = page.locator("[data-problems]")
    expect(foreseen).to_contain_text("Saving the change also changes this")
    expect(foreseen).to_contain_text("Determination of eligibility")
    picture(page, "foreseen")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_text(f"Tumour markers {latest.repeat} is complete.")).to_be_visible()

    page.goto(f"/eligibility/{here.subject.pk}/")
    determination = page.locator("#determination")
    expect(determination).to_contain_text("Revoked")
    why = "A change of the casebook altered the scans or markers on which the response was confirmed."
    expect(determination).to_contain_text(why)
    expect(page.locator("#response")).to_contain_text("was broken by AFP 33 ng/mL")
    picture(page, "revoked")

    page.goto(f"/randomization/{here.subject.pk}/")
    grey = page.get_by_role("button", name=f"Randomize {here.subject.number}")
    expect(grey).to_have_attribute("aria-disabled", "true")
    expect(page.locator("main .reason").last).to_contain_text(why)
    picture(page, "grey")
