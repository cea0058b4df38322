"""Units as people read them: powers raised, everything else as it is stored."""

from __future__ import annotations

import pytest
from django.utils import translation

from casebook.words import answer_in_words, said, unit_in_words, with_powers
from protocol.record import Answer
from protocol.trial import TRIAL
from protocol.words import sentence

PLATELETS = TRIAL.crf("HE").item("platelets")


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("10^9/L", "10⁹/L"),
        ("10^12/L", "10¹²/L"),
        ("> 75 10^9/L, 1.5 × ULN = 5 10^9/L", "> 75 10⁹/L, 1.5 × ULN = 5 10⁹/L"),
        ("/µL", "/µL"),
        ("mAU/mL", "mAU/mL"),
        ("10^9", "10^9"),  # no unit
        ("a^2/b", "a^2/b"),
        ("", ""),
    ],
)
def test_powers_of_a_unit_are_raised_and_nothing_else_changes(stored, read):
    assert with_powers(stored) == read
    assert unit_in_words(stored) == read


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_answers_and_sentences_raise_them_for_people_and_keep_them_for_files(language):
    answer, told = Answer(value="93", unit="10^9/L"), sentence("Platelets %(value)s.", value="93 10^9/L")

    with translation.override(language):
        assert (answer_in_words(PLATELETS, answer), said(told)) == ("93 10⁹/L", "Platelets 93 10⁹/L.")
        assert answer_in_words(PLATELETS, answer, coded=True) == "93 10^9/L"
        assert said(told, coded=True) == "Platelets 93 10^9/L."


def test_what_no_unit_stands_beside_has_none():
    assert answer_in_words(PLATELETS, Answer(value="93", unit="")) == "93"
    assert answer_in_words(PLATELETS, Answer(value="", unit="10^9/L")) == ""
