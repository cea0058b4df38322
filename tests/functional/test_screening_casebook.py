"""A coordinator and a surgeon enter a whole screening casebook, an investigator signs and reads the candidate page.

All of it by the keyboard alone: a mouse used is a complaint of the browser.

1. The coordinator logs in, sees what waits, and adds a subject to the screening log of the site.
2. The casebook opens with every form that screening expects, none of them begun.
3. Consent is entered; the answer that decides whether another is asked shows and hides it while typing.
4. The chemistry has a letter where a number belongs and one item missing: the page says both, linked, and keeps
   everything typed; mended and completed, an unusual value opens a query, which is explained beside the value at once.
5. The scan gets its lesions by a button; the sum of diameters is computed by the server while typing.
6. The rest is entered form by form, dates and numbers typed in several ways; at the end only the surgeon's form waits.
7. A completed value is corrected: the page asks for the reason, and the history shows old and new, who, when and why.
8. The status grid shows the subject; `/` and the number jump to it.
9. The surgeon finds the evaluation on the home page, enters it and signs it.
10. The investigator finds the forms to sign on the home page, signs one with the password, and reads the candidate page:
    every criterion with its verdict.
11. Nothing on these pages is a serious obstacle for a screen reader or a keyboard, and the browser has no complaint.

With EDC_TOUR set, pictures of the stations are written to docs/tour/.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from casebook import actions
from casebook.words import day_in_words
from protocol.roles import Role
from scripts.embedded_postgres import ROOT
from tests.casebook_ground import a_laboratory, a_range, a_surgeon
from tests.obstacles import assert_no_serious_obstacle
from tests.people import a_site, a_user, principal_investigator, set_up

PASSWORD = "a-long-Password-for-tests"
# Near today, because verdicts lapse: a casebook of last spring would be judged as missing its laboratory values.
SIGNED_ON, SAMPLED_ON = (date.today() - timedelta(days=days) for days in (9, 4))
CHECKED = SAMPLED_ON.isoformat()
TOUR = ROOT / "docs" / "tour"

RANGES = {
    "ALT": ("U/L", None, "50"),
    "AST": ("U/L", None, "40"),
    "total bilirubin": ("µmol/L", None, "21"),
    "creatinine": ("µmol/L", "57", "97"),
    "AFP": ("ng/mL", None, "7"),
    "PIVKA-II": ("mAU/mL", None, "40"),
    "INR": ("", "0.8", "1.2"),
    "PT": ("s", "9.4", "12.5"),
    "APTT": ("s", "25", "36"),
}
CONSENT = {
    "version": "1.0",
    "signed_at": f"{SIGNED_ON} 09:30",
    "copy_given": "Y",
    "privacy": "Y",
    "tissue": "N",
}
SAMPLE = {"sampled_on": f"{SAMPLED_ON:%Y/%m/%d}", "laboratory": "TOUR-LAB"}
CHEMISTRY = {"bilirubin": "11.2", "albumin": "42", "ast": "31", "creatinine": "77"}
REST: Mapping[str, Mapping[str, str]] = {
    "Demography": {"birth_date": "1968-04", "sex": "male"},
    "HCC diagnosis and staging": {
        "diagnosed_on": "2025-06-12",
        "hcc_diagnosis": "Y",
        "basis": "imaging",
        "aetiology": "hbv",
        "cirrhosis": "N",
        "hbsag": "Y",
        "hcv_antibody": "N",
        "tumour_count": "1",
        "largest_diameter": "62",
        "macrovascular_invasion": "N",
        "bclc": "A",
        "cnlc": "Ib",
        "metastasis_initial": "N",
        "metastasis_screening": "N",
    },
    "Tumour markers": {**SAMPLE, "afp": "<1.3", "pivka": "21"},
    "Haematology": {**SAMPLE, "platelets": "156", "leukocytes": "5,2", "neutrophils": "3.1", "haemoglobin": "139"},
    "Coagulation": {**SAMPLE, "inr": "1.02", "pt": "11.9", "aptt": "31"},
    "ECG": {"performed_on": CHECKED, "tracings/1/qt": "402", "tracings/1/heart_rate": "68"},
    "ECOG and vital signs": {"assessed_on": CHECKED, "ecog": "0"},
    "Child-Pugh items": {"assessed_on": CHECKED, "encephalopathy": "none", "ascites": "none"},
    "Medical history": {
        "taken_on": CHECKED,
        "anticoagulation": "none",
        "transplant": "none",
        "hiv": "negative",
        **dict.fromkeys(
            [
                "other_treatment",
                "tcm_antitumour",
                "myocardial_infarction",
                "angina",
                "bypass",
                "heart_failure",
                "stroke",
                "pulmonary_embolism",
                "arrhythmia",
                "dialysis",
                "second_malignancy",
                "brain_lesion",
                "chemotherapy_allergy",
            ],
            "N",
        ),
    },
    "Investigator's judgements": {
        "judged_on": CHECKED,
        "life_expectancy_over_3m": "Y",
        "organ_dysfunction": "N",
        "bleeding_tendency": "N",
        "other_condition": "N",
    },
    "Prior treatment": {
        "kind": "tace",
        "first_line": "Y",
        "cycles": "3",
        "started_on": "2025-07",
        "ongoing": "N",
        "ended_on": "2025-11",
    },
}
EVALUATION = {
    "question": "present",
    "source": "own evaluation",
    "round": "1",
    "evaluated_on": CHECKED,
    "finding": "resectable",
    "icg_r15": "8",
    "remnant_volume": "62",
}
LESION = {"organ": "liver", "segment": "6", "evaluable": "Y", "enhancement": "present", "viable_diameter": "23.5"}
SCAN = {
    "scan_on": "2025-06-20",
    "timepoint": "baseline",
    "modality": "mri",
    "arterial_phase": "Y",
    "lipiodol": "N",
    "chest_ct": "Y",
    "new_lesion": "no",
}


@pytest.fixture(scope="module")
def people(module_db: str) -> SimpleNamespace:
    """A site with a coordinator, its principal investigator and a laboratory."""
    site = a_site("GZ1")
    laboratory = a_laboratory("TOUR-LAB")
    investigator = principal_investigator(site)
    for analyte, (unit, low, high) in RANGES.items():
        proposed = a_range(laboratory, analyte, unit, low=low and Decimal(low), high=Decimal(high))
        actions.confirm_range(proposed, by=investigator, at=timezone.now())
    actions.add_consent_form(
        site, by=set_up(), at=timezone.now(), version="1.0", approved_on=date(2022, 1, 5), effective_on=date(2022, 2, 1)
    )
    coordinator = a_user(Role.COORDINATOR, site, password=PASSWORD)
    surgeon = a_surgeon(site)
    for each in (investigator, surgeon):
        each.set_password(PASSWORD)
        each.save(update_fields=["password"])
    return SimpleNamespace(site=site, coordinator=coordinator, investigator=investigator, surgeon=surgeon)


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains of, a mouse too; a page that answers a refusal with its own status is none."""
    found: list[str] = []

    def note(message):
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda fault: found.append(str(fault)))
    page.add_init_script("addEventListener('pointerdown', () => console.error('A mouse was used.'), true)")
    return found


def log_in(page: Page, address: str, user) -> None:
    page.goto(f"{address}/accounts/login/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()


def log_in_by_keys(page: Page, address: str, user) -> None:
    page.goto(f"{address}/accounts/login/")
    type_in(page, {"login": user.email, "password": PASSWORD})
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible(timeout=30_000)


# How many stops of the Tab key the wanted place is ahead; one where that is not foreseen, none where it has the focus.
AHEAD = """
const is_first_of_group = each => {
  const group = [...document.getElementsByName(each.name)].filter(other => other.form === each.form);
  return each === (group.find(other => other.checked) ?? group[0]);
};
const ahead = is_wanted => {
  const here = document.activeElement;
  if (is_wanted(here)) return 0;
  const stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter(
    each => here.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING && each.tabIndex >= 0 &&
      !each.disabled && each.checkVisibility({visibilityProperty: true}) &&
      (each.type !== 'radio' || is_first_of_group(each)));
  return stops.findIndex(is_wanted) + 1 || 1;
};
"""
NAMED = f"said => {{ {AHEAD} return ahead(each => (each.name ?? '') === said); }}"
WORDED = f"said => {{ {AHEAD} return ahead(each => each.textContent.trim() === said); }}"
PLACED = f"place => {{ {AHEAD} return ahead(each => each === place); }}"
MOST_TABS = 400


def tab_on(page: Page, tabs_ahead: Callable[[], int]) -> None:
    """Hold the Tab key until the focus is where it is wanted; it stops at each place on the way."""
    pressed = 0
    page.wait_for_load_state()
    while tabs := tabs_ahead():
        pressed += tabs
        assert pressed <= MOST_TABS, f"{MOST_TABS} tabs lead nowhere on {page.url}."
        page.keyboard.press("+".join(["Tab"] * tabs))


def press(page: Page, words: str) -> None:
    """Go to a link or a button by Tab, and press Enter."""
    tab_on(page, lambda: page.evaluate(WORDED, words))
    page.keyboard.press("Enter")


def type_in(page: Page, typed: Mapping[str, str]) -> None:
    """Answer each item by the keyboard alone: Tab to it, type, or go through its choices by the arrows."""
    for name, value in typed.items():
        tab_on(page, lambda name=name: page.evaluate(NAMED, name))
        if page.evaluate("() => document.activeElement.matches('select, [type=radio]')"):
            for _ in range(MOST_TABS):
                if page.evaluate("() => document.activeElement.value") == value:
                    break
                page.keyboard.press("ArrowDown")
        else:
            page.keyboard.type(value)


def retype(page: Page, typed: Mapping[str, str]) -> None:
    """Write other text into each box, in place of what is there."""
    for name, value in typed.items():
        tab_on(page, lambda name=name: page.evaluate(NAMED, name))
        page.keyboard.press("Control+A")
        page.keyboard.press("Delete")
        page.keyboard.type(value)


def go_to(page: Page, place: Locator) -> None:
    """Press Tab until the focus is at this place."""
    tab_on(page, lambda: place.evaluate(PLACED))


def follow(page: Page, place: Locator) -> None:
    """Go to a link by Tab, press Enter, and wait for where it leads."""
    go_to(page, place)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def back_to(page: Page, casebook: str) -> None:
    """Return to the casebook by its number, where the page is another one."""
    if page.url.partition("#")[0] != casebook:
        follow(page, page.locator("main").get_by_role("link", name="GZ1-001", exact=True).first)


def picture(page: Page, name: str, *, at: str = "h1") -> None:
    """Take a picture for the tour, of the page from this place on."""
    if os.environ.get("EDC_TOUR"):
        TOUR.mkdir(parents=True, exist_ok=True)
        page.locator(at).first.evaluate("place => place.scrollIntoView({block: 'start', behavior: 'instant'})")
        page.screenshot(path=TOUR / f"{name}.png")


def test_a_casebook_is_entered_signed_and_judged(site_address, people, page: Page, complaints):
    page.set_viewport_size({"width": 1280, "height": 860})
    log_in_by_keys(page, site_address, people.coordinator)
    assert_no_serious_obstacle(page)

    # 1, 2: a subject, and its casebook
    follow(page, page.get_by_role("link", name="Subjects", exact=True))
    follow(page, page.get_by_role("link", name="Add a subject"))
    press(page, "Add to the screening log")
    expect(page.get_by_text("Subject GZ1-001 is on the screening log.")).to_be_visible()
    casebook = page.url
    assert_no_serious_obstacle(page)

    # 3: consent
    press(page, "Informed consent")
    expect(page.locator("[name=version]")).to_be_visible()
    type_in(page, CONSENT)
    expect(page.locator("[data-echo=signed_at]")).to_have_text(f"{day_in_words(SIGNED_ON.isoformat())} 09:30")
    press(page, "Save & complete")
    expect(page.get_by_text("Informed consent is complete.")).to_be_visible()

    # 4: chemistry, with errors first
    press(page, "Chemistry")
    expect(page.locator("[name=alt]")).to_be_visible()
    type_in(page, SAMPLE | CHEMISTRY | {"alt": "three"})
    press(page, "Save & complete")
    problems = page.locator("#problems")
    expect(problems).to_contain_text("ALT")
    expect(page.locator("[name=alt]")).to_have_value("three")
    expect(page.locator("[name=bilirubin]")).to_have_value("11.2")
    go_to(page, problems.get_by_role("link", name="ALT"))
    page.keyboard.press("Enter")
    expect(page.locator("[name=alt]")).to_be_focused()
    assert_no_serious_obstacle(page)
    picture(page, "form-refused")
    retype(page, {"alt": "", "creatinine": "77"})
    press(page, "Save & complete")
    expect(page.locator("#problems")).to_contain_text("Answer this item")
    retype(page, {"alt": "9000"})
    press(page, "Save & complete")
    expect(page.get_by_text("1 answer is unusual.")).to_be_visible()
    go_to(page, page.get_by_label("Explain the value, or correct it above"))
    page.keyboard.type("Confirmed by the laboratory in a second run.")
    assert_no_serious_obstacle(page)
    picture(page, "form-query", at="[data-item=alt]")
    press(page, "Save the changes")
    expect(page.get_by_text("1 query is answered.")).to_be_visible()

    # 5: the scan and its lesions
    back_to(page, casebook)
    press(page, "Tumour assessment")
    expect(page.locator("[name=scan_on]")).to_be_visible()
    type_in(page, SCAN)
    press(page, "Add a target lesion")
    expect(page.locator("[name='lesions/T1/organ']")).to_be_visible()
    expect(page.locator("[name=scan_on]")).to_have_value("2025-06-20")
    type_in(page, {f"lesions/T1/{name}": value for name, value in LESION.items()})
    expect(page.locator("[data-derived=sum_viable]")).to_have_text("23.5 mm")
    assert_no_serious_obstacle(page)
    picture(page, "lesions", at="#section-2")
    press(page, "Save & complete")
    expect(page.get_by_text("Tumour assessment is complete.")).to_be_visible()

    # 6: the rest, one after the other, by the keyboard alone
    back_to(page, casebook)
    for title, typed in REST.items():
        press(page, title)
        expect(page.locator("h1")).to_have_text(title)
        type_in(page, typed)
        press(page, "Save & complete")
        expect(page.get_by_text(f"{title} is complete.")).to_be_visible()
    waiting = page.locator("#visit-SCR li").filter(has_text="Not started")
    expect(waiting).to_have_count(1)
    expect(waiting).to_contain_text("Surgeon's evaluation")
    assert_no_serious_obstacle(page)
    picture(page, "casebook")

    # 7: a correction with its reason
    follow(page, page.get_by_role("link", name="Haematology", exact=True))
    retype(page, {"platelets": "165"})
    press(page, "Save the changes")
    expect(page.locator("#problems").first).to_contain_text("reason")
    retype(page, {"platelets.why": "Typing error corrected"})
    with page.expect_navigation():  # the page asks the server whether it is there before it sends
        press(page, "Save the changes")
    if page.locator("[name=foreseen]").count():
        press(page, "Save the changes")
    expect(page.get_by_text("Haematology is complete.")).to_be_visible()
    follow(page, page.get_by_role("link", name="Haematology", exact=True))
    follow(page, page.get_by_role("link", name="History: Platelets"))
    expect(page.locator("tbody tr").first).to_contain_text("165 10⁹/L")
    expect(page.locator("tbody tr").first).to_contain_text("Typing error corrected")
    assert_no_serious_obstacle(page)

    # 8: the grid and the jump
    follow(page, page.get_by_role("link", name="Subjects", exact=True))
    expect(page.locator("table.grid")).to_contain_text("GZ1-001")
    assert_no_serious_obstacle(page)
    picture(page, "subjects")
    page.keyboard.press("/")
    expect(page.locator("[data-jump]")).to_be_focused()
    page.keyboard.type("001")
    page.keyboard.press("Enter")
    expect(page).to_have_url(casebook)

    page.context.clear_cookies()  # 9, 10: other people, on the same forms: one journey, so one test in any order
    the_surgeon_evaluates_and_signs(page, site_address, people.surgeon)
    page.context.clear_cookies()
    the_investigator_signs_and_reads_the_candidate(page, site_address, people.investigator)

    assert complaints == []


def sign(page: Page, who) -> None:
    """Sign the form that is shown, with both parts: the first signature since logging in."""
    type_in(page, {"email": who.email, "password": PASSWORD})
    press(page, "Sign this form")
    expect(page.get_by_role("status").filter(has_text="is signed.")).to_be_visible()


def the_surgeon_evaluates_and_signs(page: Page, address: str, surgeon) -> None:
    log_in_by_keys(page, address, surgeon)
    waiting = page.locator("section", has=page.get_by_role("heading", name="Evaluations to enter"))
    follow(page, waiting.get_by_role("link", name="GZ1-001"))
    expect(page.locator("h1")).to_have_text("Begin: Surgeon's evaluation")
    assert_no_serious_obstacle(page)
    press(page, "Begin a form of your own")
    expect(page.locator("h1")).to_have_text("Surgeon's evaluation")
    assert_no_serious_obstacle(page)
    type_in(page, EVALUATION)
    press(page, "Save & complete")
    expect(page.get_by_text("Surgeon's evaluation is complete.")).to_be_visible()
    follow(page, page.locator("#visit-SCR").get_by_role("link", name="Surgeon's evaluation"))
    follow(page, page.get_by_role("link", name="Sign", exact=True))
    sign(page, surgeon)


def the_investigator_signs_and_reads_the_candidate(page: Page, address: str, investigator) -> None:
    log_in_by_keys(page, address, investigator)
    expect(page.get_by_role("heading", name="Forms to sign")).to_be_visible()
    assert_no_serious_obstacle(page)
    picture(page, "home")

    follow(
        page, page.locator("section", has=page.get_by_role("heading", name="Forms to sign")).get_by_role("link").nth(1)
    )
    expect(page.get_by_text("have read this form")).to_be_visible()
    assert_no_serious_obstacle(page)
    sign(page, investigator)

    follow(page, page.get_by_label("Pages of this subject").get_by_role("link", name="Eligibility"))
    for code in ("I01", "I07a", "E01"):
        expect(page.locator(f"#{code}")).to_be_visible()
    expect(page.locator("#I07a")).to_contain_text("Pass")
    expect(page.locator("#I08b")).to_contain_text("Fail")  # the liver value that was confirmed
    assert_no_serious_obstacle(page)
    picture(page, "candidate-top")
