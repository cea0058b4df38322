"""The form drawn from its skeleton equals the form drawn anew, and whatever a person typed stays text."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.entry.fields import control_for, items_of
from casebook.entry.layout import ENTRY, READING
from casebook.entry.page import Notes, Page
from casebook.entry.rows import adding_buttons, removing_button
from casebook.entry.skeleton import drawn
from casebook.entry.typed import Typed
from protocol.language import Derived, Group, Item
from protocol.record import Answer
from protocol.trial import TRIAL

HOSTILE = """</textarea><script>alert("x")</script>' onfocus='x' & \ue000 {{ csrf_token }}"""


def a_page(crf, *, text="", mode=ENTRY, **more) -> Page:
    """Return a page of the CRF with two rows in each group and the same text in every box."""
    rows = {item.name: ("T1", "NT2") for item in crf.items if isinstance(item, Group)}
    items = dict(items_of(crf, rows))
    return Page(
        crf=crf,
        base="/forms/1/",
        typed={path: Typed(text, "mg/dL", "unknown", text) for path in items},
        answers={path: Answer(value=text, declared=("unit",)) for path in items},
        rows=rows,
        shown=frozenset(items),
        computed={path: text for path, item in items.items() if isinstance(item, Derived)},
        notes={path: Notes(errors=[text], findings=[text], asks_reason=True, old=text, reason=text) for path in items},
        laboratories=[("L1", text)],
        adding=adding_buttons(crf),
        removing=removing_button,
        may_ask=True,
        mode=mode,
        **more,
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("mode", [ENTRY, READING])
@pytest.mark.parametrize("crf", TRIAL.crfs, ids=lambda crf: crf.code)
def test_the_skeleton_filled_in_equals_the_form_drawn_anew(crf, mode, language):
    with translation.override(language):
        assert a_page(crf, text=HOSTILE, mode=mode).filled() == a_page(crf, text=HOSTILE, mode=mode).drawn_anew()


@pytest.mark.parametrize("mode", [ENTRY, READING])
@pytest.mark.parametrize("crf", TRIAL.crfs, ids=lambda crf: crf.code)
def test_what_a_person_typed_is_always_escaped(crf, mode):
    html = a_page(crf, text=HOSTILE, mode=mode).filled()

    assert "<script" not in html
    assert "' onfocus" not in html
    assert "&lt;script&gt;" in html


@given(text=st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_text_fills_in_as_it_would_be_drawn(text):
    crf = TRIAL.crf("CH")

    assert a_page(crf, text=text).filled() == a_page(crf, text=text).drawn_anew()


def test_one_page_leaves_nothing_behind_for_the_next():
    crf = TRIAL.crf("DM")

    a_page(crf, text="of the first").filled()

    assert "of the first" not in a_page(crf, text="of the second").filled()


def test_each_language_has_a_drawing_of_its_own():
    crf = TRIAL.crf("DM")
    with translation.override("en"):
        english = drawn(crf, mode=ENTRY)
    with translation.override("zh-hans"):
        chinese = drawn(crf, mode=ENTRY)

    assert english is not chinese


def test_a_kind_of_item_that_nobody_thought_of_fails_loudly():
    @dataclass(frozen=True, kw_only=True)
    class Picture(Item):
        """A kind of tomorrow."""

    with pytest.raises(TypeError, match="No form field is defined for Picture"):
        control_for(Picture(name="scan", title="Scan"))


def test_what_was_not_asked_is_hidden_but_never_what_has_an_error():
    crf = TRIAL.crf("HCC")
    page = Page(crf=crf, base="/", shown=frozenset(), notes={"basis": Notes(errors=["Choose one."])})

    assert page.get("basis", "hidden") == ""
    assert page.get("metastasis_sites", "hidden") == " hidden"


def test_a_section_counts_what_is_answered_of_what_is_asked():
    crf = TRIAL.crf("CH")
    page = Page(
        crf=crf,
        base="/",
        typed={"bilirubin": Typed("12"), "albumin": Typed(missing="unknown"), "alt": Typed("  ")},
        shown=frozenset({"bilirubin", "albumin", "alt"}),
    )

    assert page.counts["section 2"] == "2 of 3 answered"


def test_a_group_that_is_not_asked_is_hidden_unless_it_has_rows():
    crf = TRIAL.crf("ES")

    assert 'id="group-attempts" data-shown-when=' in Page(crf=crf, base="/").filled()
    assert Page(crf=crf, base="/", shown=frozenset()).get("attempts", "hidden") == " hidden"
    assert Page(crf=crf, base="/", shown=frozenset({"attempts"})).get("attempts", "hidden") == ""
    assert Page(crf=crf, base="/", rows={"attempts": ("1",)}).get("attempts", "hidden") == ""
