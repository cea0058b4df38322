"""A determination taken back by an investigator, and a snapshot that nobody changes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts import actions as accounts
from accounts.models import Signature, User
from accounts.signing import content_hash as hash_of
from audit.door import Refusal, as_actor
from casebook.states import Stage
from eligibility import actions
from eligibility.models import Determination, Revocation
from eligibility.rules import gate
from paper.pdf import html_of
from protocol.roles import Role
from protocol.trial import TRIAL
from rehearsal.walk import Walk
from tests.casebook_ground import events_of
from tests.eligibility_ground import a_passed_subject, an_eligible_subject, correct, determine, lead, now_of, platelets
from tests.integration.test_entry_pages import browser_of
from tests.printed import characters
from tests.rehearsal_ground import a_cast, a_passing_subject, taken_back


@pytest.fixture(scope="module")
def passing(module_db: str) -> Walk:
    return a_passing_subject(a_cast())


@pytest.fixture(autouse=True)
def _taken_back(passing: Walk) -> Iterator[None]:
    with taken_back():
        yield


def gate_says(here: Walk) -> str:
    with as_actor(lead(here)):
        decision = gate(now_of(here), at=timezone.now())
    return decision.why.english() if decision.why else ""


# --- an investigator takes a determination back ------------------------------------------------------------------


def take_back(here: Walk, determination: Determination, *, by: User | None = None, **details: object) -> Revocation:
    said = {"determination": determination.pk, "reason": "The tracing was read wrongly.", **details}
    return actions.revoke_determination(now_of(here), by=by or lead(here), at=timezone.now(), **said)


def test_an_investigator_takes_a_determination_back_by_signature_and_signs_a_new_one(passing):
    first = an_eligible_subject(passing)

    revocation = take_back(passing, first)

    assert now_of(passing).stage == Stage.RESPONSE_CONFIRMED
    assert [each.kind for each in events_of(passing.subject, by=lead(passing))][-2:] == [
        "eligibility.determination.revoked",
        "casebook.subject.advanced",
    ]
    assert f"{lead(passing).name} took it back: The tracing was read wrongly." in gate_says(passing)
    with as_actor(lead(passing)):
        signature = Signature.objects.get(about_kind="revocation", about_id=revocation.pk)
        assert (signature.signer_id, signature.subject_id) == (lead(passing).pk, passing.subject.pk)
        assert Determination.objects.get(pk=first.pk).content_hash == first.content_hash
    assert determine(passing).pk != first.pk
    assert gate_says(passing) == ""


def test_a_determination_is_taken_back_for_a_reason_and_once(passing):
    first = an_eligible_subject(passing)

    with pytest.raises(Refusal, match=r"Say why the determination is taken back\."):
        take_back(passing, first, reason=" ")
    take_back(passing, first)
    with pytest.raises(
        Refusal, match=rf"No determination of {passing.subject.number} stands that could be taken back\."
    ):
        take_back(passing, first)


def test_another_determination_than_the_one_shown_is_not_taken_back(passing):
    first = an_eligible_subject(passing)
    take_back(passing, first)
    determine(passing)

    with pytest.raises(Refusal, match=r"The determination you read stands no longer\."):
        take_back(passing, first)


def test_a_determination_is_not_taken_back_by_a_coordinator_nor_after_the_gate(passing):
    passage = a_passed_subject(passing)

    with pytest.raises(Refusal, match="is at the stage randomized; this is done while a subject is in screening"):
        take_back(passing, passage.determination)
    with pytest.raises(Refusal, match="does not include this: judge eligibility as investigator"):
        take_back(passing, passage.determination, by=passing.one(Role.COORDINATOR))


# --- nothing of a determination can be written past the door -----------------------------------------------------

FORGED = """
INSERT INTO eligibility_determination (id, snapshot, content_hash, evidence_hash, fingerprint, determined_on, valid_until,
       limiting, determined_at, confirmation_id, determined_by_id, signature_id, site_id, subject_id)
SELECT gen_random_uuid(), snapshot, content_hash, evidence_hash, fingerprint, determined_on, determined_on + 365, limiting,
       determined_at, confirmation_id, determined_by_id, %s, site_id, subject_id FROM eligibility_determination
"""


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE eligibility_determination SET snapshot = '{}'::jsonb",
        "UPDATE eligibility_determination SET snapshot = jsonb_set(snapshot, '{verdicts,I07a,verdict}', '\"fail\"')",
        "UPDATE eligibility_determination SET content_hash = repeat('0', 64)",
        "UPDATE eligibility_determination SET evidence_hash = repeat('0', 64)",
        "UPDATE eligibility_determination SET fingerprint = repeat('0', 64)",
        "UPDATE eligibility_determination SET valid_until = valid_until + 365",
        "UPDATE eligibility_determination SET determined_by_id = NULL",
        "UPDATE accounts_signature SET content_hash = repeat('0', 64)",
        "DELETE FROM eligibility_determination",
        "TRUNCATE eligibility_determination CASCADE",
        "INSERT INTO eligibility_determination SELECT * FROM eligibility_determination ON CONFLICT (id)"
        " DO UPDATE SET snapshot = '{}'::jsonb",
        "ALTER TABLE eligibility_determination DISABLE TRIGGER ALL",
        "DROP TABLE eligibility_determination CASCADE",
    ],
)
def test_the_snapshot_of_a_determination_is_changed_by_no_statement(passing, attack):
    determination = an_eligible_subject(passing)
    before = snapshot_kept(passing, determination)

    with pytest.raises(DatabaseError), transaction.atomic(), as_actor(lead(passing)), connection.cursor() as cursor:
        cursor.execute(attack)

    assert snapshot_kept(passing, determination) == before
    assert hash_of(before) == determination.content_hash


def snapshot_kept(here: Walk, determination: Determination) -> Mapping[str, object]:
    with as_actor(lead(here)):
        return Determination.objects.values_list("snapshot", flat=True).get(pk=determination.pk)


def test_a_determination_forged_beside_the_door_is_refused_at_commit(passing):
    an_eligible_subject(passing)

    with pytest.raises(DatabaseError), transaction.atomic(), as_actor(lead(passing)), connection.cursor() as cursor:
        cursor.execute(FORGED, [str(uuid4())])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_what_is_kept_names_every_answer_verdict_and_the_protocol(passing):
    snapshot = snapshot_kept(passing, an_eligible_subject(passing))

    assert snapshot["protocol"]["fingerprint"] == TRIAL.fingerprint
    assert set(snapshot["verdicts"]) == {criterion.code for criterion in TRIAL.criteria}
    assert len(snapshot["response"]) == 64
    [blood] = [each for each in snapshot["forms"] if each["crf"] == "HE"]
    assert blood["answers"]["platelets"]["value"]


# --- what is taken away of one candidate --------------------------------------------------------------------------


def answered(here: Walk, name: str) -> HttpResponse:
    return browser_of(lead(here)).get(reverse(name, args=[here.subject.pk]))


def test_the_page_says_who_signed_each_value_and_leads_to_its_item(passing):
    page = answered(passing, "candidate").content.decode()

    judged_by_hand = page.split('<tr id="E12" role="row">')[1].split("</tr>")[0]
    assert f"Signed by {escape(lead(passing).name)}" in judged_by_hand
    counted = page.split('<tr id="I07a" role="row">')[1].split("</tr>")[0]
    assert re.search(r'href="/forms/[0-9a-f-]{36}/#item-box-platelets"', counted)
    assert "window of 14 days: since" in counted


def test_one_candidate_is_taken_away_as_a_table_with_a_row_for_each_value(passing):
    text = b"".join(answered(passing, "candidate-csv").streaming_content).decode().removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert list(dict.fromkeys(row["Criterion"] for row in rows)) == [criterion.code for criterion in TRIAL.criteria]
    [platelets] = [row for row in rows if row["Criterion"] == "I07a"]
    assert (platelets["Verdict"], platelets["Unit"], platelets["Limit"]) == ("Pass", "10^9/L", "> 75 10^9/L")
    assert (platelets["Source form"], platelets["Item"]) == ("Haematology, Screening", "platelets")
    assert platelets["Window"].startswith("14 days, since ")
    assert {row["Signed by"] for row in rows if row["Criterion"] == "I13"} == {lead(passing).name}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_one_candidate_is_taken_away_on_paper(passing, language):
    an_eligible_subject(passing)
    accounts.choose_language(lead(passing), by=lead(passing), at=timezone.now(), language=language)
    answer = browser_of(User.objects.get(pk=lead(passing).pk)).get(reverse("candidate-pdf", args=[passing.subject.pk]))

    assert (answer.status_code, answer["Content-Type"], answer.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert {criterion.code[0] for criterion in TRIAL.criteria} <= characters(answer.content)
    assert bool(set("通过") & characters(answer.content)) is (language == "zh-hans")


def test_the_paper_of_a_candidate_says_who_signed_and_carries_the_seals(passing, monkeypatch):
    determination = an_eligible_subject(passing)
    printing = lambda *args, **more: html_of(*args, **more).encode()  # noqa: E731
    monkeypatch.setattr("eligibility.views.candidate_papers.pdf_of", printing)

    text = answered(passing, "candidate-pdf").content.decode()

    assert determination.content_hash in text
    assert determination.fingerprint in text
    assert f"Confirmed by {escape(lead(passing).name)}" in text
    assert all(f"<b>{criterion.code}</b>" in text for criterion in TRIAL.criteria)
    assert "limit &gt; 75 10⁹/L" in text
    assert "Audit seal" in text or "Nothing of the audit trail was sealed yet." in text


@pytest.mark.parametrize("name", ["candidate-csv", "candidate-pdf"])
def test_a_candidate_of_another_site_is_not_taken_away(passing, name):
    stranger = browser_of(passing.cast.one(Role.PRINCIPAL_INVESTIGATOR, "02"))

    assert stranger.get(reverse(name, args=[passing.subject.pk])).status_code == 404


def test_the_page_takes_a_determination_back_and_keeps_what_was_typed(passing):
    determination = an_eligible_subject(passing)
    user = User.objects.get(pk=lead(passing).pk)
    user.set_password("a long enough secret")
    user.save(update_fields=["password"])
    client, address = browser_of(user), reverse("determination-revoke", args=[passing.subject.pk])
    said = {"email": user.email, "shown": str(determination.pk), "reason": "The tracing was read wrongly."}

    refused = client.post(address, {**said, "password": "wrong"})
    assert refused.status_code == 409
    assert ">The tracing was read wrongly.</textarea>" in refused.content.decode()
    odd = client.post(address, {**said, "password": "a long enough secret", "shown": "no such thing"})
    assert (odd.status_code, "The determination you read stands no longer." in odd.content.decode()) == (409, True)
    answer = client.post(address, {**said, "password": "a long enough secret"})
    assert (answer.status_code, answer.url.endswith("#revocation")) == (302, True)
    assert "took it back: The tracing was read wrongly." in client.get(answer.url).content.decode()


def test_what_was_signed_can_be_read_as_it_was_signed(passing):
    first = an_eligible_subject(passing)
    correct(passing, "HE", platelets("60"))

    page = browser_of(lead(passing)).get(reverse("determinations-kept", args=[passing.subject.pk]))
    (kept,) = page.context["signed"]
    text = page.content.decode()
    assert (kept.is_whole, kept.is_revoked, kept.determination) == (True, True, first)
    assert {each.verdict for each in kept.verdicts} == {"pass"}
    assert all(word in text for word in (first.content_hash, first.evidence_hash, first.fingerprint))
    platelets_then = first.snapshot["verdicts"]["I07a"]["evidence"][0]["value"]
    assert any(value.startswith(platelets_then) for form in kept.forms for _title, value in form.answers)


def test_the_response_stays_confirmed_on_the_page_of_randomization_without_a_determination(passing):
    take_back(passing, an_eligible_subject(passing))

    page = browser_of(lead(passing)).get(reverse("randomize", args=[passing.subject.pk])).content.decode()
    candidate = browser_of(lead(passing)).get(reverse("candidate", args=[passing.subject.pk])).content.decode()
    assert f"confirmed by {lead(passing).name}" in page
    assert "Seal of what was confirmed:" in candidate
