"""A judgement whose words are made when they are read is the same as one that was told from the start."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from datetime import date

import pytest

from protocol.language import Verdict
from protocol.record import Evidence, Judgement, Need, Told, Untold
from protocol.words import sentence

ON = date(2025, 4, 7)
EVIDENCE = (Evidence(form="1", crf="VS", path="ecog", title="ECOG", value="2"),)
NEEDS = (Need(crf="VS", item="ecog"),)
WORDS = Told(sentence("ECOG %(value)s.", value="2"), EVIDENCE, NEEDS)
WHOLE = Judgement(verdict=Verdict.FAIL, reason=WORDS.reason, evidence=EVIDENCE, valid_until=ON, needs=NEEDS)


def untold(words: Told = WORDS) -> Untold:
    return Untold(Verdict.FAIL, lambda: words, ON)


class Teller:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> Told:
        self.asked += 1
        return WORDS


def test_verdict_and_last_day_are_read_without_any_word():
    teller = Teller()
    judgement = Untold(Verdict.PASS, teller, ON)

    assert (judgement.verdict, judgement.valid_until) == (Verdict.PASS, ON)
    assert Untold(Verdict.PASS, teller).valid_until is None
    assert teller.asked == 0


@pytest.mark.parametrize("first", ["reason", "evidence", "needs", "told"])
def test_the_words_are_made_together_and_once(first):
    teller = Teller()
    judgement = Untold(Verdict.FAIL, teller, ON)

    getattr(judgement, first)
    assert (judgement.reason, judgement.evidence, judgement.needs, judgement.told) == (*WORDS, WORDS)
    assert teller.asked == 1


def test_what_the_words_were_made_from_is_let_go():
    teller = Teller()
    made_from = weakref.ref(teller)
    judgement = Untold(Verdict.FAIL, teller, ON)
    del teller
    assert made_from() is not None

    assert judgement.reason == WORDS.reason
    gc.collect()
    assert made_from() is None


def test_it_is_equal_hashed_and_shown_like_one_told_from_the_start():
    assert [untold(), WHOLE] == [WHOLE, untold()]
    assert untold() == untold()
    assert hash(untold()) == hash(WHOLE)
    assert repr(untold()) == repr(WHOLE)


@pytest.mark.parametrize(
    "other",
    [
        Untold(Verdict.REVIEW, lambda: WORDS, ON),
        Untold(Verdict.FAIL, lambda: WORDS),
        untold(WORDS._replace(reason=sentence("Otherwise."))),
        untold(WORDS._replace(evidence=())),
        untold(WORDS._replace(needs=())),
        Verdict.FAIL,
    ],
)
def test_it_differs_by_verdict_last_day_and_each_word(other):
    assert untold() != other
    assert other != untold()


@pytest.mark.parametrize("again", [lambda each: pickle.loads(pickle.dumps(each)), copy.copy, copy.deepcopy])
def test_it_is_kept_and_found_again_with_its_words(again):
    found = again(untold())

    assert found == WHOLE
    assert type(found) is Judgement  # whole: nothing is left to be made


def test_words_that_cannot_be_made_fail_where_they_are_read_each_time():
    def fails() -> Told:
        raise AttributeError("no such answer")

    judgement = Untold(Verdict.FAIL, fails, ON)
    assert judgement.verdict is Verdict.FAIL
    for _ in range(2):
        with pytest.raises(AttributeError, match="no such answer"):
            _ = judgement.reason


def test_nothing_can_be_added_to_it():
    with pytest.raises(AttributeError):
        untold().note = "more"
