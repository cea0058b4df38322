"""What stands in the boxes becomes an answer and comes back as it was typed."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from casebook.entry.fields import EntryForm
from casebook.entry.typed import EMPTY, Typed, answer_of, as_typed, is_blank, typed_in
from protocol.language import Missing
from protocol.reading import Unreadable
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL

AFP = TRIAL.crf("MK").item("afp")
BILIRUBIN = TRIAL.crf("CH").item("bilirubin")
AETIOLOGY = TRIAL.crf("HCC").item("aetiology")
SIGNED_AT = TRIAL.crf("ICF").item("signed_at")
SCAN_ON = TRIAL.crf("TA").item("scan_on")


@pytest.mark.parametrize(
    ("item", "typed", "answer"),
    [
        (AFP, Typed("<0.61", "ng/mL"), Answer(value="0.61", unit="ng/mL", comparator="<")),
        (BILIRUBIN, Typed("12,50", "µmol/L"), Answer(value="12.50", unit="µmol/L")),
        (
            BILIRUBIN,
            Typed(missing="not done", reason=" tube lost "),
            Answer(missing=Missing.NOT_DONE, reason="tube lost"),
        ),
        (AETIOLOGY, Typed("hcv hbv"), Answer(value="hbv hcv")),
        (SIGNED_AT, Typed("2025-03-01 10:00"), Answer(value="2025-03-01T10:00")),
        (SCAN_ON, Typed("2025.3.31"), Answer(value="2025-03-31")),
        (BILIRUBIN, Typed("  ", "mg/dL"), BLANK),
    ],
)
def test_boxes_are_read_into_the_answer_that_is_meant(item, typed, answer):
    assert answer_of(item, typed, BLANK) == answer


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (AFP, Answer(value="0.61", unit="ng/mL", comparator="<")),
        (SIGNED_AT, Answer(value="2025-03-01T10:00")),
        (AETIOLOGY, Answer(value="hbv hcv")),
        (BILIRUBIN, Answer(missing=Missing.UNKNOWN, reason="chart missing")),
    ],
)
def test_what_is_shown_reads_back_as_the_same_answer(item, answer):
    assert answer_of(item, as_typed(item, answer), BLANK) == answer


def test_an_untouched_answer_stays_the_very_answer_it_was():
    imported = Answer(value="5", unit="ng/mL", method="ELISA", declared=("unit",))

    assert answer_of(AFP, as_typed(AFP, imported), imported) is imported


def test_another_unit_beside_an_empty_box_says_nothing():
    assert answer_of(BILIRUBIN, Typed(unit="mg/dL"), BLANK) is BLANK
    assert is_blank(Typed(unit="mg/dL"))


@pytest.mark.parametrize(
    ("item", "typed", "sentence"),
    [
        (
            BILIRUBIN,
            Typed("12", "µmol/L", "unknown"),
            "Total bilirubin has a value and also a reason why there is none. Keep one of the two.",
        ),
        (
            BILIRUBIN,
            Typed(missing="forgotten"),
            "Total bilirubin: forgotten is no reason for a missing value. Choose one from the list.",
        ),
        (SCAN_ON, Typed("03/04/2025"), "can be 2025-03-04 or 2025-04-03"),
        (BILIRUBIN, Typed("1,234", "µmol/L"), "1,234"),
        (BILIRUBIN, Typed("12", ""), "give the unit"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(item, typed, sentence):
    with pytest.raises(Unreadable) as refused:
        answer_of(item, typed, BLANK)

    assert sentence in refused.value.sentence.english()


def test_several_boxes_ticked_are_one_text():
    data = QueryDict("aetiology=hcv&aetiology=hbv")

    assert typed_in(data, "aetiology", AETIOLOGY) == Typed("hcv hbv")


def test_a_box_that_was_not_posted_is_empty():
    assert typed_in(QueryDict(""), "bilirubin", BILIRUBIN) == EMPTY


def test_a_form_tells_every_box_that_cannot_be_read_at_once():
    form = EntryForm(TRIAL.crf("CH"), data=QueryDict("bilirubin=abc&albumin=4&albumin.unit=g/dL&sampled_on=2025-02-30"))

    assert set(form.errors) == {"bilirubin", "sampled_on"}
    assert form.cleaned_data["albumin"] == Answer(value="4", unit="g/dL")


def test_what_is_computed_cannot_be_posted():
    form = EntryForm(TRIAL.crf("CP"), data=QueryDict("child_pugh_points=5"))

    assert form.is_valid()
    assert "child_pugh_points" not in form.cleaned_data
