"""Sentences and answers survive being kept, and are said in the reader's language."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.language import YES_NO, Missing
from protocol.record import BLANK, Answer, FormRecord, Record
from protocol.words import N_, Sentence, sentence

GERMAN = {"%(title)s is on %(day)s.": "%(title)s ist am %(day)s.", "Scan": "Aufnahme"}
WHEN = sentence("%(title)s is on %(day)s.", title=Sentence("Scan"), day=date(2025, 3, 31))


class TestASentence:
    def test_is_said_in_english_and_in_the_language_of_its_reader(self):
        assert WHEN.english() == "Scan is on 2025-03-31."
        assert WHEN.rendered(lambda text: GERMAN.get(text, text)) == "Aufnahme ist am 2025-03-31."

    def test_says_its_days_and_moments_as_it_is_told_also_after_it_was_kept(self):
        said = sentence("%(scan)s at %(at)s, of %(text)s.", scan=WHEN, at="2025-04-01T09:30", text="2025-04-01 or so")

        for each in (said, Sentence.from_json(json.loads(json.dumps(said.to_json())))):
            shown = each.rendered(lambda text: text, day=lambda iso: f"<{iso}>")
            assert shown == "Scan is on <2025-03-31>. at <2025-04-01T09:30>, of 2025-04-01 or so."

    def test_without_parameters_may_hold_a_percent_sign(self):
        assert sentence("100 %").english() == "100 %"

    @pytest.mark.parametrize(
        "value", ["text", 3, Decimal("3.10"), date(2025, 3, 31), Sentence("Scan"), ("a", 3, Sentence("Scan"))]
    )
    def test_says_the_same_after_it_was_kept(self, value):
        said = sentence("It is %(value)s.", value=value)

        kept = Sentence.from_json(json.loads(json.dumps(said.to_json())))

        assert kept.english() == said.english()

    def test_is_marked_for_the_catalogue_unchanged(self):
        assert N_("Scan") == "Scan"


ANSWERS = st.builds(
    Answer,
    value=st.text(max_size=20),
    unit=st.text(max_size=5),
    comparator=st.sampled_from(["", "<", ">="]),
    missing=st.one_of(st.none(), st.sampled_from(list(Missing))),
    reason=st.text(max_size=10),
    laboratory=st.text(max_size=5),
    method=st.text(max_size=5),
    declared=st.tuples(st.sampled_from(["unit", "value"])),
)


@given(answer=ANSWERS)
def test_an_answer_is_the_same_after_it_was_kept(answer):
    assert Answer.from_json(json.loads(json.dumps(answer.to_json()))) == answer


def test_a_blank_answer_keeps_nothing():
    assert BLANK.to_json() == {}
    assert BLANK.is_blank
    assert not Answer(missing=Missing.UNKNOWN).is_blank


@pytest.mark.parametrize(("value", "number"), [("20.0", "20.0"), ("", None), ("many", None)])
def test_an_answer_is_an_exact_number_or_none(value, number):
    found = Answer(value=value).number

    assert (str(found) if found is not None else None) == number


def test_rows_come_in_the_order_of_their_keys():
    form = FormRecord(
        id="1",
        crf="TA",
        answers={
            "lesions/T10/organ": Answer(value="liver"),
            "scan_on": Answer(value="2025-03-31"),
            "lesions/T2/organ": Answer(value="bile duct"),
            "tracings/1/qt": Answer(value="400"),
        },
    )

    assert [(key, row["organ"].value) for key, row in form.rows("lesions")] == [("T2", "bile duct"), ("T10", "liver")]
    assert form.answer("nothing") is BLANK


def test_only_complete_forms_are_given_to_the_rules():
    draft, complete = FormRecord(id="1", crf="HE"), FormRecord(id="2", crf="HE", complete=True)

    assert Record(subject="S", forms=(draft, complete)).complete_forms("HE") == (complete,)


def test_a_code_has_its_words():
    assert YES_NO.title_of("Y") == "Yes"
    assert "N" in YES_NO
    assert "X" not in YES_NO
    with pytest.raises(KeyError):
        YES_NO.title_of("X")
