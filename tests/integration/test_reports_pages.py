"""The pages of reports: who reads what, pooled or by arm, on the page, on paper and as a table file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts import actions as accounts
from accounts.models import User
from audit.door import as_actor
from audit.models import Seal
from casebook.models import Subject
from casebook.words import day_in_words
from paper.pdf import html_of
from protocol.roles import Role
from rehearsal.cast import Cast
from tests.casebook_ground import a_subject
from tests.people import a_site, a_user
from tests.randomization_ground import a_list, a_randomized_subject
from tests.rehearsal_ground import a_cast, taken_back

ALL = ("accrual", "flow", "pfs", "os", "ttf", "endpoints")
ARM_WORDS = ("Liver resection", "Watch and wait", "Resection", "RESECT", "pCR")


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def subjects(cast: Cast) -> list[Subject]:
    a_list()
    return [a_randomized_subject(cast, seed).subject for seed in ("one", "two", "three", "four")]


@pytest.fixture(scope="module")
def statistician(subjects: list[Subject]) -> User:
    return a_user(Role.STATISTICIAN)


@pytest.fixture(scope="module")
def unblinded(subjects: list[Subject]) -> User:
    return a_user(Role.UNBLINDED_STATISTICIAN)


@pytest.fixture(scope="module")
def coordinator(subjects: list[Subject]) -> User:
    return a_user(Role.COORDINATOR, subjects[0].site)


@pytest.fixture(autouse=True)
def _taken_back(subjects: list[Subject], statistician: User, unblinded: User, coordinator: User) -> Iterator[None]:
    with taken_back():
        yield


def asked(user: User, name: str, *args: object, **query: str):
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, args=args), query)


def page_of(user: User, name: str, *args: object, **query: str) -> str:
    response = asked(user, name, *args, **query)
    assert response.status_code == 200, response.content[:2000]
    return response.content.decode()


def table_of(user: User, which: str, **query: str) -> list[dict[str, str]]:
    response = asked(user, "report-csv", which, **query)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


# --- what stands on the pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ALL)
def test_every_report_has_its_data_cut_and_table(statistician, which):
    page = page_of(statistician, "report", which)

    assert f"Data cut {timezone.now().date()}"[:13] in page
    assert "<table" in page
    assert "style=" not in page.split("<main")[1]


@pytest.mark.parametrize("which", [name for name in ALL if name != "endpoints"])
def test_every_picture_says_what_it_shows(statistician, which):
    page = page_of(statistician, "report", which)

    assert '<svg class="plot' in page
    assert "<desc" in page


def test_accrual_counts_who_was_randomized_against_the_target(statistician):
    assert "4 of 60 subjects were randomized" in page_of(statistician, "report", "accrual")
    assert table_of(statistician, "accrual")[-1]["Randomized so far"] == "4"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_months_of_accrual_are_words_on_page_and_paper_and_stay_numbers_in_the_file(statistician, as_html, language):
    accounts.choose_language(statistician, by=statistician, at=timezone.now(), language=language)
    iso = list(
        csv.reader(io.StringIO(b"".join(asked(statistician, "report-csv", "accrual").streaming_content).decode()))
    )
    with translation.override(language):
        words = day_in_words(iso[-1][0])

    assert all(re.fullmatch(r"20\d\d-\d\d", row[0]) for row in iso[1:])
    assert words.endswith("月") == (language == "zh-hans")
    for name in ("report", "report-pdf"):
        read = page_of(statistician, name, "accrual")
        assert f"<td>{words}</td>" in read
        assert f"<title>{words}: " in read
        assert iso[-1][0] not in re.sub(r"20\d\d-\d\d-\d\d", "", read.partition("<h1")[2])


def test_before_anybody_had_an_event_the_curve_stands_at_one(statistician):
    rows = table_of(statistician, "pfs")

    assert (rows[0]["Month"], rows[0]["At risk"], rows[0]["Estimate"]) == ("0", "4", "100.0% (100.0%–100.0%)")
    assert rows[1]["Estimate"] == "–"


def test_the_flow_adds_up_to_the_randomized(statistician):
    rows = {(row["Part"], row["Step"]): int(row["Subjects"]) for row in table_of(statistician, "flow")}

    assert rows[("", "Randomized")] == rows[("Both arms", "Allocated")] == 4
    assert rows[("", "Assessed for eligibility")] == rows[("", "Randomized")] + rows[("", "Still in screening")]


def test_a_narrow_screen_gets_a_flow_of_its_own(statistician):
    page = page_of(statistician, "report", "flow")

    assert re.search(r'<div class="scroll-x is-wide" tabindex="0" role="region"[^>]*><svg class="plot flow"', page)
    assert '<div class="is-narrow"><svg class="plot flow-narrow"' in page
    assert "is-narrow" not in page_of(statistician, "report", "pfs")


def test_a_number_of_the_flow_leads_to_those_behind_it(statistician, subjects):
    page = page_of(statistician, "report", "flow")
    assert reverse("report-people", args=["randomized"]) in page

    listed = page_of(statistician, "report-people", "randomized")
    assert all(subject.number in listed for subject in subjects)


def test_endpoints_are_listed_with_their_rule(statistician, subjects):
    rows = table_of(statistician, "endpoints")

    assert [row["Subject"] for row in rows] == sorted(subject.number for subject in subjects)
    assert rows[0]["PFS rule"] == (
        "No adequate tumour assessment after randomization: censored at randomization, day 1."
    )


def test_the_page_of_a_subject_says_the_rule(coordinator, subjects):
    page = page_of(coordinator, "subject-endpoints", subjects[0].pk)

    assert "Progression-free survival" in page
    assert "censored at randomization, day 1" in page


# --- pooled, and by arm -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ALL)
def test_the_statistician_reads_no_word_of_an_arm(statistician, which):
    page = page_of(statistician, "report", which).split("<main")[1]

    assert not [word for word in ARM_WORDS if word in page]


def test_the_statistician_reads_no_arm_on_the_page_of_a_subject(statistician, subjects):
    for subject in subjects:
        page = page_of(statistician, "subject-endpoints", subject.pk).split("<main")[1]
        assert "Pathological" not in page
        assert "operation" not in page


@pytest.mark.parametrize("role", ["statistician", "coordinator"])
@pytest.mark.parametrize("which", ["pfs", "flow"])
def test_outcomes_by_arm_do_not_exist_for_the_team(request, role, which):
    assert asked(request.getfixturevalue(role), "report", which, by="arm").status_code == 404


@pytest.mark.parametrize("role", ["statistician", "coordinator"])
def test_the_response_of_the_resection_arm_does_not_exist_for_the_team(request, role):
    user = request.getfixturevalue(role)

    assert asked(user, "report", "response").status_code == 404
    assert asked(user, "report-csv", "response").status_code == 404
    assert "Pathological" not in page_of(user, "reports")


@pytest.mark.parametrize("which", ["pfs", "flow"])
def test_the_unblinded_statistician_compares_the_arms(unblinded, which):
    page = page_of(unblinded, "report", which, by="arm")

    assert "Liver resection" in page
    assert "Watch and wait" in page
    assert "Show them to nobody before the data are locked" in page


def test_the_unblinded_statistician_reads_the_rate_of_response(unblinded):
    rows = table_of(unblinded, "response")

    assert [row["Of"] for row in rows] == ["Evaluable specimens", "All allocated to resection"]


@pytest.mark.parametrize("box", ["all-received", "all-pending", "RESECT-allocated"])
def test_a_list_that_would_tell_the_arm_does_not_exist(statistician, box):
    assert asked(statistician, "report-people", box).status_code == 404


# --- whose figures ------------------------------------------------------------------------------------------------


def test_a_coordinator_reads_the_figures_of_the_own_site_alone(coordinator):
    elsewhere = a_site()
    stranger = a_subject(a_user(Role.COORDINATOR, elsewhere))

    assert stranger.number not in page_of(coordinator, "report-people", "assessed")
    assert asked(coordinator, "report", "accrual", site=str(elsewhere.pk)).status_code == 404
    assert asked(coordinator, "subject-endpoints", stranger.pk).status_code == 404


def test_a_site_without_anybody_says_what_will_stand_there(subjects):
    somebody = a_user(Role.COORDINATOR, a_site())

    assert "Here will stand" in page_of(somebody, "report", "accrual")
    assert "Here will stand" in page_of(somebody, "report", "flow")
    assert "Here will stand" in page_of(somebody, "report", "pfs")
    assert asked(somebody, "report-pdf", "pfs").status_code == 200


# --- the data cut -------------------------------------------------------------------------------------------------


def test_nobody_was_randomized_before_the_cut(statistician):
    assert "Here will stand the estimated curve" in page_of(statistician, "report", "pfs", cut="2020-01-01")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("03/04/2025", "03/04/2025 can be 2025-03-04 or 2025-04-03"),
        ("soon", "soon is not a date"),
        ("2099-01-01", "A data cut lies not in the future"),
    ],
)
def test_a_cut_that_cannot_be_is_said_beside_its_field(statistician, typed, sentence):
    response = asked(statistician, "report", "accrual", cut=typed)

    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert f'value="{typed}"' in response.content.decode()


# --- on paper -----------------------------------------------------------------------------------------------------


@pytest.fixture
def as_html(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what would be printed be read."""
    monkeypatch.setattr("reports.views.pdf_of", lambda *args, **kwargs: html_of(*args, **kwargs).encode())


@pytest.mark.parametrize("which", ALL)
def test_every_report_is_printed(statistician, which):
    response = asked(statistician, "report-pdf", which)

    assert response.content.startswith(b"%PDF")
    assert response["Content-Disposition"].endswith('.pdf"')


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Seal:
    """Return the seal that is the last one."""
    seal = Seal(number=17, digest="ab" * 32, sealed_at=timezone.now())
    monkeypatch.setattr("reports.views.last_seal", lambda: seal)
    return seal


def test_paper_carries_the_seal_and_the_data_cut(statistician, as_html, sealed):
    printed = asked(statistician, "report-pdf", "pfs").content.decode()

    assert "Audit seal 17 of" in printed
    assert sealed.digest in printed
    assert "Data cut 20" in printed


def test_page_and_table_file_carry_the_seal_too(statistician, sealed):
    assert "Audit trail seal 17 of" in page_of(statistician, "report", "pfs")
    assert table_of(statistician, "pfs")[0]["Audit trail seal"] == f"17 {sealed.digest}"


def test_page_and_paper_show_the_very_same_picture(statistician, as_html):
    printed, page = asked(statistician, "report-pdf", "pfs").content.decode(), page_of(statistician, "report", "pfs")
    picture = re.search(r"<svg class=\"plot.*?</svg>", printed, re.DOTALL)

    assert picture is not None
    assert picture[0] in page


@pytest.mark.parametrize("which", ALL)
def test_only_a_table_of_many_columns_lies_across_the_page_with_its_widths_set(statistician, as_html, which):
    printed = asked(statistician, "report-pdf", which).content.decode()

    assert ("css:///paper-wide.css" in printed) == (which == "endpoints")
    assert ('<th class="long">' in printed) == (which == "endpoints")


@pytest.mark.parametrize("which", ALL)
def test_paper_tells_the_statistician_no_arm(statistician, as_html, which):
    # The name of the trial itself speaks of watching and waiting.
    printed = asked(statistician, "report-pdf", which).content.decode().partition("<h1>")[2]

    assert not [word for word in ARM_WORDS if word in printed]


# --- speed --------------------------------------------------------------------------------------------------------


def test_more_subjects_ask_no_more_queries(statistician, cast, subjects):
    def queries(which: str) -> int:
        page_of(statistician, "report", which)
        with CaptureQueriesContext(
            connection,
        ) as asked_of:
            page_of(statistician, "report", which)
        return len(asked_of)

    before = {which: queries(which) for which in ALL}
    with as_actor(statistician):
        assert Subject.objects.count() >= 4
    a_randomized_subject(cast, "five")

    assert {which: queries(which) for which in ALL} == before
