"""What a candidate still needs: what is to be signed and what another time is asked for stand apart."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.html import escape

from accounts.models import Site, User
from casebook.models import Subject
from casebook.states import BEFORE_RANDOMIZATION, Stage
from eligibility.board import missing_of, rows_of
from eligibility.candidate import Candidate
from eligibility.missing import Missing, ToReview
from eligibility.models import ReviewResolution
from eligibility.selectors.board import Cell, Wanted
from eligibility.selectors.judged import Judged, Review
from eligibility.states import Enters
from protocol.language import Verdict
from protocol.record import Judgement, Need, Record
from protocol.words import sentence

ON = date(2025, 4, 7)
SINCE = date(2025, 3, 10)


def missing(*, stage: Stage = Stage.SCREENING, **needs: tuple[Need, ...]) -> list[Missing]:
    """Return what is missing over all criteria, given the needs of each."""
    judged = {
        code: Judgement(verdict=Verdict.UNKNOWN, reason=sentence("Open."), needs=each) for code, each in needs.items()
    }
    together = Judged(subject=Subject(stage=stage), on=ON, record=Record(subject="001"), judgements=judged)
    return Candidate(judged=together, whole=together, forms={}, hidden=frozenset()).missing


def test_a_form_that_waits_for_its_signature_is_a_line_of_its_own():
    found = missing(I06=(Need(crf="SU", signature=True), Need(crf="SU", item="finding", not_before=SINCE)))

    assert [(each.signature, len(each.items), each.not_before) for each in found] == [
        (True, 0, None),
        (False, 1, SINCE),
    ]


def in_review(*said: tuple[str, str, str], needs: tuple[Need, ...] = ()) -> list[ToReview]:
    """Return the reviews that wait, given who said what in which part of the two on I05."""
    judgement = Judgement(verdict=Verdict.REVIEW, reason=sentence("Long."), needs=needs)
    judged = Judged(
        subject=Subject(stage=Stage.SCREENING), on=ON, record=Record(subject="001"), judgements={"I05": judgement}
    )
    people = {name: User(name=name) for name, _part, _decision in said}
    words = tuple(
        ReviewResolution(
            resolved_by=people[name],
            decision=decision,
            as_investigator=part == "investigator",
            as_reviewer=part == "reviewer",
        )
        for name, part, decision in said
    )
    judged.__dict__["reviews"] = {"I05": Review(criterion="I05", judgement_hash="", said=words)}
    return Candidate(judged=judged, whole=judged, forms={}, hidden=frozenset()).to_review


INVESTIGATOR, REVIEWER = ("An", "investigator", "pass"), ("Bo", "reviewer", "pass")


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ((), [("I05", False)]),
        ((INVESTIGATOR,), [("I05", True)]),
        ((INVESTIGATOR, ("Cy", "investigator", "pass")), [("I05", True)]),
        ((INVESTIGATOR, REVIEWER), []),
        ((INVESTIGATOR, ("Bo", "reviewer", "fail")), []),
    ],
)
def test_a_review_waits_until_an_investigator_and_a_reviewer_have_decided(said, waits):
    assert [(each.code, each.begun) for each in in_review(*said)] == waits


def test_a_disagreement_of_surgeons_waits_for_their_round_and_for_nobodys_decision():
    assert in_review(needs=(Need(crf="SU", item="round"),)) == []


def test_a_draw_before_treatment_is_not_mixed_with_one_of_now():
    before = Need(crf="MK", item="afp", not_before=date(2024, 7, 12), not_after=date(2024, 10, 10))

    found = missing(I03=(before,), I05=(Need(crf="MK", item="afp", not_before=ON),))

    assert [(each.criteria, each.not_before, each.not_after) for each in found] == [
        (("I03",), date(2024, 7, 12), date(2024, 10, 10)),
        (("I05",), ON, None),
    ]


def test_a_need_without_a_first_day_does_not_take_that_of_another():
    found = missing(I02c=(Need(crf="SU", item="finding"),), I06=(Need(crf="SU", item="finding", not_before=SINCE),))

    assert [(each.criteria, each.not_before) for each in found] == [(("I02c", "I06"), None)]


@pytest.mark.parametrize(("days", "lapses_first"), [(-1, True), (0, False), (1, False)])
def test_a_verdict_that_lapses_before_the_rest_can_be_there_gives_no_day_to_enter_it_by(days, lapses_first):
    laboratory = Judgement(verdict=Verdict.PASS, reason=sentence("Enough."), valid_until=ON + timedelta(days=days))
    scans = (Need(crf="TA", item="scan_on"), Need(crf="TA", item="scan_on", not_before=ON))
    response = Judgement(verdict=Verdict.UNKNOWN, reason=sentence("Open."), needs=scans)
    judged = Judged(
        subject=Subject(stage=Stage.SCREENING),
        on=SINCE,
        record=Record(subject="001"),
        judgements={"I07a": laboratory, "I06": response},
    )

    candidate = Candidate(judged=judged, whole=judged, forms={}, hidden=frozenset())

    assert (candidate.complete_from, candidate.lapses_first) == (ON, lapses_first)


def test_where_nothing_has_to_be_waited_for_every_day_will_do():
    laboratory = Judgement(verdict=Verdict.PASS, reason=sentence("Enough."), valid_until=ON)
    judged = Judged(
        subject=Subject(stage=Stage.SCREENING), on=ON, record=Record(subject="001"), judgements={"I07a": laboratory}
    )

    candidate = Candidate(judged=judged, whole=judged, forms={}, hidden=frozenset())

    assert (candidate.complete_from, candidate.lapses_first) == (None, False)


@pytest.mark.parametrize(("crf", "place"), [("TA", "SCR"), ("MK", "SCR"), ("ICF", "LOG")])
def test_a_form_that_is_not_there_yet_is_added_where_the_casebook_has_its_place(crf, place):
    [found] = missing(I05=(Need(crf=crf, not_before=ON),))

    assert (found.form, found.place) == (None, place)


def test_the_board_says_days_as_every_page_does():
    needs = (Wanted("TA", Enters.ENTRY, "2025-03-31", "2025-04-14"),)

    assert missing_of({"I05": Cell("unknown", needs)}) == [
        "Tumour assessment (Coordinator, between 31 Mar 2025 and 14 Apr 2025)"
    ]


def test_the_board_names_both_times_by_which_the_same_form_is_wanted():
    before = Cell("unknown", (Wanted("MK", Enters.ENTRY, "2024-12-28", "2025-03-28"),))
    now = Cell("unknown", (Wanted("MK", Enters.ENTRY, "2025-11-23"), Wanted("MK", Enters.RANGES, "2025-11-20")))

    assert missing_of({"I03": before, "I05": now}) == [
        "Tumour markers (Coordinator, between 28 Dec 2024 and 28 Mar 2025)",
        "Tumour markers (Coordinator, Data manager, not before 20 Nov 2025)",
    ]
    assert missing_of({"I03": before, "I05": before}) == missing_of({"I03": before})


PERSONS = "two persons settle it: an investigator and a reviewer"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Cell("review", ()), f"Review of I05 ({PERSONS})"),
        (
            Cell("review", (Wanted("TA", Enters.ENTRY, "2025-04-20"), Wanted("MK", Enters.ENTRY, "2025-04-07"))),
            f"Review of I05 ({PERSONS}; or instead: Tumour assessment (Coordinator, not before 20 Apr 2025), "
            "Tumour markers (Coordinator, not before 7 Apr 2025))",
        ),
        (Cell("review", (Wanted("SU", Enters.SURGEON),)), "Surgeon's evaluation (Surgeon)"),
        (Cell("fail", (Wanted("TA", Enters.ENTRY),)), "Tumour assessment (Coordinator)"),
    ],
)
def test_the_board_says_of_a_review_who_settles_it_and_what_would_do_instead(cell, said):
    subject = Subject(site=Site(code="01"), stage=Stage.SCREENING)

    drawn = rows_of([subject], {subject.pk: {"I05": cell}}, [], {}, at=datetime(2025, 4, 7, tzinfo=UTC))

    assert missing_of({"I05": cell}) == [said]
    assert f"Missing: {escape(said)}</span>" in drawn


def test_the_board_counts_what_it_does_not_name_reviews_and_forms_alike():
    subject = Subject(site=Site(code="01"), stage=Stage.SCREENING)
    forms = Cell("unknown", tuple(Wanted(crf, Enters.ENTRY) for crf in ("MK", "TA", "HE")))
    row = {"I05": Cell("review", ()), "I09a": Cell("review", ()), "I02b": forms}

    drawn = rows_of([subject], {subject.pk: row}, [], {}, at=datetime(2025, 4, 7, tzinfo=UTC))

    assert re.search(r"Missing: Review of I05 \([^)]*\), Review of I09a \([^)]*\), [^,]* and 2 more</span>", drawn)


def reviewed(decided: tuple[ReviewResolution, ...], *, needs: tuple[Need, ...]) -> Candidate:
    """Return a candidate whose only open criterion was in review, with what was decided; a laboratory value lapses."""
    laboratory = Judgement(verdict=Verdict.PASS, reason=sentence("Enough."), valid_until=ON)
    response = Judgement(verdict=Verdict.REVIEW, reason=sentence("Long."), needs=needs)
    judged = Judged(
        subject=Subject(stage=Stage.SCREENING),
        on=ON,
        record=Record(subject="001"),
        judgements={"I05": response, "I12": laboratory},
    )
    judged.__dict__["reviews"] = {"I05": Review(criterion="I05", judgement_hash="", said=decided)}
    return Candidate(judged=judged, whole=judged, forms={}, hidden=frozenset())


def lacking(then: date, crf: str, code: str, **need: object) -> Missing:
    """Return what is missing of this form while the rest cannot be there before then."""
    found = missing(I02b=(Need(crf="HCC", item="node_site", not_before=then),), **{code: (Need(crf=crf, **need),)})
    return next(each for each in found if each.crf == crf)


@pytest.mark.parametrize(
    ("crf", "code", "days"), [("HE", "I07a", 14), ("VS", "I12", 7), ("EG", "E02h", 28), ("DM", "I01", None)]
)
def test_what_would_lapse_before_the_rest_is_there_says_from_when_on_it_is_valid_then(crf, code, days):
    then = ON + timedelta(days=30)

    found = lacking(then, crf, code, item="platelets")

    valid = (None, None) if days is None else (then, then - timedelta(days=days))
    assert (found.valid_on, found.valid_from) == valid


def test_nothing_is_said_of_it_where_everything_can_be_there_today_or_only_a_signature_is_missing():
    assert lacking(ON, "HE", "I07a", item="platelets").valid_from is None
    assert lacking(ON + timedelta(days=30), "IJ", "E04", signature=True).valid_from is None
    # Entered today it holds until that day.
    assert lacking(ON + timedelta(days=14), "HE", "I07a", item="platelets").valid_from is None
    assert lacking(ON + timedelta(days=15), "HE", "I07a", item="platelets").valid_from == ON + timedelta(days=1)


@pytest.mark.parametrize(("verdict", "fails"), [(Verdict.FAIL, True), (Verdict.UNKNOWN, False), (Verdict.PASS, False)])
def test_a_candidate_of_whom_a_criterion_fails_would_be_valid_until_no_day(verdict, fails):
    judgements = {"I07a": Judgement(verdict=verdict, reason=sentence("So."))}
    judged = Judged(Subject(stage=Stage.SCREENING), ON, Record(subject="001"), judgements)

    candidate = Candidate(judged=judged, whole=judged, forms={}, hidden=frozenset())
    candidate.__dict__["veiled"] = frozenset()

    assert candidate.fails is fails


FURTHER = (Need(crf="TA", item="scan_on", not_before=ON + timedelta(days=17)),)


def test_what_two_persons_may_settle_today_waits_for_no_later_scan():
    candidate = reviewed((), needs=FURTHER)

    assert (candidate.complete_from, candidate.lapses_first) == (None, False)
    assert [each.is_instead for each in candidate.missing] == [True]


def test_what_one_of_two_settled_as_failed_waits_for_the_scan_that_would_mend_it():
    by = [User(name=name) for name in ("An", "Bo")]
    decided = (
        ReviewResolution(resolved_by=by[0], decision="pass", as_investigator=True),
        ReviewResolution(resolved_by=by[1], decision="fail", as_reviewer=True),
    )
    candidate = reviewed(decided, needs=FURTHER)

    assert candidate.complete_from >= ON + timedelta(days=17)
    assert candidate.lapses_first
    assert [each.is_instead for each in candidate.missing] == [False]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.SCREEN_FAILURE])
def test_nothing_is_missing_any_more_on_the_board_once_the_gate_is_behind(stage):
    subject = Subject(site=Site(code="01"), stage=stage)
    cell = Cell("unknown", (Wanted("MK", Enters.ENTRY),))

    drawn = rows_of([subject], {subject.pk: {"I05": cell}}, [], {}, at=datetime(2025, 4, 7, tzinfo=UTC))

    assert ("Missing: Tumour markers (Coordinator)" in drawn) == (stage in BEFORE_RANDOMIZATION)


@pytest.mark.parametrize("stage", list(Stage))
def test_nothing_is_missing_of_the_candidate_once_the_gate_is_behind_or_screening_ended(stage):
    assert bool(missing(stage=stage, I07a=(Need(crf="HE", item="platelets"),))) == (stage in BEFORE_RANDOMIZATION)


def test_a_reference_range_is_missing_from_whoever_keeps_the_ranges():
    found = missing(I05=(Need(crf="MK", item="reference_range"), Need(crf="MK", item="afp")))

    assert [(each.items, each.who) for each in found] == [
        (("Reference range",), Enters.RANGES),
        (("AFP",), Enters.ENTRY),
    ]
