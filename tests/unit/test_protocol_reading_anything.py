"""Whatever is typed: reading gives an answer that reads to itself, or a sentence. It never breaks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.checking import check, missing_items
from protocol.dates import add_months, possible_days
from protocol.language import Group, Item, Missing, Number
from protocol.reading import Unreadable, read
from protocol.record import Answer, Record
from protocol.trial import TRIAL

ITEMS: dict[str, Item] = {}
for form in TRIAL.crfs:
    for item in form.items:
        for one in (item, *(item.items if isinstance(item, Group) else ())):
            ITEMS.setdefault(type(one).__name__ + str(len(getattr(one, "units", ()))), one)

DIGITS = st.text(alphabet="0123456789.,-<>≤ /年月日UNKTT:e_", max_size=24)
ANYTHING = st.one_of(st.text(max_size=40), st.text(alphabet=st.characters(), max_size=40), DIGITS)
UNITS = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["mm", "10^9/L", "mg/dL", "ng/mL", "%", "s"]))


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
@given(text=ANYTHING, unit=UNITS)
def test_reading_anything_gives_an_answer_or_a_sentence(item, text, unit):
    try:
        answer = read(item, text, unit)
    except Unreadable as refusal:
        said = refusal.sentence.english()
    else:
        said = "Read."
        again = read(item, f"{answer.comparator}{answer.value}", answer.unit)
        assert (again.value, again.comparator, again.unit) == (answer.value, answer.comparator, answer.unit)

    assert said.endswith(".")


@given(number=st.decimals(min_value=1 - 10**12, max_value=10**12 - 1, places=4, allow_nan=False))
def test_a_number_keeps_every_digit(number):
    inr = TRIAL.crf("CO").item("inr")
    text = format(number, "f")

    kept = read(inr, text).value

    assert kept.lstrip("-") == text.lstrip("-")
    assert read(inr, text.replace(".", ",")).value == kept


@given(day=st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_a_date_reads_the_same_in_every_spelling(day):
    scan_on = TRIAL.crf("TA").item("scan_on")
    spellings = (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    )

    assert {read(scan_on, spelling).value for spelling in spellings} == {day.isoformat()}
    assert possible_days(read(scan_on, day.isoformat()).value).day == day


@given(text=ANYTHING)
def test_what_a_partial_date_keeps_can_be_compared(text):
    try:
        answer = read(TRIAL.crf("DM").item("birth_date"), text)
    except Unreadable:
        return
    if answer.value:
        days = possible_days(answer.value)
        assert days.earliest is None or days.earliest <= days.latest


@given(
    day=st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31)),
    months=st.integers(min_value=-400, max_value=400),
)
def test_months_keep_the_day_or_the_end_of_the_month(day, months):
    moved = add_months(day, months)

    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved.day < day.day and add_months(moved, 0).day >= 28)


ANSWERS = st.builds(
    Answer,
    value=ANYTHING,
    unit=st.sampled_from(["", "mm", "10^9/L", "/µL", "ng/mL", "odd"]),
    comparator=st.sampled_from(["", "<", ">=", "≈"]),
    missing=st.one_of(st.none(), st.sampled_from(list(Missing))),
    reason=st.text(max_size=20),
)
PATHS = st.sampled_from(
    sorted(
        {
            path
            for form in TRIAL.crfs
            for item in form.items
            for path in (item.name, f"{item.name}/1/qt", f"{item.name}/T1/class")
        }
    )
)


@given(
    answers=st.dictionaries(st.one_of(PATHS, st.text(max_size=10)), ANSWERS, max_size=12),
    form=st.sampled_from(TRIAL.crfs),
)
def test_checking_anything_never_breaks_and_always_speaks(answers, form):
    for finding in check(form, answers, Record(subject="S"), date(2025, 4, 1)):
        assert finding.sentence.english()
    missing_items(form, answers)


@given(number=st.integers(min_value=0, max_value=10**6))
def test_the_order_of_answers_never_matters(number):
    crf = TRIAL.crf("HE")
    answers = {name: Answer(value=str(number), unit="10^9/L") for name in ("platelets", "leukocytes", "neutrophils")}
    backwards = dict(reversed(answers.items()))

    here, there = (check(crf, given, Record(subject="S"), date(2025, 4, 1)) for given in (answers, backwards))

    assert set(here) == set(there)


def test_every_kind_of_item_is_tried():
    assert any(isinstance(item, Number) and item.units for item in ITEMS.values())
    assert any(isinstance(item, Number) and not item.units for item in ITEMS.values())
    assert len({type(item) for item in ITEMS.values()}) == 12
