"""Verdicts that two persons resolve, subjects that leave before randomization, and the lists of what waits."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.door import Refusal, as_actor
from casebook.actions.files import bring_file
from casebook.files.cleaning import cleaned
from casebook.models import Form
from casebook.selectors.signing import waiting_for_signature
from casebook.states import Stage
from eligibility import actions
from eligibility.actions.judging import rejudge_subjects
from eligibility.models import CriterionVerdict, ReviewResolution, Revocation, ScreenFailure
from eligibility.papers import PaperLine, paper_lines
from eligibility.selectors import cells_of, waiting_at_gate
from eligibility.selectors.reviews import hidden_rows, is_kept
from protocol.record import Answer
from protocol.roles import Role
from protocol.words import Sentence
from rehearsal import answers, walk
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.eligibility_ground import (
    a_passed_subject,
    an_eligible_subject,
    confirm,
    correct,
    determine,
    disagree,
    evaluate_now,
    judged,
    lead,
    now_of,
    platelets,
    resolve,
)
from tests.files_ground import a_png
from tests.integration.test_entry_pages import browser_of
from tests.people import a_user
from tests.rehearsal_ground import a_cast, a_passing_subject, judge_today, taken_back


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


def reviewer(here: Walk) -> User:
    return here.one(Role.MEDICAL_REVIEWER)


def sub(here: Walk) -> User:
    return here.one(Role.SUB_INVESTIGATOR)


def paper(here: Walk, reader: User, name: str) -> str:
    """Return a page or a file of the candidate as this person reads it."""
    return browser_of(reader).get(reverse(name, args=[here.subject.pk])).getvalue().decode()


def is_resolved(here: Walk) -> bool:
    return "I05" not in judged(here).not_passed


def test_two_persons_resolve_a_review_and_the_subject_can_be_determined(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    assert not is_resolved(long_gap)
    resolve(long_gap, "I05", by=reviewer(long_gap))
    assert is_resolved(long_gap)

    determination = an_eligible_subject(long_gap)

    kept = determination.snapshot["verdicts"]["I05"]
    assert (kept["verdict"], kept["counts"], len(kept["resolutions"])) == ("review", True, 2)
    assert now_of(long_gap).stage == Stage.ELIGIBLE


def test_an_unresolved_review_is_neither_confirmed_nor_determined(long_gap):
    with pytest.raises(Refusal, match="no clinical complete response to confirm: I05 is under review"):
        confirm(long_gap)


def test_the_principal_investigator_may_be_the_second_person(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=lead(long_gap))

    assert is_resolved(long_gap)


def test_two_investigators_without_a_reviewer_resolve_nothing(long_gap):
    another = a_user(Role.SUB_INVESTIGATOR, long_gap.subject.site)
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=another)

    assert not is_resolved(long_gap)


def test_two_reviewers_without_an_investigator_resolve_nothing(long_gap):
    resolve(long_gap, "I05", by=reviewer(long_gap))
    resolve(long_gap, "I05", by=a_user(Role.MEDICAL_REVIEWER))

    assert not is_resolved(long_gap)


def test_the_same_person_twice_is_one_person(long_gap):
    resolve(long_gap, "I05", by=lead(long_gap))

    with pytest.raises(Refusal, match="You decided on this verdict already"):
        resolve(long_gap, "I05", by=lead(long_gap))
    assert not is_resolved(long_gap)


def shown_as_review(here: Walk, reader: User) -> dict[str, int]:
    """Return how many verdicts of each kind the head of the page counts."""
    page = browser_of(reader).get(reverse("candidate", args=[here.subject.pk]))
    return dict(page.context["candidate"].counts)


def test_one_of_two_who_says_that_it_fails_fails_it(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    assert judged(long_gap).stands("I05").value == "review"
    resolve(long_gap, "I05", by=reviewer(long_gap), decision="fail")

    said = f"I05 fails by review: it passes only when both say so, and {reviewer(long_gap).name} decided that it fails."
    with pytest.raises(Refusal, match=said):
        resolve(long_gap, "I05", by=lead(long_gap))
    assert judged(long_gap).stands("I05").value == "fail"
    assert said in paper(long_gap, lead(long_gap), "candidate")
    counts = shown_as_review(long_gap, lead(long_gap))
    assert (counts["fail"], counts["review"]) == (1, 0)
    assert not waiting("reviews", lead(long_gap), long_gap)
    assert fail(long_gap).criteria == ["I05"]


def test_whoever_failed_a_review_may_decide_otherwise_and_both_decisions_stay(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=reviewer(long_gap), decision="fail")
    assert "Decide otherwise" in paper(long_gap, reviewer(long_gap), "candidate")
    assert "Decide otherwise" not in paper(long_gap, lead(long_gap), "candidate")

    with pytest.raises(Refusal, match=r"so did another person\. You may decide otherwise"):
        resolve(long_gap, "I05", by=reviewer(long_gap), decision="fail")
    resolve(long_gap, "I05", by=reviewer(long_gap), reason="Read the scans again with the radiologist.")

    assert is_resolved(long_gap)
    with as_actor(lead(long_gap)):
        assert ReviewResolution.objects.filter(subject=long_gap.subject).count() == 3


def test_a_resolved_review_counts_as_passed_and_asks_for_nothing(long_gap):
    assert shown_as_review(long_gap, lead(long_gap))["review"] == 1
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=reviewer(long_gap))

    page = browser_of(lead(long_gap)).get(reverse("candidate", args=[long_gap.subject.pk]))
    candidate = page.context["candidate"]
    assert dict(candidate.counts)["review"] == 0
    assert all("I05" not in each.criteria for each in candidate.missing)
    assert "by review" in page.content.decode()


def of_the_response(here: Walk) -> tuple[str, str, set[str]]:
    """Return the head of the response, and what the row of I05 and its lines in the table file say."""
    reader = lead(here)
    page = paper(here, reader, "candidate")
    head = page.partition('id="response-title">')[2].partition("</header>")[0]
    row = page.partition('<tr id="I05"')[2].partition("</tr>")[0]
    lines = csv.DictReader(io.StringIO(paper(here, reader, "candidate-csv").lstrip("\ufeff")))
    return head, row, {line["Missing"] for line in lines if line["Criterion"] == "I05"}


@pytest.mark.parametrize(("says", "word"), [("pass", "Pass"), ("fail", "Fail")])
def test_the_response_shows_the_verdict_that_stands_and_misses_nothing_once_it_passes_by_review(long_gap, says, word):
    head, row, in_file = of_the_response(long_gap)
    assert "Needs review" in head
    assert "Missing: " in row
    assert all("Tumour assessment" in missing for missing in in_file)

    resolve(long_gap, "I05", by=sub(long_gap))
    assert "Needs review" in of_the_response(long_gap)[0]
    resolve(long_gap, "I05", by=reviewer(long_gap), decision=says)

    head, row, in_file = of_the_response(long_gap)
    assert (word in head, "Needs review" in head) == (True, False)
    assert ("Missing: " in row, in_file == {""}) == ((False, True) if says == "pass" else (True, False))
    printed = on_paper(lead(long_gap), reverse("candidate-pdf", args=[long_gap.subject.pk]))
    assert f"<b>{word}.</b>" in printed


def board_of(here: Walk, reader: User, name: str = "eligibility-board", **chosen: str) -> str:
    """Return the board, or a file of it, as this person reads it."""
    return browser_of(reader).get(reverse(name), chosen).getvalue().decode()


def cell_of(here: Walk, code: str, reader: User) -> str:
    with as_actor(reader):
        return cells_of([now_of(here)], reader, at=timezone.now())[here.subject.pk][code].verdict


def in_csv(here: Walk, reader: User) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(board_of(here, reader, "eligibility-board-csv").lstrip("\ufeff")))
    return next(row for row in rows if row["Subject"] == here.subject.number)


@pytest.mark.parametrize("says", ["pass", "fail"])
def test_the_board_shows_what_two_persons_settled_and_so_does_its_filter(long_gap, says):
    site, number = str(long_gap.subject.site_id), long_gap.subject.number
    resolve(long_gap, "I05", by=sub(long_gap), decision=says)
    assert cell_of(long_gap, "I05", lead(long_gap)) == "review"
    resolve(long_gap, "I05", by=reviewer(long_gap), decision=says)

    for judged_again in (False, True):
        if judged_again:
            with as_actor(lead(long_gap)):
                CriterionVerdict.objects.filter(subject=long_gap.subject).update(reviewed="")
            rejudge_subjects([long_gap.subject], by=lead(long_gap), at=timezone.now())
        assert cell_of(long_gap, "I05", lead(long_gap)) == says
        for verdict in ("pass", "fail", "review", "unknown"):
            found = board_of(long_gap, lead(long_gap), site=site, criterion="I05", verdict=verdict)
            assert (number in found) is (verdict == says), verdict
        row = in_csv(long_gap, lead(long_gap))
        assert row["I05"] == says
        told = browser_of(lead(long_gap)).get(
            reverse("api-verdicts"), {"subject": long_gap.subject.pk, "criterion": "I05"}
        )
        [verdict] = told.json()["results"]
        assert (verdict["reviewed"], verdict["needs"] == []) == (says, says == "pass")
    names = f"by review: {sub(long_gap).name}, {reviewer(long_gap).name}"
    assert names in paper(long_gap, lead(long_gap), "candidate")
    line = next(each for each in lines_on_paper(long_gap) if each.subject == long_gap.subject)
    assert line.not_passed == (() if says == "pass" else (("Fail", "I05"),))


def lines_on_paper(here: Walk) -> list[PaperLine]:
    with as_actor(lead(here)):
        subjects = [now_of(here)]
        return paper_lines(subjects, cells_of(subjects, lead(here), at=timezone.now()), {}, at=timezone.now())


def test_a_settled_review_of_evidence_that_changed_is_in_review_again_on_the_board(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=reviewer(long_gap))
    correct(long_gap, "TA", {"scan_on": Answer(value=answers.ago(long_gap.on, 61))}, repeat=3)

    assert cell_of(long_gap, "I05", lead(long_gap)) == "review"


def test_a_later_decision_that_it_fails_revokes_the_determination(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=reviewer(long_gap))
    determination = an_eligible_subject(long_gap)
    resolve(long_gap, "I05", by=lead(long_gap), decision="fail")

    with as_actor(lead(long_gap)):
        revocation = Revocation.objects.get(determination=determination)
    assert revocation.altered == ["I05"]
    assert Sentence.from_json(revocation.reason).english() == "A review of a verdict was decided otherwise: I05."
    assert now_of(long_gap).stage == Stage.RESPONSE_CONFIRMED


def test_whoever_entered_the_evidence_does_not_review_it(cast):
    here = a_passing_subject(cast, "own entry", scans_days_ago=(60, 12))
    scan = answers.scan("own", here.on, days_ago=2, timepoint="follow-up", viable=("0", "0"))
    walk.enter(here, "TA", scan, by=lead(here), at=timezone.now(), number=9)

    with pytest.raises(Refusal, match="You entered what I05 rests on"):
        resolve(here, "I05", by=lead(here))


def test_whoever_corrected_the_evidence_does_not_review_it_either(long_gap):
    correct(long_gap, "MK", {"afp": Answer(value="3.5", unit="ng/mL")}, repeat=3, by=lead(long_gap))

    with pytest.raises(Refusal, match="You entered what I05 rests on"):
        resolve(long_gap, "I05", by=lead(long_gap))
    with as_actor(lead(long_gap)):
        assert waiting_at_gate(lead(long_gap), [long_gap.subject.site_id]).reviews == []


def test_a_resolution_ends_with_the_evidence_it_was_given_for(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=reviewer(long_gap))
    correct(long_gap, "TA", {"scan_on": Answer(value=answers.ago(long_gap.on, 61))}, repeat=3)

    assert not is_resolved(long_gap)
    assert judged(long_gap).reviews["I05"].said == ()


def test_what_was_decided_on_evidence_that_changed_stays_on_the_page(long_gap):
    resolve(long_gap, "I05", by=sub(long_gap))
    resolve(long_gap, "I05", by=reviewer(long_gap))
    correct(long_gap, "TA", {"scan_on": Answer(value=answers.ago(long_gap.on, 61))}, repeat=3)

    page = browser_of(lead(long_gap)).get(reverse("candidate", args=[long_gap.subject.pk]))
    fallen = page.context["panels"].fallen
    assert [each.decision.resolved_by for each in fallen] == [sub(long_gap), reviewer(long_gap)]
    text = page.content.decode()
    assert "Decisions that stand no longer" in text
    assert text.count("no longer stands: the evidence changed on") == 2
    assert "The longer response is the stronger one." in text


def test_a_resolution_of_a_verdict_judged_anew_meanwhile_is_refused(long_gap):
    with pytest.raises(Refusal, match="The verdict on I05 was judged anew while you read it"):
        resolve(long_gap, "I05", by=sub(long_gap), judgement_hash="0" * 64)


def test_a_failed_criterion_is_waived_by_nobody(cast):
    here = a_passing_subject(cast, "fails", platelets="75")

    with pytest.raises(Refusal, match="The verdict on I07a is failed: only a verdict that needs review is resolved"):
        resolve(here, "I07a", by=reviewer(here))


def test_a_resolution_needs_its_reason(long_gap):
    with pytest.raises(Refusal, match="Say why you decide so"):
        resolve(long_gap, "I05", by=reviewer(long_gap), reason=" ")
    for letters in ("x", "ok.", "aaaaaaaa", "好"):
        with pytest.raises(Refusal, match="no reason that another person could follow"):
            resolve(long_gap, "I05", by=reviewer(long_gap), reason=letters)
    resolve(long_gap, "I05", by=reviewer(long_gap), reason="影像清楚")


def test_the_first_decision_is_kept_from_who_may_still_decide_until_both_are_in(long_gap):
    site, said = long_gap.subject.site_id, "The longer response"
    first = resolve(long_gap, "I05", by=sub(long_gap))
    row = ("eligibility_reviewresolution", str(first.pk))
    another = a_user(Role.SUB_INVESTIGATOR, long_gap.subject.site)

    for person in (reviewer(long_gap), lead(long_gap), another):
        found = [paper(long_gap, person, name) for name in ("candidate", "candidate-csv")]
        assert all(sub(long_gap).name in each and said not in each for each in found)
        assert "shows when both have decided" in found[0]
        assert f"{sub(long_gap).name}: " not in found[1]
        with as_actor(person):
            assert row in hidden_rows(person)
    assert said in paper(long_gap, sub(long_gap), "candidate")
    with as_actor(sub(long_gap)):
        assert is_kept(judged(long_gap).reviews["I05"], reviewer(long_gap), at=site)
        assert row not in hidden_rows(sub(long_gap))

    resolve(long_gap, "I05", by=reviewer(long_gap), decision="fail")
    for person in (reviewer(long_gap), lead(long_gap), another):
        assert said in paper(long_gap, person, "candidate")
        with as_actor(person):
            assert row not in hidden_rows(person)


def test_a_coordinator_resolves_nothing(long_gap):
    with pytest.raises(Refusal, match="does not include this: judge eligibility as investigator"):
        resolve(long_gap, "I05", by=long_gap.one(Role.COORDINATOR))


def fail(here: Walk, **details: object) -> ScreenFailure:
    said = {"by": lead(here), "at": timezone.now(), "reason": "Not suitable.", **details}
    return actions.declare_screen_failure(here.subject, **said)


def test_a_screen_failure_keeps_the_criteria_that_fail(cast):
    here = a_passing_subject(cast, "failing", platelets="75", ecog="3")
    failure = fail(here)

    assert (failure.kind, failure.criteria) == ("criteria", ["I07a", "I12"])
    assert now_of(here).stage == Stage.SCREEN_FAILURE


def test_an_investigator_names_what_no_answer_says(cast):
    here = a_passing_subject(cast, "one scan", scans_days_ago=(25,), markers_days_ago=(25,))

    assert fail(here, criteria=["I05"]).criteria == ["I05"]


def test_without_a_failing_criterion_one_has_to_be_named(passing):
    with pytest.raises(Refusal, match=r"fails by the answers entered\. Name the criterion that is not met"):
        fail(passing)


def test_a_criterion_that_passes_is_no_reason(passing):
    with pytest.raises(Refusal, match="I12 passes by the answers entered"):
        fail(passing, criteria=["I12"])


def test_a_code_that_is_none_is_refused(passing):
    with pytest.raises(Refusal, match="X99 is no criterion of the trial"):
        fail(passing, criteria=["X99"])


def test_an_unknown_kind_is_refused(passing):
    with pytest.raises(Refusal, match="Say of which kind the reason is"):
        fail(passing, kind="bored")


def test_a_subject_that_declines_leaves_and_its_determination_is_revoked(passing):
    determination = an_eligible_subject(passing)
    failure = fail(passing, kind="declined", reason="Wishes surgery at another hospital.")

    assert (failure.kind, failure.criteria) == ("declined", [])
    assert now_of(passing).stage == Stage.SCREEN_FAILURE
    with as_actor(lead(passing)):
        assert Revocation.objects.filter(determination=determination).exists()


def test_a_screen_failure_needs_its_reason(passing):
    with pytest.raises(Refusal, match="Say why the subject is not randomized"):
        fail(passing, kind="other", reason="  ")


def test_after_randomization_nobody_is_a_screen_failure(passing):
    a_passed_subject(passing)

    with pytest.raises(Refusal, match="only a subject before randomization can be a screen failure"):
        fail(passing, kind="declined")


def test_a_coordinator_declares_no_screen_failure(passing):
    with pytest.raises(Refusal, match="does not include this: judge eligibility as investigator"):
        fail(passing, by=passing.one(Role.COORDINATOR), kind="declined")


def waiting(what: str, user: User, here: Walk) -> bool:
    with as_actor(user):
        return here.subject in getattr(waiting_at_gate(user, [here.subject.site_id]), what)


def test_the_lists_follow_a_subject_through_its_signatures(passing):
    user = lead(passing)
    assert waiting("responses", user, passing)
    assert not waiting("determinations", user, passing)

    confirm(passing)
    assert not waiting("responses", user, passing)
    assert waiting("determinations", user, passing)

    determine(passing)
    assert not waiting("determinations", user, passing)

    correct(passing, "HE", platelets("60"))
    assert not waiting("determinations", user, passing)

    correct(passing, "HE", platelets("160"))
    assert waiting("determinations", user, passing)


def test_a_review_waits_for_each_until_both_have_decided(long_gap):
    assert waiting("reviews", sub(long_gap), long_gap)
    assert waiting("reviews", reviewer(long_gap), long_gap)
    assert not waiting("responses", lead(long_gap), long_gap)

    resolve(long_gap, "I05", by=sub(long_gap))
    assert not waiting("reviews", sub(long_gap), long_gap)
    assert waiting("reviews", reviewer(long_gap), long_gap)

    resolve(long_gap, "I05", by=reviewer(long_gap))
    assert not waiting("reviews", lead(long_gap), long_gap)
    assert waiting("responses", lead(long_gap), long_gap)


@pytest.mark.parametrize("what", ["responses", "determinations", "reviews"])
def test_nothing_waits_for_whoever_may_not_decide(what, passing, long_gap):
    for here in (passing, long_gap):
        assert not waiting(what, here.one(Role.COORDINATOR), here)


def test_the_lists_need_the_same_queries_for_any_number_of_subjects(cast, passing, long_gap):
    user = lead(passing)
    sites = [passing.subject.site_id]

    def count() -> int:
        with as_actor(user), CaptureQueriesContext(connection) as captured:
            waiting_at_gate(user, sites)
        return len(captured)

    before = count()
    a_passing_subject(cast, "one more", scans_days_ago=(60, 12))
    a_passing_subject(cast, "another")

    assert count() == before == 6


def test_a_save_of_a_subject_with_nothing_signed_asks_for_no_signatures(passing):
    with CaptureQueriesContext(connection) as captured:
        correct(passing, "HE", platelets("160"))

    signed = ("responseconfirmation", "determination", "gatepassage", "reviewresolution", "revocation")
    asked = [each["sql"] for each in captured if any(f"eligibility_{table}" in each["sql"] for table in signed)]
    assert asked == []


def test_a_gap_of_48_days_is_the_only_thing_left_to_review(long_gap):
    assert judged(long_gap).not_passed == ("I05",)


# --- surgeons ---------------------------------------------------------------------------------------------------------


def verdict_of(here: Walk, code: str) -> str:
    return judged(here).judgements[code].verdict.value


def test_only_a_new_round_of_both_ends_a_disagreement_and_the_old_round_stays(passing):
    disagree(passing, round=2)
    assert verdict_of(passing, "I06") == "review"
    with pytest.raises(Refusal, match="both evaluate anew in a new round, and nobody decides in their place"):
        resolve(passing, "I06", by=sub(passing))
    with as_actor(reviewer(passing)):
        assert passing.subject not in waiting_at_gate(reviewer(passing), [passing.subject.site_id]).reviews

    with pytest.raises(Refusal, match="You evaluated this question in round 2 already"):
        evaluate_now(passing, "resectable", mark="B", round=2)
    assert verdict_of(passing, "I06") == "review"

    evaluate_now(passing, "resectable", mark="", round=3)
    assert verdict_of(passing, "I06") == "unknown"
    evaluate_now(passing, "resectable", mark="B", round=3)
    assert verdict_of(passing, "I06") == "pass"
    with as_actor(lead(passing)):
        rounds = Form.objects.filter(subject=passing.subject, crf="SU", answers__question__value="present")
        assert sorted(each.answers["round"]["value"] for each in rounds) == ["1", "1", "2", "2", "3", "3"]


def asked_at_home(here: Walk, mark: str) -> str:
    """Return the line of the work list that asks this surgeon for an evaluation; empty for none."""
    html = browser_of(here.one(Role.SURGEON, mark=mark)).get("/").content.decode()
    listed = html.partition('-title">Evaluations to enter <')[2].partition("</section>")[0]
    found = [line for line in listed.split("<li>")[1:] if here.subject.number in line]
    return " ".join(re.sub(r"<[^>]+>", " ", "".join(found)).split())


def test_after_a_disagreement_the_work_list_asks_both_for_a_new_round_and_says_why(passing):
    assert asked_at_home(passing, "") == asked_at_home(passing, "B") == ""
    disagree(passing, round=2)

    for mark in ("", "B"):
        assert "Is the tumour resectable now?" in asked_at_home(passing, mark)
        assert "Round 3 on the tumour as it is now: the surgeons disagree in round 2." in asked_at_home(passing, mark)
    evaluate_now(passing, "resectable", round=3)
    assert asked_at_home(passing, "") == ""
    assert "Round 3 on the tumour as it is now: the surgeons disagree in round 2." in asked_at_home(passing, "B")
    evaluate_now(passing, "resectable", mark="B", round=3)
    assert asked_at_home(passing, "B") == ""


def test_after_disagreements_on_both_questions_each_sentence_of_the_work_list_names_its_question(passing):
    disagree(passing, round=2)
    evaluate_now(passing, "unresectable", round=2, question="initial")
    evaluate_now(passing, "resectable", mark="B", round=2, question="initial")
    judge_today(passing, at=timezone.now())

    said = asked_at_home(passing, "")

    assert said.count("Round 3 on the tumour before the first treatment: the surgeons disagree in round 2.") == 1
    assert said.count("Round 3 on the tumour as it is now: the surgeons disagree in round 2.") == 1


def test_a_record_of_the_chart_counts_with_its_file_and_an_investigators_signature(cast):
    here = a_passing_subject(cast, "chart", evaluated=False)
    surgeon = here.one(Role.SURGEON)
    typed = answers.evaluation(here.on, days_ago=300, question="initial", finding="unresectable")
    typed = {**typed, "source": "chart record", "names_two_surgeons": "Y"}
    form = walk.enter(here, "SU", typed, by=surgeon, at=timezone.now(), number=0)

    with pytest.raises(Refusal, match="does not include this: sign forms"):
        walk.sign(form, by=surgeon, at=timezone.now())
    with pytest.raises(Refusal, match="Attach the record of the chart to this form as a file"):
        walk.sign(form, by=lead(here), at=timezone.now())
    brought = cleaned(a_png())
    bring_file(form, by=surgeon, at=timezone.now(), brought=brought, title="Record of the board", looked=True)
    with as_actor(lead(here)):
        assert form in waiting_for_signature(lead(here))
    assert verdict_of(here, "I02c") == "unknown"

    walk.sign(form, by=lead(here), at=timezone.now())
    assert verdict_of(here, "I02c") == "pass"


SAYS = "names two surgeons: unresectable"
VEILED = "Hidden until you have signed"


@pytest.fixture(scope="module")
def on_record(cast: Cast) -> Walk:
    """A subject of whom a signed record of the chart says that the tumour was unresectable; nobody has evaluated."""
    here = a_passing_subject(cast, "on record", evaluated=False)
    clerk = here.one(Role.SURGEON, mark="")
    typed = answers.evaluation(here.on, days_ago=300, question="initial", finding="unresectable")
    typed = {**typed, "source": "chart record", "names_two_surgeons": "Y"}
    form = walk.enter(here, "SU", typed, by=clerk, at=timezone.now(), number=0)
    bring_file(form, by=clerk, at=timezone.now(), brought=cleaned(a_png()), title="Record", looked=True)
    walk.sign(form, by=lead(here), at=timezone.now())
    judge_today(here, at=timezone.now())
    return here


def on_paper(reader: User, address: str, chosen: dict[str, str] | None = None) -> str:
    """Return what is set as a PDF, before it is set."""
    said: list[str] = []

    def kept(template: str, context: dict[str, object], *, language: str) -> bytes:
        said.append(render_to_string(template, context))
        return language.encode()

    with patch("eligibility.views.board.pdf_of", kept), patch("eligibility.views.candidate_papers.pdf_of", kept):
        browser_of(reader).get(address, chosen or {})
    return said[0]


def everything_told(here: Walk, reader: User) -> dict[str, str]:
    """Return what every page and file says of the initial unresectability to this reader."""
    board = {"site": str(here.subject.site_id), "number": here.subject.number, "criterion": "I02c"}
    api = browser_of(reader).get(reverse("api-verdicts"), {"subject": str(here.subject.pk), "criterion": "I02c"})
    return {
        "page": paper(here, reader, "candidate"),
        "csv": paper(here, reader, "candidate-csv"),
        "pdf": on_paper(reader, reverse("candidate-pdf", args=[here.subject.pk])),
        "board": board_of(here, reader, **board),
        "board-pdf": on_paper(reader, reverse("eligibility-board-pdf"), board),
        "board-csv": in_csv(here, reader)["I02c"],
        "api": api.content.decode(),
    }


def test_what_a_record_of_the_chart_says_is_hidden_from_a_surgeon_who_has_not_signed(on_record):
    surgeon = on_record.one(Role.SURGEON, mark="B")

    told = everything_told(on_record, surgeon)
    assert all(SAYS not in each for each in told.values()), told
    for name in ("page", "csv", "pdf", "board", "board-pdf"):
        assert VEILED in told[name], name
    assert told["board-csv"] == "hidden"
    assert '"verdict":"hidden"' in told["api"].replace(" ", "")
    assert VEILED in told["api"]
    site = {"site": str(on_record.subject.site_id), "criterion": "I02c", "number": on_record.subject.number}
    for verdict in ("pass", "fail", "review", "unknown"):
        address = f'href="{reverse("candidate", args=[on_record.subject.pk])}'
        assert address not in board_of(on_record, surgeon, verdict=verdict, **site)
        rows = browser_of(surgeon).get(
            reverse("api-verdicts"),
            {"subject": str(on_record.subject.pk), "criterion": "I02c", "verdict": verdict},
        )
        assert rows.json()["results"] == []


def test_whoever_evaluates_nowhere_reads_what_the_record_says(on_record):
    told = everything_told(on_record, lead(on_record))

    assert all(SAYS in told[name] for name in ("page", "csv", "pdf", "api"))
    assert told["board-csv"] == "pass"
    assert all(VEILED not in each for each in told.values())


def test_a_surgeon_reads_the_verdict_once_both_have_signed(on_record):
    for mark in ("", "B"):
        surgeon = on_record.one(Role.SURGEON, mark=mark)
        typed = answers.evaluation(on_record.on, days_ago=290, question="initial", finding="unresectable")
        form = walk.enter(on_record, "SU", typed, by=surgeon, at=timezone.now(), number=0)
        # Whoever transcribed the record has read it.
        assert (VEILED in paper(on_record, surgeon, "candidate")) is (mark == "B")
        walk.sign(form, by=surgeon, at=timezone.now())

    told = everything_told(on_record, on_record.one(Role.SURGEON, mark="B"))
    assert all(VEILED not in each for each in told.values())
    assert told["board-csv"] == "pass"
