"""Laws of judging that hold for every record, whatever was entered into it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.crfs import CRFS
from protocol.criteria import CRITERIA, judge, judge_all
from protocol.derivations import DERIVATIONS, derive
from protocol.happenings import happened
from protocol.language import (
    Choice,
    Crf,
    Date,
    Derived,
    Group,
    Item,
    Missing,
    Moment,
    MultiChoice,
    Number,
    PartialDate,
    YesNo,
)
from protocol.record import Answer, ConsentVersion, Conversion, FormRecord, Record, ReferenceRange
from protocol.response import response
from protocol.schedule import SCREENING_FORMS
from tests.protocol_ground import LAB, R, candidate, form, with_answers, with_forms

LAWS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])

DAYS = st.dates(date(2024, 6, 1), date(2025, 6, 1)).map(str)
ANYTHING = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["NaN", "-Infinity", "1e999999", "-5", "0", "0.0", "٣", "2025-02-30", "2025-13", "UNK", "T1", "Y"]),
)
NUMBERS = st.one_of(
    st.decimals(min_value=0, max_value=5000, places=1).map(str), st.sampled_from(["0", "30", "75", "450", "1.5", "20"])
)
LABORATORIES = st.sampled_from([LAB, "Other", ""])


def values(item: Item) -> st.SearchStrategy[str]:
    match item:
        case Number():
            return NUMBERS
        case Choice() | MultiChoice():
            return st.sampled_from([code.value for code in item.codes.codes])
        case YesNo():
            return st.sampled_from("YN")
        case Date():
            return DAYS
        case Moment():
            return DAYS.map(lambda day: f"{day}T09:30")
        case PartialDate():
            return st.one_of(DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: f"{day[:4]}-UNK"))
        case _:
            return LABORATORIES


@st.composite
def answers(draw, item: Item) -> Answer:
    units = item.units if isinstance(item, Number) else ()
    said = draw(st.one_of(values(item), values(item), values(item), ANYTHING))
    return draw(
        st.one_of(
            st.just(Answer(value=said, unit=draw(st.sampled_from((*units, ""))), comparator=draw(comparators(item)))),
            st.builds(Answer, missing=st.sampled_from(Missing)),
            st.just(Answer()),
        )
    )


def comparators(item: Item) -> st.SearchStrategy[str]:
    return st.sampled_from(["", "", "<", ">", "<=", ">="]) if isinstance(item, Number) else st.just("")


@st.composite
def filled(draw, crf: Crf, *, id: str) -> FormRecord:
    said: dict[str, Answer] = {}
    for item in crf.items:
        if isinstance(item, Group):
            for key in draw(
                st.lists(st.sampled_from(["T1", "T2", "T3", "NT1", "N1", "1", "2"]), max_size=3, unique=True)
            ):
                said |= {f"{item.name}/{key}/{inner.name}": draw(answers(inner)) for inner in item.items}
        elif not isinstance(item, Derived) and draw(st.integers(0, 9)):
            said[item.name] = draw(answers(item))
    people = st.sampled_from(["", "a", "b"])
    return FormRecord(
        id=id,
        crf=crf.code,
        visit="SCR",
        repeat=draw(st.integers(1, 3)),
        complete=draw(st.integers(0, 9)) > 0,
        answers=said,
        entered_by=draw(people),
        signed_by=tuple(draw(st.lists(people, max_size=2))),
    )


RANGES = st.builds(
    ReferenceRange,
    id=st.text("abc", min_size=1, max_size=4),
    laboratory=LABORATORIES,
    analyte=st.sampled_from(["AFP", "PIVKA-II", "ALT", "total bilirubin", "creatinine", "INR", "APTT"]),
    unit=st.sampled_from(["ng/mL", "µg/L", "IU/mL", "mAU/mL", "U/L", "µmol/L", "mg/dL", "", "s"]),
    low=st.none(),
    high=st.one_of(st.none(), st.decimals(min_value=0, max_value=100, places=1)),
    valid_from=st.dates(date(2024, 1, 1), date(2025, 6, 1)),
    valid_to=st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2025, 6, 1))),
    sex=st.sampled_from(["", "male", "female"]),
    age_from=st.one_of(st.none(), st.integers(0, 90)),
    method=st.sampled_from(["", "ECLIA"]),
)
CONVERSIONS = st.builds(
    Conversion,
    laboratory=LABORATORIES,
    analyte=st.just("AFP"),
    unit_from=st.just("IU/mL"),
    unit_to=st.sampled_from(["ng/mL", "µg/L"]),
    factor=st.decimals(min_value="-1", max_value="2", places=2),
)
VERSIONS = st.builds(
    ConsentVersion,
    version=st.sampled_from(["1.0", "2.0"]),
    effective_from=st.dates(date(2024, 1, 1), date(2025, 6, 1)),
)


@st.composite
def records(draw) -> Record:
    crfs = draw(st.lists(st.sampled_from(CRFS), max_size=14))
    return Record(
        subject="001",
        forms=tuple(draw(filled(crf, id=f"{crf.code}-{at}")) for at, crf in enumerate(crfs)),
        ranges=tuple(draw(st.lists(RANGES, max_size=5, unique_by=lambda each: each.id))),
        conversions=tuple(draw(st.lists(CONVERSIONS, max_size=1))),
        consent_versions=tuple(draw(st.lists(VERSIONS, max_size=2, unique_by=lambda each: each.version))),
    )


ON = st.dates(date(2025, 1, 1), date(2025, 6, 1))


@st.composite
def candidates(draw) -> Record:
    """A candidate in whose forms some answers were replaced: near enough to eligible that all parts are reached."""
    record = candidate(sex=draw(st.sampled_from(["male", "female"])))
    by_code = {crf.code: crf for crf in CRFS}
    forms = list(record.forms)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(forms) - 1))
        path = draw(st.sampled_from(sorted(forms[at].answers)))
        item = by_code[forms[at].crf].item(path)
        forms[at] = replace(forms[at], answers={**forms[at].answers, path: draw(answers(item))})
    return replace(record, forms=tuple(forms))


ANY_RECORD = st.one_of(records(), candidates())


@LAWS
@given(ANY_RECORD, ON)
def test_judging_never_raises_and_every_verdict_has_its_sentence(record, on):
    judgements = judge_all(record, on)

    assert list(judgements) == [criterion.code for criterion in CRITERIA]
    for judgement in judgements.values():
        assert judgement.reason.english().endswith((".", ":"))
        assert (judgement.verdict == "unknown") <= bool(judgement.needs)


@LAWS
@given(ANY_RECORD, ON)
def test_a_derived_value_never_raises(record, on):
    for crf in CRFS:
        names = [item.derivation for item in crf.items if isinstance(item, Derived)]
        for each in [own for own in record.forms if own.crf == crf.code]:
            for name in names:
                found = derive(name, crf=crf.code, answers=each.answers, record=record, on=on)
                assert found.value or found.why
    for name in DERIVATIONS:
        if name.startswith("stratum"):
            derive(name, crf="", answers={}, record=record, on=on)


@LAWS
@given(ANY_RECORD, ON, st.randoms(use_true_random=False))
def test_the_order_of_forms_and_answers_never_matters(record, on, shuffle: random.Random):
    def shuffled(things):
        return tuple(shuffle.sample(list(things), len(things)))

    other = replace(
        record,
        forms=shuffled([replace(each, answers=dict(shuffled(each.answers.items()))) for each in record.forms]),
        ranges=shuffled(record.ranges),
        conversions=shuffled(record.conversions),
        consent_versions=shuffled(record.consent_versions),
    )

    assert judge_all(other, on) == judge_all(record, on)
    assert response(other, on).judgement == response(record, on).judgement


@LAWS
@given(ANY_RECORD, ON, st.lists(st.sampled_from(CRFS), min_size=1, max_size=4), st.booleans())
def test_blank_forms_change_nothing(record, on, crfs, complete):
    blank = [
        FormRecord(
            id=f"blank-{at}", crf=crf.code, complete=complete, answers={item.name: Answer() for item in crf.items}
        )
        for at, crf in enumerate(crfs)
    ]

    assert judge_all(with_forms(record, *blank), on) == judge_all(record, on)


@LAWS
@given(ANY_RECORD, ON, ON)
def test_only_an_answer_ends_unknown_and_forms_in_progress_are_none(record, on, other_day):
    started = [replace(each, id=f"{each.id}-again", complete=False) for each in candidate().forms]

    before = judge_all(record, on)
    after = judge_all(with_forms(record, *started), on)

    assert {code for code, each in before.items() if each.verdict == "unknown"} == {
        code for code, each in after.items() if each.verdict == "unknown"
    }


@LAWS
@given(ANY_RECORD, ON)
def test_one_criterion_alone_is_judged_as_among_all(record, on):
    judgements = judge_all(record, on)

    for code in ("I05", "I10", "E02h"):
        assert judge(code, record, on) == judgements[code]


@LAWS
@given(candidates(), ON, st.integers(0, 60))
def test_a_passed_criterion_passes_until_its_last_day(record, on, later):
    on_that_day = judge_all(record, on + timedelta(days=later))

    for code, judgement in judge_all(record, on).items():
        # Until that day nothing new is entered and nothing dated later comes into sight.
        is_quiet = all(
            answer.value[:10] <= str(on) or not answer.value[:1].isdigit()
            for each in record.forms
            for answer in each.answers.values()
            if len(answer.value) >= 7 and answer.value[4:5] == "-"
        )
        if judgement.verdict == "pass" and judgement.valid_until and is_quiet:
            still = on + timedelta(days=later) <= judgement.valid_until
            assert (on_that_day[code].verdict == "pass") >= still, code


# --- missing is never no --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sex", ["male", "female"])
@pytest.mark.parametrize("said", [Answer(), Answer(missing=Missing.UNKNOWN)])
def test_taking_any_one_answer_away_from_the_candidate_never_fails_a_criterion(sex, said):
    whole = candidate(sex=sex)
    for at, each in enumerate(whole.forms):
        for path in each.answers:
            forms = list(whole.forms)
            forms[at] = replace(each, answers={**each.answers, path: said})

            verdicts = {judged.verdict for judged in judge_all(replace(whole, forms=tuple(forms)), R).values()}

            assert verdicts <= {"pass", "unknown", "review"}, (each.crf, path)
            assert "fail" not in verdicts


def test_taking_any_form_away_from_the_candidate_never_fails_a_criterion():
    whole = candidate(sex="female")
    for at in range(len(whole.forms)):
        fewer = replace(whole, forms=(*whole.forms[:at], *whole.forms[at + 1 :]))

        assert {judged.verdict for judged in judge_all(fewer, R).values()} <= {"pass", "unknown"}


def test_more_digits_than_a_float_has_still_decide():
    just_above = with_answers(candidate(), "HE", platelets="75." + "0" * 30 + "1")
    in_microlitres = with_answers(candidate(), "HE", platelets=("75000." + "0" * 30 + "1", "/µL"))

    assert judge("I07a", just_above, R).verdict == "pass"
    assert judge("I07a", in_microlitres, R).verdict == "pass"
    assert Decimal("75000." + "0" * 30 + "1") / 1000 == 75  # what a rounded quotient would have said


def test_a_form_keeps_its_place_whatever_its_id():
    later = form("HE", "2025-04-05", repeat=2, id="000", laboratory=LAB, platelets="60")

    assert judge("I07a", with_forms(candidate(), later), R).verdict == "fail"


SCREENING = {*SCREENING_FORMS, "ICF", "PT"}
FOLLOW_UP = [crf for crf in CRFS if crf.code not in SCREENING]


@LAWS
@given(candidates(), ON, st.data())
def test_no_form_of_the_follow_up_changes_a_verdict(record, on, data):
    crfs = data.draw(st.lists(st.sampled_from(FOLLOW_UP), min_size=1, max_size=4))
    later = tuple(data.draw(filled(crf, id=f"later-{at}")) for at, crf in enumerate(crfs))

    assert judge_all(replace(record, forms=(*record.forms, *later)), on) == judge_all(record, on)


@LAWS
@given(records(), st.one_of(st.none(), ON))
def test_what_happened_is_read_from_any_record(record, randomized_on):
    found = happened(record, randomized_on=randomized_on)

    if found.died_on and found.last_alive_on:
        assert found.last_alive_on <= found.died_on
    if randomized_on is None:
        assert (found.progression_on, found.new_therapy_on, found.operation_on) == (None, None, None)
    else:
        for day in (found.progression_on, found.operation_on, found.new_therapy_on):
            assert day is None or day >= randomized_on
