"""A decision is yes, or no with a sentence that says what to do."""

from __future__ import annotations

import pytest

from audit.decision import YES, Decision, Refusal, no
from protocol.words import N_, sentence


def test_yes_is_true_and_says_nothing():
    assert YES
    assert YES.why is None


def test_no_is_false_and_says_why():
    decision = no(N_("Answer the open queries before signing (%(count)s left)."), count=2)

    assert not decision
    assert decision.why == sentence("Answer the open queries before signing (%(count)s left).", count=2)


def test_a_refusal_carries_the_sentence_of_its_decision():
    refusal = Refusal.of(no(N_("The form is locked.")))

    assert str(refusal) == "The form is locked."
    assert refusal.sentence.english() == "The form is locked."


def test_a_decision_without_words_refuses_nothing():
    with pytest.raises(ValueError, match="got one without a sentence"):
        Refusal.of(Decision(allowed=False))


def test_a_child_of_refusal_takes_its_own_fields():
    class Conflict(Refusal):
        def __init__(self, why, *, theirs):
            super().__init__(why)
            self.theirs = theirs

    assert Conflict.of(no(N_("Somebody saved before you.")), theirs=3).theirs == 3
