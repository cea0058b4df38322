"""One subject's whole path, through every role: from the screening log to a follow-up visit of which a reminder arrives.

1. The coordinator puts a subject on the screening log and enters consent and demography; the other forms of screening
   follow by the same actions, for another journey types every one of them.
2. Each surgeon alone evaluates the tumour and signs; neither sees the other before both are in.
3. The investigator signs the judgements, confirms the response on the time axis, and signs the determination.
4. The coordinator randomizes; the arm stands on the page, on the certificate and in a mail. A second click is refused.
5. Days pass; a beat wakes a worker, and the reminder of the first visit arrives in the mailbox.
6. The coordinator records the attendance and enters the visit; a value above its limit tells the investigator at once.
7. The data manager takes out the CSV of the visit's markers and, written by the worker, the casebook as PDF.
8. The reports count the subject, and the trail of all of it is whole.

With EDC_TOUR set, pictures of the stations are written to docs/tour/.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from casebook.models import Subject
from protocol.roles import Role
from rehearsal import answers, walk
from rehearsal.cast import Part, standing_cast
from rehearsal.consenting import SECOND_VERSION
from rehearsal.management.commands.make_demo import PASSWORD
from rehearsal.walk import Course, Walk
from scripts.embedded_postgres import ROOT
from tests import databases, services
from tests.house import House

TOUR = ROOT / "docs" / "tour"
PATIENCE_MS = 60_000
FIRST_WINDOW_DAYS = 24  # after randomization the window of month 1 is open


@pytest.fixture(scope="module")
def house(postgres, rehearsed_db: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A worker, and at its time a beat, on a demonstration with a clock that can be moved on."""
    folder: Path = tmp_path_factory.mktemp("journey")
    environment = databases.process_environment(
        postgres,
        rehearsed_db,
        REDIS_URL=redis_url,
        LOG_LEVEL="INFO",
        CLOCK_FILE=str(folder / "clock"),
        DIGEST_HOUR="0",
        DIGESTS_A_DAY="100",
        SEAL_FOLDER=str(folder / "seals"),
        SEAL_KEY_FILE=str(folder / "seal.key"),
    )
    with ExitStack() as stack:
        house = House(environment, folder, stack)
        house.worker()
        yield house


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """The address of a web server beside them."""
    with services.web(house.environment, house.folder) as address:
        yield address


@pytest.fixture
def pages(browser: Browser, address: str) -> Iterator:
    """Return a function that gives the browser page of a person who is logged in."""
    with ExitStack() as stack:

        def page_of(role: Role, mark: str = "") -> Page:
            context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 860})
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto("/accounts/login/")
            page.locator("input[name=login]").fill(Part(role, mark=mark).email)
            page.locator("input[name=password]").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.get_by_role("heading", name="What waits for you")).to_be_visible(timeout=PATIENCE_MS)
            return page

        yield page_of


def test_a_subject_from_consent_to_the_first_visit(pages, house: House, postgres, rehearsed_db: str):
    coordinator = pages(Role.COORDINATOR)
    number = a_subject_is_added(coordinator)
    here = the_casebook_is_entered(number)

    for mark in ("", "B"):
        a_surgeon_evaluates(pages(Role.SURGEON, mark), number)
    investigator = pages(Role.PRINCIPAL_INVESTIGATOR)
    the_investigator_determines(investigator, here)
    the_coordinator_randomizes(coordinator, here)
    with beating(house):
        the_reminder_arrives(coordinator, number)
    the_visit_is_entered(coordinator, investigator, here)
    the_data_are_taken_out(pages(Role.DATA_MANAGER), number)
    the_reports_count(pages(Role.STATISTICIAN))

    databases.run(postgres, rehearsed_db, "verify_audit")


def a_subject_is_added(page: Page) -> str:
    picture(page, "home-coordinator")
    page.get_by_role("link", name="Subjects", exact=True).click()
    page.get_by_role("link", name="Add a subject").click()
    page.locator("label.choice", has_text="01 ·").locator("input").check()
    page.get_by_role("button", name="Add to the screening log").click()
    said = page.get_by_text("is on the screening log.")
    expect(said).to_be_visible()
    number = re.search(r"01-\d+", said.inner_text())
    assert number

    on = timezone.now().date()
    page.get_by_role("link", name="Informed consent", exact=True).click()
    expect(page.locator("h1")).to_have_text("Informed consent")
    signed = answers.consent(on, days_ago=10, version=SECOND_VERSION)
    fill(page, {**signed, "signed_at": f"{answers.ago(on, 10)} 09:30"})
    page.get_by_role("button", name="Save & complete").click()
    expect(page.get_by_text("Informed consent is complete.")).to_be_visible()
    return number.group()


def the_casebook_is_entered(number: str) -> Walk:
    """Enter the rest of screening by the same actions."""
    cast, course = standing_cast(), Course("journey", evaluated=False, judged=False)
    with walk.as_actor(cast.one(Role.COORDINATOR)):
        subject = Subject.objects.get(number=number)
    here = Walk(cast, subject, course, timezone.now())
    walk.read_book(here)
    walk.enter(here, "DM", answers.demography(course.seed, here.on), at=here.at)
    walk.enter_history(here)
    walk.enter_imaging(here)
    walk.enter_markers(here)
    walk.enter_examinations(here)
    typed = answers.judgement(here.on)
    walk.enter(here, "IJ", typed, by=here.one(Role.PRINCIPAL_INVESTIGATOR), at=here.before(3))
    return here


def a_surgeon_evaluates(page: Page, number: str) -> None:
    for question, finding in (("initial", "unresectable"), ("present", "resectable")):
        to_casebook(page, number)
        begin_evaluation(page)
        on = timezone.now().date()
        typed = answers.evaluation(on, days_ago=2, question=question, finding=finding)
        fill(page, typed)
        page.get_by_role("button", name="Save & complete").click()
        expect(page.get_by_text("is complete.")).to_be_visible()
        sign_from_home(page, "Evaluations to sign", number)


def begin_evaluation(page: Page) -> None:
    free = page.locator("li", has_text="Not started").get_by_role("link", name=re.compile("^Surgeon's evaluation"))
    if free.count():
        free.first.click()
        page.get_by_role("button", name="Begin a form of your own").click()
        return
    screening = page.locator("#visit-SCR")
    if not screening.locator("select[name=crf]").is_visible():
        page.locator("details:has(#visit-SCR) > summary").click()
    screening.locator("select[name=crf]").select_option("SU")
    screening.get_by_role("button", name="Add").click()


def the_investigator_determines(page: Page, here: Walk) -> None:
    judgements = next(form for form in here.book if form.crf == "IJ")
    page.goto(f"/forms/{judgements.pk}/sign/")
    sign(page, "Sign this form")
    expect(page.get_by_role("status").get_by_text("is signed.")).to_be_visible()

    page.goto(f"/eligibility/{here.subject.pk}/")
    expect(page.locator("#missing")).to_have_count(0)
    picture(page, "candidate-top")
    sign(page, "Confirm the response")
    expect(page.get_by_text("Confirmed by Demo Principal investigator").first).to_be_visible()
    sign(page, "Sign the determination")
    expect(page.locator("#determination")).to_contain_text("Signed by Demo Principal investigator")


def the_coordinator_randomizes(page: Page, here: Walk) -> None:
    page.goto(f"/randomization/{here.subject.pk}/")
    picture(page, "randomize")
    page.get_by_label("Since the determination was signed").check()
    sign(page, f"Randomize {here.subject.number}")
    expect(page.locator(".display-5")).to_be_visible()
    picture(page, "arm")
    certificate = page.request.get(f"/randomization/{here.subject.pk}/certificate.pdf")
    assert certificate.ok
    assert certificate.body().startswith(b"%PDF")

    page.goto(f"/randomization/{here.subject.pk}/")
    expect(page.get_by_text("A subject is randomized once; nothing was changed.").first).to_be_visible()


@contextmanager
def beating(house: House) -> Iterator[None]:
    """Let a beat wake the worker for all that may be due, every second: too much to do beside all the rest."""
    pid = house.beat()
    yield
    os.kill(pid, signal.SIGTERM)


def the_reminder_arrives(page: Page, number: str) -> None:
    eventually_in_the_mailbox(page, f"{number} was randomized")
    page.goto("/days-pass/")
    page.get_by_role("button", name=f"{FIRST_WINDOW_DAYS} days").click()
    expect(page.get_by_text(f"{FIRST_WINDOW_DAYS} days have passed.")).to_be_visible()
    eventually_in_the_mailbox(page, re.compile(rf"{number}.*Month 1|Month 1.*{number}", re.DOTALL))
    picture(page, "mailbox")


def eventually_in_the_mailbox(page: Page, text: str | re.Pattern[str]) -> None:
    for _try in range(60):
        page.goto("/mailbox/?recipient=coordinator@example.org")
        if page.locator("main").get_by_text(text).count():
            return
        page.wait_for_timeout(1000)
    expect(page.locator("main").get_by_text(text).first).to_be_visible()


def the_visit_is_entered(page: Page, investigator: Page, here: Walk) -> None:
    page.goto("/visits/")
    expect(page.get_by_role("link", name=here.subject.number).first).to_be_visible()
    picture(page, "visits")
    page.goto(f"/subjects/{here.subject.pk}/visits/")
    month = page.locator("li.card-of", has=page.get_by_role("heading", name="Month 1", exact=True))
    month.get_by_role("link", name="Record attendance").click()
    page.locator("[name=attended_on]").fill("2099-01-01")
    page.get_by_role("button", name="Record attendance").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    on = (timezone.now() + timedelta(days=FIRST_WINDOW_DAYS)).astimezone(here.cast.sites["01"].zone).date()
    page.locator("[name=attended_on]").fill(on.isoformat())
    page.get_by_role("button", name="Record attendance").click()
    expect(page.locator("li.card-of", has_text="Month 1").first).to_contain_text("Attended")

    page.locator("li.card-of", has_text="Month 1").first.get_by_role("link", name="Tumour markers").click()
    fill(page, {"sampled_on": on.isoformat(), "laboratory": "DEMO-LAB", "afp": "38.5", "pivka": "22"})
    page.get_by_role("button", name="Save & complete").click()
    expect(page.get_by_text("Tumour markers is complete.")).to_be_visible()
    picture(page, "visit")

    investigator.goto("/safety/")
    expect(investigator.get_by_role("link", name=here.subject.number).first).to_be_visible()
    picture(investigator, "safety")


def the_data_are_taken_out(page: Page, number: str) -> None:
    table = page.request.get("/exports/tables/MK.csv")
    assert table.ok
    assert re.search(rf"{number}.*38\.5", table.text())

    page.goto("/exports/")
    page.get_by_label("Number of the subject").fill(number)
    page.get_by_role("button", name="Write the casebook").click()
    link = page.get_by_role("link", name=re.compile(rf"{number}.*\.pdf"))
    expect(link).to_be_visible(timeout=2 * PATIENCE_MS)
    picture(page, "downloads")
    written = page.request.get(link.get_attribute("href"))
    assert written.ok
    assert written.body().startswith(b"%PDF")


def the_reports_count(page: Page) -> None:
    for report in ("accrual", "flow", "pfs"):
        page.goto(f"/reports/{report}/")
        expect(page.locator("main svg").first).to_be_visible()
        picture(page, f"report-{report}")


def sign_from_home(page: Page, work: str, number: str) -> None:
    """Sign what the home page says waits for a signature."""
    page.goto("/")
    waiting = page.locator("section", has=page.get_by_role("heading", name=work))
    waiting.get_by_role("link", name=number, exact=True).first.click()
    sign(page, "Sign this form")
    expect(page.get_by_role("status").get_by_text("is signed.")).to_be_visible()


# --- hands --------------------------------------------------------------------------------------------------------


def to_casebook(page: Page, number: str) -> None:
    page.goto(f"/subjects/?number={number}")
    with page.expect_navigation():
        page.get_by_role("link", name=number, exact=True).first.click()


def fill(page: Page, typed: answers.Typed) -> None:
    """Type into each box as a person would; a unit stands beside its box already."""
    for name, value in typed.items():
        box = page.locator(f"[name='{name}']").first
        kind = box.evaluate("box => box.tagName === 'SELECT' ? 'select' : box.type")
        if kind == "select":
            box.select_option(value)
        elif kind in {"radio", "checkbox"}:
            page.locator(f"[name='{name}'][value='{value}']").check()
        else:
            box.fill(value.replace("T", " ") if re.match(r"\d{4}-\d\d-\d\dT", value) else value)


def sign(page: Page, button: str) -> None:
    """Sign with the password, and with the address where the page asks for it."""
    place = page.locator("form", has=page.get_by_role("button", name=button, exact=True)).last
    expect(place.locator("input[type=password]")).to_be_visible()
    if (email := place.locator("input[type=email]")).count():
        email.fill(page.locator("header .menu p.quiet").first.text_content() or "")
    place.locator("input[type=password]").fill(PASSWORD)
    place.get_by_role("button", name=button, exact=True).click()


def picture(page: Page, name: str) -> None:
    """Take a picture for the tour."""
    if os.environ.get("EDC_TOUR"):
        TOUR.mkdir(parents=True, exist_ok=True)
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=TOUR / f"{name}.png")
