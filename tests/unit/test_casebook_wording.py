"""What counts as a text that says something."""

from __future__ import annotations

import pytest

from casebook.rules.wording import may_say


@pytest.mark.parametrize(
    "text",
    ["", ".", "-", "?!", "——", "。", " \n\t", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2060", " \u200b\u00a0\ufeff "],
)
def test_a_text_without_a_letter_or_figure_is_empty(text):
    decision = may_say(text, otherwise="Write what you ask.")

    assert not decision
    assert decision.why.message == "Write what you ask."


@pytest.mark.parametrize("text", ["a?", "\u200bwhy", "为什么", "1"])
def test_one_sign_that_can_be_read_is_a_text(text):
    assert may_say(text, otherwise="Write what you ask.")
