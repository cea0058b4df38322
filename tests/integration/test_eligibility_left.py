"""Whoever left before the gate is judged as of the day screening ended; the board shows what its filter finds."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import clock
from casebook import actions
from casebook.models import Form, Subject
from casebook.states import Stage
from casebook.words import day_in_words
from eligibility.actions import declare_screen_failure
from eligibility.models import CriterionVerdict
from eligibility.selectors import judged_of
from eligibility.states import AsOf, FailureKind
from eligibility.views import candidate_papers
from paper.pdf import html_of
from protocol.language import Verdict
from protocol.roles import Role
from rehearsal import answers, walk
from rehearsal.walk import Walk
from tests.casebook_ground import a_key
from tests.rehearsal_ground import a_cast, a_passing_subject, judge_today, judging, kept_verdicts, taken_back

AGES = timedelta(days=200)
ENDED = "the day screening ended. What came later changes nothing here, and nothing is asked for any more."


@pytest.fixture(scope="module")
def passing(module_db: str) -> Walk:
    return a_passing_subject(a_cast())


@pytest.fixture(autouse=True)
def _taken_back(passing: Walk) -> Iterator[None]:
    with taken_back():
        yield


def declined(here: Walk) -> datetime:
    lead, now = here.one(Role.PRINCIPAL_INVESTIGATOR), timezone.now()
    declare_screen_failure(here.subject, by=lead, at=now, kind=FailureKind.DECLINED, reason="Wants surgery")
    return now


def withdrawn(here: Walk, *, days_ago: int) -> None:
    typed = {
        "withdrawn_on": answers.ago(here.on, days_ago),
        "of": "consent",
        "decided_by": "subject",
        "reason": "Moves away",
        "public_records": "N",
    }
    walk.enter(here, "WD", typed, at=here.at, number=0)


def judged_at(here: Walk, at: datetime):
    with judging():
        return judged_of(Subject.objects.select_related("site").get(pk=here.subject.pk), at=at)


def test_who_declined_is_judged_as_of_the_declaration_however_late_it_is_asked(passing):
    before = judged_at(passing, timezone.now())
    assert (before.as_of, set(kept_verdicts(passing).values())) == (AsOf.NOW, {"pass"})
    assert judged_at(passing, timezone.now() + AGES).not_passed
    at = declined(passing)

    later = judged_at(passing, at + AGES)

    assert (later.as_of, later.on, later.not_passed) == (AsOf.END, before.on, ())
    assert set(kept_verdicts(passing).values()) == {"pass"}


def test_who_withdrew_in_screening_is_judged_as_of_that_day_and_now_again_when_it_was_an_error(passing):
    withdrawn(passing, days_ago=3)
    with judging():
        assert Subject.objects.get(pk=passing.subject.pk).stage == Stage.WITHDRAWN

    found = judged_at(passing, timezone.now() + AGES)
    assert (found.as_of, found.on) == (AsOf.END, passing.on - timedelta(days=3))
    kept = {code: judgement.verdict.value for code, judgement in found.judgements.items()}
    assert kept_verdicts(passing) == kept


def test_the_page_its_csv_and_its_pdf_say_the_day_and_ask_for_nothing(passing, monkeypatch):
    at = declined(passing)
    on = judged_at(passing, at).on
    client = Client()
    client.force_login(passing.one(Role.PRINCIPAL_INVESTIGATOR))
    monkeypatch.setattr(clock, "now", lambda: at + AGES)

    page = client.get(reverse("candidate", args=[passing.subject.pk])).content.decode()
    said = page.replace(f'<time datetime="{on}">{day_in_words(on.isoformat())}</time>', "DAY")
    assert f"Judged as of DAY, {ENDED}" in said
    assert "end of screening" in page
    for asked in ("What is missing", "Missing:", "The first verdict to lapse", "Would be valid until"):
        assert asked not in page

    rows = b"".join(client.get(reverse("candidate-csv", args=[passing.subject.pk])).streaming_content).decode()
    named = list(csv.DictReader(StringIO(rows.removeprefix("\ufeff"))))
    assert {row["Judged as of"] for row in named} == {f"{on}, the day screening ended"}
    assert {(row["Verdict"], row["Missing"]) for row in named} == {("Pass", "")}

    monkeypatch.setattr(candidate_papers, "pdf_of", lambda *asked, **said: html_of(*asked, **said).encode())
    paper = client.get(reverse("candidate-pdf", args=[passing.subject.pk])).content.decode()
    assert ENDED in paper
    assert "Missing:" not in paper


def board(here: Walk, monkeypatch, *, at: datetime, code: str) -> tuple[str, set[str]]:
    """Return the word in the cell of a criterion, and the verdicts by which the filter finds the subject."""
    client = Client()
    client.force_login(here.one(Role.PRINCIPAL_INVESTIGATOR))
    monkeypatch.setattr(clock, "now", lambda: at)

    def page(**asked: str) -> str:
        return client.get(reverse("eligibility-board"), {"number": here.subject.number, **asked}).content.decode()

    cell = page().split(f"#{code}")[1].split("</td>")[0]
    word = cell.split('"visually-hidden">')[1].split("<")[0]
    found = {each.value for each in Verdict if f"#{code}" in page(verdict=each.value, criterion=code)}
    return word, found


def test_a_verdict_past_its_last_day_is_unknown_in_cell_and_filter_until_it_is_judged_again(passing, monkeypatch):
    with judging():
        first = CriterionVerdict.objects.filter(subject=passing.subject, valid_until__isnull=False)
        kept = first.order_by("valid_until", "criterion").first()
    last = timezone.now() + (kept.valid_until - passing.on)

    assert board(passing, monkeypatch, at=last, code=kept.criterion) == ("Pass", {"pass"})
    after = last + timedelta(days=1)
    assert board(passing, monkeypatch, at=after, code=kept.criterion) == ("Unknown", {"unknown"})
    judge_today(passing, at=after)
    word, found = board(passing, monkeypatch, at=after, code=kept.criterion)
    assert found == {word.lower().removeprefix("needs ")}


def test_what_a_declaration_names_fails_in_cell_and_filter_and_nothing_else_lapses(passing, monkeypatch):
    lead, at = passing.one(Role.PRINCIPAL_INVESTIGATOR), timezone.now()
    with judging():
        form = Form.objects.select_related("subject", "site", "visit").get(subject=passing.subject, crf="IJ")
    actions.save_form(
        form,
        by=lead,
        at=at,
        answers={},
        based_on=form.version,
        key=a_key(),
        complete=False,
    )
    unknown = next(code for code, verdict in kept_verdicts(passing).items() if verdict == "unknown")
    declare_screen_failure(passing.subject, by=lead, at=at, criteria=(unknown,), reason="Not met")

    assert board(passing, monkeypatch, at=at + AGES, code=unknown) == ("Fail", {"fail"})
    assert board(passing, monkeypatch, at=at + AGES, code="I05") == ("Pass", {"pass"})
