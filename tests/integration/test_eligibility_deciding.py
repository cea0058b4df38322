"""What an investigator signs on the way to randomization, what refuses it, and what takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import actions as accounts
from accounts.models import Signature, User
from accounts.signing import content_hash
from audit.door import Refusal, as_actor
from casebook import actions as casebook
from casebook.models import ReferenceRange, Subject
from casebook.states import Stage
from eligibility import actions
from eligibility.models import Determination, Revocation
from eligibility.rules import gate
from eligibility.selectors import altered_since_passage, standing_determination
from protocol.record import Answer
from protocol.roles import Role, Task
from protocol.trial import TRIAL
from rehearsal import answers, walk
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.casebook_ground import events_of
from tests.eligibility_ground import (
    a_passed_subject,
    an_eligible_subject,
    confirm,
    content,
    correct,
    determine,
    judged,
    lead,
    now_of,
    platelets,
)
from tests.people import LONG_AGO, a_user, set_up
from tests.rehearsal_ground import a_cast, a_passing_subject, judge_today, kept_verdict, sign_readings, taken_back

SIGNED = ("responseconfirmation", "reviewresolution", "determination", "revocation", "gatepassage", "screenfailure")


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def passing(cast: Cast) -> Walk:
    """A subject that passes every criterion today."""
    return a_passing_subject(cast)


@pytest.fixture(autouse=True)
def _taken_back(passing: Walk) -> Iterator[None]:
    with taken_back():
        yield


def gate_says(here: Walk, *, at=None) -> str:
    with as_actor(lead(here)):
        decision = gate(now_of(here), at=at or timezone.now())
    return decision.why.english() if decision.why else ""


def kinds(here: Walk) -> list[str]:
    return [event.kind for event in events_of(here.subject, by=lead(here)) if event.kind.startswith("eligibility")]


def test_an_investigator_confirms_the_response_on_the_evidence_shown(passing):
    confirmation = confirm(passing)

    assert now_of(passing).stage == Stage.RESPONSE_CONFIRMED
    assert confirmation.evidence_hash == judged(passing).evidence_hash
    assert confirmation.summary["verdict"] == "pass"
    assert [scan["overall"] for scan in confirmation.summary["scans"]][-2:] == ["CR", "CR"]
    with as_actor(lead(passing)):
        signature = Signature.objects.get(pk=confirmation.signature_id)
    assert (signature.about_kind, signature.about_id) == ("response", confirmation.pk)
    assert signature.content_hash == confirmation.evidence_hash
    assert kinds(passing) == ["eligibility.response.confirmed"]


def test_a_response_is_not_confirmed_on_evidence_that_changed_meanwhile(passing):
    with pytest.raises(Refusal, match="Scans or markers were changed while you read them"):
        confirm(passing, evidence_hash="0" * 64)

    assert now_of(passing).stage == Stage.SCREENING


def test_a_confirmed_response_is_not_confirmed_twice(passing):
    confirm(passing)

    with pytest.raises(Refusal, match="confirmed already, on this very evidence"):
        confirm(passing)


def test_a_response_that_is_not_there_yet_is_not_confirmed(cast):
    here = a_passing_subject(cast, "one scan", scans_days_ago=(25,), markers_days_ago=(25,))

    with pytest.raises(Refusal, match="no clinical complete response to confirm: I05 is unknown"):
        confirm(here)


def test_a_subject_before_screening_has_nothing_to_confirm(cast):
    here = walk.a_listed_subject(cast, walk.Course("listed"), at=timezone.now())

    with pytest.raises(Refusal, match="at the stage listed; this is done while a subject is in screening"):
        confirm(here)


@pytest.mark.parametrize(
    ("lacks", "sentence"),
    [
        ({"delegated": False}, "No delegation of this task to you stands at 01"),
        ({"trained": False}, "No training of yours as Sub-investigator"),
    ],
)
def test_nobody_confirms_without_delegation_and_training(passing, lacks, sentence):
    stranger = a_user(Role.SUB_INVESTIGATOR, passing.subject.site, **lacks)

    with pytest.raises(Refusal, match=sentence):
        confirm(passing, by=stranger)


def test_a_coordinator_does_not_confirm(passing):
    with pytest.raises(Refusal, match="does not include this: judge eligibility as investigator"):
        confirm(passing, by=passing.one(Role.COORDINATOR))


def test_at_another_site_the_subject_does_not_exist(passing, cast):
    stranger = cast.one(Role.PRINCIPAL_INVESTIGATOR, "02")

    with pytest.raises(Subject.DoesNotExist):
        confirm(passing, by=stranger)


def test_the_determination_keeps_every_answer_judged_and_its_last_day(passing):
    confirm(passing)
    determination = determine(passing)

    assert now_of(passing).stage == Stage.ELIGIBLE
    assert determination.content_hash == content_hash(determination.snapshot)
    assert determination.fingerprint == TRIAL.fingerprint
    assert set(determination.snapshot["verdicts"]) == {criterion.code for criterion in TRIAL.criteria}
    assert list(determination.snapshot["strata"].values()) == ["Y", "haic"]
    [blood] = [form for form in determination.snapshot["forms"] if form["crf"] == "HE"]
    assert blood["answers"]["platelets"]["unit"] == "10^9/L"
    days = {code: each["valid_until"] for code, each in determination.snapshot["verdicts"].items()}
    assert determination.valid_until.isoformat() == min(day for day in days.values() if day)
    assert days[determination.limiting] == determination.valid_until.isoformat()
    with as_actor(lead(passing)):
        assert standing_determination(now_of(passing)) == determination
    assert gate_says(passing) == ""


def test_what_is_kept_hashes_to_the_same_when_it_is_read_again(passing):
    determination = an_eligible_subject(passing)

    with as_actor(lead(passing)):
        again = Determination.objects.get(pk=determination.pk)
    assert content_hash(again.snapshot) == again.content_hash == determination.content_hash


def test_no_determination_without_a_confirmed_response(passing):
    with pytest.raises(Refusal, match="is not confirmed yet"):
        determine(passing)


def test_no_determination_where_a_criterion_fails(cast):
    here = a_passing_subject(cast, "few platelets", platelets="75")
    confirm(here)

    with pytest.raises(Refusal, match=r"Not every criterion of .* passes on .*: I07a \(fail\)"):
        determine(here)


def test_no_determination_on_answers_that_changed_meanwhile(passing):
    confirm(passing)
    shown = content(passing)
    correct(passing, "HE", platelets("140"))

    with pytest.raises(Refusal, match="The answers this determination rests on were changed while you read them"):
        determine(passing, content_hash=shown)


def test_a_surgeon_who_evaluated_the_subject_does_not_sign_alone(passing):
    surgeon = passing.one(Role.SURGEON)
    site = passing.subject.site
    accounts.give_grant(surgeon, by=set_up(), at=timezone.now(), role=Role.SUB_INVESTIGATOR, site=site)
    accounts.record_training(
        surgeon,
        by=set_up(),
        at=timezone.now(),
        role=Role.SUB_INVESTIGATOR,
        protocol_version=TRIAL.version,
        trained_on=LONG_AGO,
    )
    surgeon = User.objects.get(pk=surgeon.pk)
    today = timezone.now().date()
    accounts.delegate_task(
        site, by=lead(passing), at=timezone.now(), to=surgeon, task=Task.ELIGIBILITY, from_on=today - timedelta(days=1)
    )
    confirm(passing)

    with pytest.raises(Refusal, match=r"You evaluated .* as a surgeon, and do not sign the determination alone"):
        determine(passing, by=surgeon)


def test_a_valid_determination_is_not_signed_twice(passing):
    an_eligible_subject(passing)

    with pytest.raises(Refusal, match="is determined eligible already, valid until"):
        determine(passing)


def test_a_corrected_value_that_alters_a_verdict_revokes_the_determination(passing):
    determination = an_eligible_subject(passing)
    correct(passing, "HE", platelets("60"))

    with as_actor(lead(passing)):
        revocation = Revocation.objects.get(determination=determination)
        assert standing_determination(now_of(passing)) is None
    assert (revocation.altered, revocation.revoked_by_id) == (["I07a"], passing.one(Role.COORDINATOR).pk)
    assert now_of(passing).stage == Stage.RESPONSE_CONFIRMED
    assert kinds(passing)[-1] == "eligibility.determination.revoked"
    assert "A change of the casebook altered what it rests on: I07a." in gate_says(passing)


def test_a_corrected_scan_takes_back_response_and_determination(passing):
    an_eligible_subject(passing)
    correct(passing, "TA", {"scan_on": Answer(value=answers.ago(passing.on, 44))}, repeat=3)

    assert now_of(passing).stage == Stage.SCREENING
    assert "the scans or markers on which the response was confirmed" in gate_says(passing)


def test_a_further_scan_has_to_be_confirmed_as_well(passing):
    confirm(passing)
    scan = answers.scan("further", passing.on, days_ago=1, timepoint="follow-up", viable=("0", "0"))
    walk.enter(passing, "TA", scan, at=timezone.now(), number=9)

    assert now_of(passing).stage == Stage.SCREENING
    confirm(passing)
    assert now_of(passing).stage == Stage.RESPONSE_CONFIRMED


def thinner_slices(here: Walk) -> None:
    """Correct an answer that neither response nor verdict rests on: only the signature of the reading falls."""
    correct(here, "TA", {"slice_thickness": Answer(value="2", unit="mm")}, repeat=3)


def test_a_response_is_not_confirmed_on_a_reading_that_nobody_signed(passing):
    thinner_slices(passing)
    said = {"at": timezone.now(), "evidence_hash": judged(passing).evidence_hash}

    with pytest.raises(Refusal, match=f"scan of {answers.ago(passing.on, 45)} is not signed as it stands"):
        actions.confirm_response(passing.subject, by=lead(passing), **said)

    sign_readings(passing)
    assert actions.confirm_response(passing.subject, by=lead(passing), **said)


def test_the_gate_shuts_where_a_signed_reading_was_changed_and_opens_with_its_signature(passing):
    an_eligible_subject(passing)
    assert gate_says(passing) == ""

    thinner_slices(passing)
    assert "only a signed reading decides" in gate_says(passing)
    assert now_of(passing).stage == Stage.ELIGIBLE

    sign_readings(passing)
    assert gate_says(passing) == ""


def test_a_change_that_alters_no_verdict_revokes_nothing(passing):
    determination = an_eligible_subject(passing)
    correct(passing, "HE", platelets("150"))

    with as_actor(lead(passing)):
        assert standing_determination(now_of(passing)) == determination
    assert gate_says(passing) == ""


def widen(analyte: str) -> None:
    """Correct the laboratory's upper limit of an analyte to one more."""
    held = ReferenceRange.objects.get(analyte=analyte, laboratory__code="DEMO-LAB", left_at__isnull=True)
    said = {"low": held.low, "high": held.high + 1, "valid_to": held.valid_to, "reason": "Misread, page 2"}
    correction = casebook.correct_range(held, by=set_up(), at=timezone.now(), **said)
    casebook.confirm_range(correction, by=set_up(), at=timezone.now())


def test_a_limit_that_the_response_was_confirmed_by_takes_confirmation_and_determination_back(passing):
    first = an_eligible_subject(passing)
    before = {code: each.verdict for code, each in judged(passing).judgements.items()}

    widen("AFP")

    assert {code: each.verdict for code, each in judged(passing).judgements.items()} == before
    with as_actor(lead(passing)):
        assert Revocation.objects.get(determination=first).altered == []
    assert now_of(passing).stage == Stage.SCREENING
    assert "the scans or markers on which the response was confirmed" in gate_says(passing)
    assert (an_eligible_subject(passing).pk != first.pk, gate_says(passing)) == (True, "")


def test_a_limit_that_the_response_does_not_rest_on_and_that_alters_no_verdict_takes_nothing_back(passing):
    first = an_eligible_subject(passing)

    widen("ALT")

    with as_actor(lead(passing)):
        assert standing_determination(now_of(passing)) == first
    assert gate_says(passing) == ""


def test_a_new_determination_follows_a_revoked_one(passing):
    first = an_eligible_subject(passing)
    correct(passing, "HE", platelets("60"))
    correct(passing, "HE", platelets("160"))

    second = determine(passing)

    with as_actor(lead(passing)):
        assert standing_determination(now_of(passing)) == second != first
    assert gate_says(passing) == ""


def test_a_determination_lapses_after_its_last_day_and_is_not_revoked_by_it(passing):
    determination = an_eligible_subject(passing)
    last = timezone.now() + (determination.valid_until - determination.determined_on)
    later = last + timedelta(days=1)

    assert gate_says(passing, at=last) == ""
    assert f"was valid until {determination.valid_until} (limiting: {determination.limiting})" in gate_says(
        passing, at=later
    )
    judge_today(passing, at=later)
    with as_actor(lead(passing)):
        assert standing_determination(now_of(passing)) == determination


def test_the_gate_judges_every_criterion_at_the_click(passing, settings):
    determination = an_eligible_subject(passing)
    settings.CASEBOOK_AFTER_CHANGE = []  # as if nobody had noticed the change
    correct(passing, "HE", platelets("60"))

    with pytest.raises(Refusal, match=r"Not every criterion of .* passes on .*: I07a \(fail\)"):
        actions.pass_gate(determination, by=lead(passing), at=timezone.now())


def test_without_a_determination_the_gate_is_shut(passing):
    assert f"The eligibility of {passing.subject.number} is not determined" in gate_says(passing)


def test_a_subject_goes_through_the_gate_once(passing):
    passage = a_passed_subject(passing)

    assert passage.passed_on == passing.on
    assert {each["verdict"] for each in passage.verdicts.values()} == {"pass"}
    with pytest.raises(Refusal, match="went through the gate already"):
        actions.pass_gate(passage.determination, by=lead(passing), at=timezone.now())


def test_a_monitor_lets_nobody_through(passing):
    determination = an_eligible_subject(passing)

    with pytest.raises(Refusal, match="does not include this: randomize a subject"):
        actions.pass_gate(determination, by=passing.one(Role.MONITOR), at=timezone.now())


def test_after_the_gate_a_correction_revokes_nothing_and_is_told(passing):
    passage = a_passed_subject(passing)
    correct(passing, "HE", platelets("60"))

    with as_actor(lead(passing)):
        assert standing_determination(now_of(passing)) == passage.determination
        assert altered_since_passage(now_of(passing)) == ("I07a",)
    assert now_of(passing).stage == Stage.RANDOMIZED
    assert kept_verdict(passing, "I07a").verdict == "fail"


def test_after_the_gate_no_verdict_lapses(passing):
    a_passed_subject(passing)
    judge_today(passing, at=timezone.now() + timedelta(days=200))

    with as_actor(lead(passing)):
        assert altered_since_passage(now_of(passing)) == ()
    assert kept_verdict(passing, "I05").verdict == "pass"
    assert kept_verdict(passing, "I05").judged_on == passing.on


def test_a_subject_before_the_gate_has_nothing_altered(passing):
    with as_actor(lead(passing)):
        assert altered_since_passage(now_of(passing)) == ()


@pytest.mark.parametrize("table", SIGNED)
@pytest.mark.parametrize("attack", ["UPDATE eligibility_{} SET site_id = site_id", "DELETE FROM eligibility_{}"])
def test_what_was_signed_is_never_rewritten(passing, table, attack):
    an_eligible_subject(passing)

    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        as_actor(lead(passing)),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack.format(table))


def test_a_determination_of_another_site_does_not_exist(passing, cast):
    an_eligible_subject(passing)

    with as_actor(cast.one(Role.PRINCIPAL_INVESTIGATOR, "02")):
        assert not Determination.objects.exists()
