"""The board and the candidate page: who sees whom, what is missing, and what every verdict rests on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Site, User
from paper.pdf import html_of
from protocol.roles import Role, Task
from protocol.trial import TRIAL
from tests.import_ground import an_exercise, imported, subject_of, today
from tests.people import a_site, a_user
from tests.printed import characters
from tests.rehearsal_ground import taken_back

FILE = "id,G,born,PLT,HB\nA,1,1960-05,93000,13.1\nB,0,,60,\nC,1,2015,,12\n"


@pytest.fixture(scope="module")
def site(module_db: str) -> Site:
    site = an_exercise()
    imported(site, FILE)
    return site


@pytest.fixture(scope="module")
def monitor(site: Site) -> User:
    return a_user(Role.MONITOR, site)


@pytest.fixture(autouse=True)
def _taken_back(monitor: User) -> Iterator[None]:
    with taken_back():
        yield


def answer_of(user: User, name: str, *args: object, **query: str) -> HttpResponse:
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, args=args), query)


def page_of(user: User, name: str = "eligibility-board", *args: object, **query: str) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200, response.content[:2000]
    return (b"".join(response.streaming_content) if response.streaming else response.content).decode()


def test_the_board_shows_every_candidate_and_every_criterion(monitor):
    page = page_of(monitor)

    assert all(number in page for number in ("IX-001", "IX-002", "IX-003"))
    assert all(f">{criterion.code}</abbr>" in page for criterion in TRIAL.criteria)


def test_an_exercise_is_labelled_on_the_board(monitor):
    assert "<small>exercise</small>" in page_of(monitor)


def test_a_verdict_is_icon_word_and_colour_together(monitor):
    page = page_of(monitor)

    for verdict, tone in {"Pass": "good", "Fail": "bad", "Unknown": "calm"}.items():
        cell = f'class="cell tone-{tone}"'
        assert cell in page
        assert f'<span class="visually-hidden">{verdict}</span>' in page


def test_the_row_says_what_is_missing(monitor):
    row = page_of(monitor).split("IX-001")[1].split("</tr>")[0]

    [missing] = re.findall(r"<span>Missing: (Informed consent.*?)</span>", row)
    assert re.fullmatch(
        r"Informed consent \(Coordinator\), HCC diagnosis and staging \(Coordinator\), "
        r"Prior treatments? \(Coordinator\) and \d+ more",
        missing,
    )


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"verdict": "fail", "criterion": "I07a"}, {"IX-002"}),
        ({"verdict": "pass", "criterion": "I07a"}, {"IX-001"}),
        ({"verdict": "unknown", "criterion": "I07a"}, {"IX-003"}),
        ({"verdict": "review"}, set()),
        ({"number": "003"}, {"IX-003"}),
        ({"stage": "listed"}, {"IX-001", "IX-002", "IX-003"}),
        ({"stage": "randomized"}, set()),
        ({"missing": "HE", "criterion": "I07a"}, {"IX-003"}),
        ({"missing": "ICF"}, {"IX-001", "IX-002", "IX-003"}),
        ({"who": "entry", "criterion": "I07a"}, {"IX-003"}),
        ({"who": "surgeon", "criterion": "I07a"}, set()),
        ({"who": "surgeon", "criterion": "I06"}, {"IX-001", "IX-002", "IX-003"}),
        ({"who": "investigator", "criterion": "E12"}, {"IX-001", "IX-002", "IX-003"}),
        ({"who": "investigator", "criterion": "I07a"}, set()),
        ({"determined": "none"}, {"IX-001", "IX-002", "IX-003"}),
        ({"determined": "valid"}, set()),
        ({"determined": "lapsed"}, set()),
        ({"determined": "revoked"}, set()),
        ({"determined": "passed"}, set()),
        ({"who": "nobody", "determined": "somehow"}, {"IX-001", "IX-002", "IX-003"}),
        ({"stage": "nonsense", "order": "nonsense"}, {"IX-001", "IX-002", "IX-003"}),
        ({"order": "newest"}, {"IX-001", "IX-002", "IX-003"}),
    ],
)
def test_the_filter_stands_in_the_address(monitor, query, numbers):
    page = page_of(monitor, **query)

    assert {number for number in ("IX-001", "IX-002", "IX-003") if number in page} == numbers


def test_the_board_can_be_taken_away_as_csv(monitor):
    text = page_of(monitor, "eligibility-board-csv", verdict="fail", criterion="I07a")

    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["Subject"], row["I07a"], row["I07c"]) == ("IX-002", "fail", "unknown")


def test_the_board_can_be_taken_away_on_paper(monitor):
    answer = answer_of(monitor, "eligibility-board-pdf")

    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert set("Eligibility") <= characters(answer.content)


def test_the_paper_says_the_filter_what_does_not_pass_what_is_missing_and_the_seal(monitor, monkeypatch):
    monkeypatch.setattr("eligibility.views.board.pdf_of", lambda *args, **more: html_of(*args, **more).encode())

    text = answer_of(monitor, "eligibility-board-pdf", criterion="I07a", verdict="fail").content.decode()

    assert "IX-002" in text
    assert "IX-001" not in text
    assert "Criterion: I07a · Verdict: Fail." in text
    assert re.search(r"<b>Fail:</b> I07a\b", text)
    assert "<div>HCC diagnosis and staging (Coordinator)</div>" in text
    assert "Audit seal" in text or "Nothing of the audit trail was sealed yet." in text


def test_more_candidates_than_paper_holds_are_refused_with_what_to_do(monitor, monkeypatch):
    monkeypatch.setattr("eligibility.views.board.MOST_ON_PAPER", 2)
    answer = answer_of(monitor, "eligibility-board-pdf")

    assert answer.status_code == 400
    assert (
        "The filter finds 3 candidates; paper holds at most 2. Narrow the filter, or take the CSV, which has all."
        in answer.content.decode()
    )


def test_a_person_of_another_site_sees_nobody(site):
    stranger = a_user(Role.MONITOR, a_site())

    assert "IX-001" not in page_of(stranger)
    client = Client()
    client.force_login(stranger)
    assert client.get(reverse("candidate", args=[subject_of("A").pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.READER, Role.SPONSOR_SAFETY])
def test_a_role_without_the_permission_is_told_why(site, role):
    client = Client()
    client.force_login(a_user(role, site))

    response = client.get(reverse("eligibility-board"))

    assert response.status_code == 403
    assert "Your role does not include this: read the eligibility board." in response.content.decode()


def test_the_candidate_page_gives_value_unit_limit_date_and_source(monitor):
    page = page_of(monitor, "candidate", subject_of("A").pk)

    row = page.split('<tr id="I07a" role="row">')[1].split("</tr>")[0]
    assert "<b>93000</b>" in row
    assert "/µL" in row
    assert "&gt; 75 10⁹/L" in row
    assert f'datetime="{today()}"' in row
    assert "Haematology, Screening" in row
    assert "declared by the mapping" in row
    assert "93000,/µL,> 75 10^9/L," in page_of(monitor, "candidate-csv", subject_of("A").pk)


def test_the_candidate_page_says_what_is_missing_and_where_to_enter_it(monitor):
    page = page_of(monitor, "candidate", subject_of("C").pk)

    missing = page.split('id="missing"')[1].split("</section>")[0]
    assert "Informed consent" in missing
    assert "/forms/" in missing
    for task in (Task.CRF_ENTRY, Task.SURGEON_EVALUATION):
        assert f"task: {task.title}" in missing


def test_the_judgements_are_said_to_be_of_an_investigator(monitor):
    page = page_of(monitor, "candidate", subject_of("C").pk)

    missing = page.split('id="missing"')[1].split("</section>")[0]
    lines = [line for line in missing.split("<li>") if "Investigator&#x27;s judgements" in line]
    assert lines
    assert all("an investigator enters and signs it" in line and "task:" not in line for line in lines)


def test_a_missing_value_is_unknown_and_never_failed(monitor):
    page = page_of(monitor, "candidate", subject_of("C").pk)

    assert "Unknown" in page.split('<tr id="I07a" role="row">')[1].split("</tr>")[0]


def test_the_candidate_page_judges_anew(monitor):
    from eligibility.models import CriterionVerdict
    from tests.import_ground import looking

    with looking():
        CriterionVerdict.objects.filter(subject=subject_of("A")).delete()

    assert (
        "Pass"
        in page_of(monitor, "candidate", subject_of("A").pk).split('<tr id="I07a" role="row">')[1].split("</tr>")[0]
    )
    assert "Not judged yet" in page_of(monitor)


def queries_of(client: Client) -> int:
    client.get(reverse("eligibility-board"))  # what the frame remembers for some seconds is read here
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("eligibility-board"))
    return len(captured)


def test_the_board_needs_as_many_queries_for_three_subjects_as_for_thirty(site, monitor):
    client = Client()
    client.force_login(monitor)
    few = queries_of(client)
    imported(site, FILE + "".join(f"D{number},1,1970,200,13\n" for number in range(27)))

    assert queries_of(client) == few <= 20


def test_a_filter_that_is_on_no_list_is_named_as_left_out(monitor):
    client = Client()
    client.force_login(monitor)
    text = client.get(reverse("eligibility-board"), {"stage": "zzz", "criterion": "I99", "verdict": "fail"})

    page = text.content.decode()
    assert "There is no filter “stage=zzz”: it was left out, and the list is not narrowed by it." in page
    assert "There is no filter “criterion=I99”" in page
    assert "verdict=fail”" not in page
    assert "There is no filter" not in client.get(reverse("eligibility-board"), {"stage": ""}).content.decode()
