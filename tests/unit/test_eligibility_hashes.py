"""What a signature on a response or a review binds: the evidence, and not the day it is looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from eligibility.hashes import evidence_hash, judgement_hash
from eligibility.models import ReviewResolution
from eligibility.selectors.judged import Review
from protocol.language import Verdict
from protocol.record import Evidence, Judgement, Record
from protocol.response import Response, response
from protocol.words import sentence
from rehearsal import answers
from tests.unit.test_eligibility_timeline import form, ranges

ON = date(2025, 6, 16)
OLD = "Markers of %(on)s are older than %(days)s days on %(day)s."
RESTS_ON = Evidence(
    form="f1", crf="MK", path="afp", title="AFP", value="5.1", unit="ng/mL", limit="≤ 20", on="2025-06-01"
)
IN_REVIEW = Judgement(
    verdict=Verdict.REVIEW, reason=sentence(OLD, on="2025-06-01", days=14, day=ON), evidence=(RESTS_ON,)
)


def found(*, afp: str = "5.1", on: date = ON, viable: str = "0", method: str = "", modality: str = "mri") -> Response:
    """Return the response of two scans and two draws."""
    scans = [(255, "baseline", ("52", "31")), (45, "follow-up", ("0", "0")), (12, "follow-up", (viable, "0"))]
    forms = [
        form(at, "TA", {**answers.scan("t", ON, days_ago=days, timepoint=point, viable=size), "modality": modality})
        for at, (days, point, size) in enumerate(scans, 1)
    ]
    forms += [
        form(at, "MK", {**answers.markers(ON, days_ago=days, afp=value, pivka="22"), "afp_method": method})
        for at, (days, value) in enumerate(((45, "6.0"), (11, afp)), 1)
    ]
    return response(Record(subject="T", forms=tuple(forms), ranges=ranges()), on)


def test_the_same_evidence_has_the_same_hash_on_another_day():
    tomorrow = found(on=ON + timedelta(days=1))

    assert evidence_hash(tomorrow) == evidence_hash(found())


def test_evidence_whose_markers_have_grown_old_is_the_same_evidence():
    later = found(on=ON + timedelta(days=10))

    assert later.verdict is not found().verdict
    assert evidence_hash(later) == evidence_hash(found())


@pytest.mark.parametrize("other", [{"afp": "5.2"}, {"viable": "11"}, {"method": "ECLIA"}, {"modality": "ct"}])
def test_another_value_is_other_evidence(other):
    assert evidence_hash(found(**other)) != evidence_hash(found())


def test_a_review_binds_its_evidence_and_not_the_day():
    tomorrow = replace(IN_REVIEW, reason=sentence(OLD, on="2025-06-01", days=14, day=ON + timedelta(days=1)))

    assert judgement_hash("I05", tomorrow) == judgement_hash("I05", IN_REVIEW)


@pytest.mark.parametrize(
    "other",
    [
        replace(IN_REVIEW, verdict=Verdict.PASS),
        replace(IN_REVIEW, reason=sentence("Two laboratories were used.")),
        replace(IN_REVIEW, evidence=(replace(RESTS_ON, value="5.2"),)),
        replace(IN_REVIEW, evidence=(replace(RESTS_ON, limit="≤ 10"),)),
        replace(IN_REVIEW, evidence=()),
    ],
)
def test_a_review_of_something_else_is_another(other):
    assert judgement_hash("I05", other) != judgement_hash("I05", IN_REVIEW)


def test_the_same_evidence_of_two_criteria_is_reviewed_twice():
    assert judgement_hash("I05", IN_REVIEW) != judgement_hash("I06", IN_REVIEW)


def word(who: int, *, decision: str = "pass", investigator: bool = False, reviewer: bool = False) -> ReviewResolution:
    return ReviewResolution(
        resolved_by_id=who, decision=decision, as_investigator=investigator, as_reviewer=reviewer, criterion="I05"
    )


@pytest.mark.parametrize(
    ("said", "resolved"),
    [
        ((), False),
        ((word(1, investigator=True),), False),
        ((word(1, investigator=True, reviewer=True),), False),
        ((word(1, investigator=True), word(2, investigator=True)), False),
        ((word(1, reviewer=True), word(2, reviewer=True)), False),
        ((word(1, investigator=True), word(2, reviewer=True)), True),
        ((word(1, investigator=True), word(2, investigator=True, reviewer=True)), True),
        ((word(1, investigator=True), word(2, reviewer=True), word(3, reviewer=True, decision="fail")), False),
        ((word(1, investigator=True), word(2, reviewer=True, decision="fail")), False),
    ],
)
def test_an_investigator_and_another_as_reviewer_resolve_it(said, resolved):
    assert Review(criterion="I05", judgement_hash="0" * 64, said=said).is_resolved is resolved
