"""The page of a candidate as the people who sign on it see it: panels, greyed buttons, passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from audit.door import as_actor
from casebook import actions as casebook_actions
from casebook.models import Form
from casebook.states import Stage
from casebook.words import day_in_words
from eligibility import actions
from eligibility.models import Determination
from eligibility.selectors import Chosen, candidates, readable_sites
from protocol.record import Answer
from protocol.roles import Role
from rehearsal import answers, walk
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.eligibility_ground import (
    a_passed_subject,
    an_eligible_subject,
    confirm,
    correct,
    judged,
    lead,
    now_of,
    platelets,
)
from tests.integration.test_entry_pages import browser_of
from tests.rehearsal_ground import a_cast, a_passing_subject, taken_back

PASSWORD = "a long enough secret"


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def passing(cast: Cast) -> Walk:
    """A subject that passes every criterion today."""
    return a_passing_subject(cast)


@pytest.fixture(scope="module")
def long_gap(cast: Cast) -> Walk:
    """A subject whose two complete responses lie 48 days apart: two persons review it."""
    return a_passing_subject(cast, "long gap", scans_days_ago=(60, 12))


@pytest.fixture(autouse=True)
def _taken_back(passing: Walk, long_gap: Walk) -> Iterator[None]:
    with taken_back():
        yield


def signer(here: Walk, role: Role = Role.PRINCIPAL_INVESTIGATOR) -> tuple[User, Client]:
    """Return a person with a password, at the browser."""
    user = User.objects.get(pk=here.one(role).pk)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user, browser_of(user)


def page(client: Client, here: Walk) -> str:
    response = client.get(reverse("candidate", args=[here.subject.pk]))
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, name: str, here: Walk, user: User, **typed: object):
    who = {"email": user.email, "password": PASSWORD}
    return client.post(reverse(name, args=[here.subject.pk]), {**who, **typed})


def shown(text: str, action: str) -> str:
    """Return the hash that the form of an action carries."""
    form = re.split(rf'action="[^"]+/{action}/"', text)[1].split("</form>")[0]
    return re.search(r'name="shown" value="([0-9a-f]{64})"', form)[1]


def section(text: str, name: str) -> str:
    return text.split(f'id="{name}"')[1].split("</section>")[0]


def test_an_investigator_signs_response_and_determination_on_the_page(passing):
    user, client = signer(passing)

    answer = send(client, "response-confirm", passing, user, shown=shown(page(client, passing), "response"))
    assert (answer.status_code, answer.url[-9:]) == (302, "#response")
    assert now_of(passing).stage == Stage.RESPONSE_CONFIRMED
    found = page(client, passing)
    assert f"Confirmed by {user.name}" in found
    assert "confirmed by signature, on the evidence as it is" in found

    answer = send(client, "determination-sign", passing, user, shown=shown(found, "determination"))
    assert answer.status_code == 302
    assert now_of(passing).stage == Stage.ELIGIBLE
    found = section(page(client, passing), "determination")
    assert f"Signed by {user.name}" in found
    assert "limited by I05" in found
    assert "Sign the determination" not in found


def test_a_wrong_password_signs_nothing(passing):
    user, client = signer(passing)
    evidence = shown(page(client, passing), "response")

    answer = send(client, "response-confirm", passing, user, shown=evidence, password="wrong")

    assert answer.status_code == 409
    assert "This is not your password; type it again. Nothing was signed." in answer.content.decode()
    assert now_of(passing).stage == Stage.SCREENING


def test_an_overtaken_page_signs_nothing_and_says_so(passing):
    user, client = signer(passing)
    confirm(passing)
    content = shown(page(client, passing), "determination")
    correct(passing, "HE", platelets("140"))

    answer = send(client, "determination-sign", passing, user, shown=content)

    assert answer.status_code == 409
    assert "were changed while you read them" in section(answer.content.decode(), "determination")
    assert now_of(passing).stage == Stage.RESPONSE_CONFIRMED


def test_a_greyed_button_says_why_in_the_words_of_the_rule(cast):
    here = a_passing_subject(cast, "one scan", scans_days_ago=(25,), markers_days_ago=(25,))
    _user, client = signer(here)

    found = page(client, here)

    assert 'aria-disabled="true">Confirm the response</button>' in found
    assert "There is no clinical complete response to confirm: I05 is unknown." in found
    assert "is not confirmed yet: an investigator has to read the scans" in section(found, "determination")


def test_the_greyed_button_leads_to_the_readings_that_wait_for_a_signature(passing):
    _user, client = signer(passing)
    assert "To be read and signed:" not in page(client, passing)

    correct(passing, "TA", {"slice_thickness": Answer(value="2", unit="mm")}, repeat=3)

    found = section(page(client, passing), "response")
    address = reverse("form", args=[Form.objects.get(subject=passing.subject, crf="TA", repeat=3).pk])
    assert 'aria-disabled="true">Confirm the response</button>' in found
    said = found.split("To be read and signed:")[1].split("</p>")[0]
    assert re.findall(r'href="([^"]+)">([^<,]+)', said) == [(address, "Tumour assessment 3")]


def test_a_reader_sees_how_it_stands_and_no_button(passing):
    found = page(browser_of(passing.one(Role.MONITOR)), passing)

    assert "No investigator has confirmed the response yet." in found
    assert "Confirm the response" not in found
    assert "Sign the determination" not in found
    assert 'id="leaving"' not in found


def test_two_persons_resolve_a_review_on_the_page(long_gap):
    for role in (Role.SUB_INVESTIGATOR, Role.MEDICAL_REVIEWER):
        user, client = signer(long_gap, role)
        typed = {"criterion": "I05", "decision": "pass", "reason": "Sustained for longer than asked."}
        answer = send(client, "review-resolve", long_gap, user, shown=shown(page(client, long_gap), "review"), **typed)
        assert (answer.status_code, answer.url[-11:]) == (302, "#review-I05")

    assert judged(long_gap).not_passed == ()
    assert "Resolved: it counts as passed" in page(client, long_gap)


def test_a_refused_review_keeps_what_was_typed(long_gap):
    user, client = signer(long_gap, Role.MEDICAL_REVIEWER)
    typed = {"criterion": "I05", "decision": "pass", "reason": "Sustained <for> longer."}

    answer = send(client, "review-resolve", long_gap, user, shown="0" * 64, **typed)

    found = section(answer.content.decode(), "reviews")
    assert answer.status_code == 409
    assert "was judged anew while you read it" in found
    assert escape("Sustained <for> longer.") in found
    assert 'value="pass" required checked' in found


def test_a_screen_failure_is_declared_with_its_criteria(cast):
    here = a_passing_subject(cast, "failing", platelets="75")
    user, client = signer(here)

    answer = send(client, "screen-failure", here, user, kind="criteria", criteria=["I07a"], reason="Platelets too low.")

    assert answer.status_code == 302
    found = section(page(client, here), "leaving")
    assert "Not meeting the criteria" in found
    assert "I07a" in found
    assert "Platelets too low." in found


def test_a_refused_screen_failure_keeps_what_was_typed(passing):
    user, client = signer(passing)

    answer = send(client, "screen-failure", passing, user, kind="criteria", reason="Not convinced.")

    found = section(answer.content.decode(), "leaving")
    assert answer.status_code == 409
    assert "Name the criterion that is not met." in found
    assert "Not convinced.</textarea>" in found


@pytest.mark.parametrize("name", ["response-confirm", "review-resolve", "determination-sign", "screen-failure"])
def test_a_subject_of_another_site_is_not_found(passing, cast, name):
    stranger = cast.one(Role.PRINCIPAL_INVESTIGATOR, "02")

    answer = browser_of(stranger).post(reverse(name, args=[passing.subject.pk]), {"shown": "0" * 64})

    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["response-confirm", "review-resolve", "determination-sign", "screen-failure"])
def test_an_empty_or_odd_request_is_answered_with_a_sentence(passing, name):
    user, client = signer(passing)

    for typed in ({}, {"shown": "\x00", "criterion": "\x00", "kind": "\x00", "reason": "\x00", "decision": "\x00"}):
        answer = send(client, name, passing, user, **typed)
        assert answer.status_code in (400, 409)


def test_a_revoked_determination_says_why(passing):
    an_eligible_subject(passing)
    correct(passing, "HE", platelets("60"))

    found = section(page(browser_of(passing.one(Role.MONITOR)), passing), "determination")

    assert "Revoked" in found
    assert "A change of the casebook altered what it rests on: I07a." in found


def test_after_the_gate_the_page_judges_as_of_that_day(passing):
    a_passed_subject(passing)
    correct(passing, "HE", platelets("60"))

    found = page(browser_of(lead(passing)), passing)

    assert "the day of randomization" in found
    assert "Corrected since, and no longer passing: I07a." in found
    assert 'id="leaving"' not in found


def test_one_surgeon_is_named_and_what_was_found_is_not(cast):
    here = a_passing_subject(cast, "one surgeon", evaluated=False)
    walk.evaluate(here, marks=[""])

    found = section(page(browser_of(lead(here)), here), "evaluations")

    assert here.one(Role.SURGEON, mark="").name in found
    assert "hidden until both evaluations are in" in found
    assert "esectable" not in found


def test_both_evaluations_show_when_both_are_in(passing):
    found = section(page(browser_of(lead(passing)), passing), "evaluations")

    assert found.count("Resectable</td>") == 2
    assert "hidden until" not in found
    surgeon = passing.one(Role.SURGEON, mark="B")
    with as_actor(surgeon):
        form = Form.objects.filter(subject=passing.subject, crf="SU", entered_by=surgeon).first()
    told = browser_of(surgeon).get(reverse("form", args=[form.pk])).content.decode()
    assert "Round 1 of this question is closed" in told
    assert "Evaluate anew in round 2, with a form of its own." in told


def test_a_record_of_the_chart_tells_the_other_surgeon_nothing_anywhere(cast):
    here = a_passing_subject(cast, "record", evaluated=False)
    one, other = (here.one(Role.SURGEON, mark=mark) for mark in ("", "B"))
    typed = answers.evaluation(here.on, days_ago=4, question="present", finding="unresectable")
    said = {"source": "chart record", "names_two_surgeons": "Y", "comment": "Segment six is free."}
    record = walk.enter(here, "SU", {**typed, **said}, by=one, at=timezone.now(), number=0)

    def told(reader: User, name: str) -> str:
        return browser_of(reader).get(reverse(name, args=[here.subject.pk])).getvalue().decode()

    assert browser_of(lead(here)).get(reverse("form", args=[record.pk])).status_code == 200
    for name in ("form", "form-resume"):
        assert browser_of(other).get(reverse(name, args=[record.pk])).status_code == 404
    for name in ("casebook", "candidate", "candidate-csv", "casebook-as-of", "subject-history"):
        assert str(record.pk) not in told(other, name), name
        assert "Segment six" not in told(other, name), name
    assert "hidden until both evaluations are in" in section(told(other, "candidate"), "evaluations")
    begins = f"{reverse('form-add', args=[here.subject.pk])}?crf=SU"
    assert begins in told(other, "candidate")
    assert begins not in told(lead(here), "candidate")


def test_the_board_says_how_each_determination_stands(passing, long_gap):
    client = browser_of(lead(passing))
    determination = an_eligible_subject(passing)
    said = f"Valid until {day_in_words(determination.valid_until.isoformat())}"
    assert said in client.get(reverse("eligibility-board")).content.decode()
    csv = b"".join(client.get(reverse("eligibility-board-csv")).streaming_content).decode()
    assert said in csv

    correct(passing, "HE", platelets("60"))
    assert "<span>Revoked</span>" in client.get(reverse("eligibility-board")).content.decode()


def test_the_board_needs_the_same_queries_with_and_without_determinations(passing, long_gap):
    client = browser_of(lead(passing))
    client.get(reverse("eligibility-board"))

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("eligibility-board"))
        return len(captured)

    before = count()
    an_eligible_subject(passing)

    assert count() == before


@pytest.mark.parametrize("standing", ["none", "valid", "lapsed", "revoked", "passed"])
def test_the_board_is_narrowed_by_how_the_determination_stands(passing, long_gap, standing):
    determination = an_eligible_subject(passing)
    if standing == "revoked":
        correct(passing, "HE", platelets("60"))
    if standing == "passed":
        go_through(passing, determination)
    if standing == "none":
        assert found_by(passing, "none") == {long_gap.subject.number}
    else:
        at = timezone.now() + timedelta(days=60 if standing == "lapsed" else 0)
        others = {"valid", "lapsed", "revoked", "passed"} - {standing}
        assert found_by(passing, standing, at=at) == {passing.subject.number}
        assert all(found_by(passing, other, at=at) == set() for other in others)


def go_through(here: Walk, determination: Determination) -> None:
    actions.pass_gate(determination, by=lead(here), at=timezone.now())
    casebook_actions.advance(now_of(here), by=lead(here), at=timezone.now(), to=Stage.RANDOMIZED)


def found_by(here: Walk, standing: str, *, at: datetime | None = None) -> set[str]:
    user = lead(here)
    with as_actor(user):
        found = candidates(user, Chosen(determined=standing), readable_sites(user), at=at or timezone.now())
        return {subject.number for subject in found}


def markers_of(here: Walk) -> list[str]:
    """Return the rows of marker draws in the table of the response, as text."""
    found = section(page(browser_of(lead(here)), here), "response").split("response-table")[1].split("</table>")[0]
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found.split("<tr>")]
    return [row for row in rows if " Markers " in row]


def test_a_result_that_is_declared_invalid_shows_with_that_it_is_not_used(passing):
    correct(passing, "MK", {"afp_valid": Answer(value="N"), "afp": Answer(value="7.7", unit="ng/mL")}, repeat=3)
    one = markers_of(passing)[-1]
    assert "one marker only: not counted" in one
    assert "AFP: 7.7 ng/mL" in one
    assert "Not used: the result is declared invalid." in one

    correct(passing, "MK", {"pivka_valid": Answer(value="N")}, repeat=3)
    none = markers_of(passing)[-1]
    assert none.count("Not used: the result is declared invalid.") == 2
    assert none.endswith("not used")


def test_a_result_in_a_unit_that_is_not_converted_shows_with_why_it_is_not_used(passing):
    correct(passing, "MK", {"afp": Answer(value="6", unit="IU/mL")}, repeat=3)

    assert re.search(r"AFP: 6 IU/mL .* Not used: The reference range of DEMO-LAB", markers_of(passing)[-1])
