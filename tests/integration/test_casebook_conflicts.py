"""Two people, one form: different items are merged, the same item shows both answers; nothing is lost silently."""

from __future__ import annotations

import json

import pytest

from audit.door import as_actor
from casebook.actions import Conflict, Invalid
from casebook.selectors.history import answers_at
from tests.casebook_ground import (
    VITALS,
    a_coordinator,
    a_subject,
    again,
    answered,
    complete,
    events_of,
    save,
    the_form,
    the_investigator,
)


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def one(db):
    return a_coordinator()


@pytest.fixture
def other(one):
    return the_investigator(one)


@pytest.fixture
def opened(one):
    """A page that `one` opened before `other` saved."""
    form = the_form(a_subject(one), "VS", by=one)
    save(form, {"weight": "60 kg", "height": "170 cm"}, by=one)
    return again(form, by=one)


def test_the_same_item_changed_by_two_is_a_conflict_with_both_answers(opened, one, other):
    save(again(opened, by=other), {"weight": "65 kg"}, by=other)

    with pytest.raises(Conflict) as refused:
        save(opened, {"weight": "62 kg"}, by=one)

    [clash] = refused.value.clashes
    assert (clash.path, clash.before.value, clash.yours.value, clash.theirs.value) == ("weight", "60", "62", "65")
    assert (refused.value.version, refused.value.changed_by) == (2, other.name)
    assert str(refused.value) == (
        f"{other.name} saved this form while you were working on it. "
        "Compare the answers shown side by side, choose, and save again."
    )


def test_a_conflict_saves_nothing(opened, one, other):
    save(again(opened, by=other), {"weight": "65 kg"}, by=other)

    with pytest.raises(Conflict):
        save(opened, {"weight": "62 kg", "pulse": "70 /min"}, by=one)

    kept = again(opened, by=one)
    assert kept.version == 2
    assert "pulse" not in kept.answers


def test_different_items_are_merged(opened, one, other):
    save(again(opened, by=other), {"weight": "65 kg"}, by=other)

    saved = save(opened, {"weight": "60 kg", "height": "171 cm"}, by=one)

    kept = again(opened, by=one).answers
    assert (kept["weight"]["value"], kept["height"]["value"]) == ("65", "171")
    assert (saved.version, saved.changed, saved.of_others) == (3, ("height",), ("weight",))


def test_the_event_of_a_merge_names_the_items_of_the_other(opened, one, other):
    save(again(opened, by=other), {"weight": "65 kg"}, by=other)

    save(opened, {"height": "171 cm"}, by=one)

    assert json.loads(events_of(opened.subject, by=one)[-1].facts)["merged"] == ["weight"]


def test_the_same_answer_from_two_is_no_conflict(opened, one, other):
    save(again(opened, by=other), {"weight": "65 kg"}, by=other)

    assert save(opened, {"weight": "65 kg"}, by=one).version == 2


def test_an_item_emptied_by_another_is_not_filled_again_silently(opened, one, other):
    save(again(opened, by=other), {"weight": ""}, by=other)

    with pytest.raises(Conflict) as refused:
        save(opened, {"weight": "62 kg"}, by=one)

    assert refused.value.clashes[0].theirs.is_blank


def test_after_a_conflict_the_choice_is_saved_over_the_version_shown(opened, one, other):
    save(again(opened, by=other), {"weight": "65 kg"}, by=other)
    with pytest.raises(Conflict) as refused:
        save(opened, {"weight": "62 kg"}, by=one)

    saved = save(opened, {"weight": "62 kg"}, by=one, based_on=refused.value.version)

    assert (saved.version, again(opened, by=one).answers["weight"]["value"]) == (3, "62")


def test_two_new_rows_with_one_number_are_not_mixed(one, other):
    form = the_form(a_subject(one), "EG", by=one)
    save(form, {"performed_on": "2025-03-03"}, by=one)
    opened = again(form, by=one)
    save(again(form, by=other), {"tracings/1/qt": "400 ms"}, by=other)

    with pytest.raises(Conflict) as refused:
        save(opened, {"tracings/1/heart_rate": "60 /min"}, by=one)

    assert [clash.path for clash in refused.value.clashes] == ["tracings/1/heart_rate", "tracings/1/qt"]


def test_a_row_that_one_took_off_and_the_other_changed_is_decided_as_a_whole(one, other):
    form = the_form(a_subject(one), "EG", by=one)
    save(form, {"tracings/1/qt": "400 ms", "tracings/1/heart_rate": "60 /min"}, by=one)
    opened = again(form, by=one)
    save(again(form, by=other), {"tracings/1/qt": "410 ms"}, by=other)

    with pytest.raises(Conflict) as refused:
        save(opened, {"tracings/1/qt": "", "tracings/1/heart_rate": ""}, by=one)

    assert [(clash.path, clash.yours.value, clash.theirs.value) for clash in refused.value.clashes] == [
        ("tracings/1/heart_rate", "", "60"),
        ("tracings/1/qt", "", "410"),
    ]


def test_rows_that_only_one_of_two_touched_are_merged(one, other):
    form = the_form(a_subject(one), "EG", by=one)
    save(form, {"tracings/1/qt": "400 ms", "tracings/2/qt": "402 ms"}, by=one)
    opened = again(form, by=one)
    save(again(form, by=other), {"tracings/1/qt": ""}, by=other)

    save(opened, {"tracings/2/qt": "", "tracings/3/qt": "404 ms"}, by=one)

    assert set(again(form, by=one).answers) == {"tracings/3/qt"}


def test_a_page_of_a_version_that_never_was_is_refused(opened, one):
    with pytest.raises(Conflict, match="This page does not belong to the form as it stands"):
        save(opened, {"weight": "62 kg"}, by=one, based_on=7)


def test_a_merge_is_checked_as_a_whole(opened, one, other):
    complete(again(opened, by=other), VITALS, by=other)

    with pytest.raises(Invalid, match="Give a reason for each change"):
        complete(opened, {"height": "171 cm"}, by=one)


def test_every_version_can_be_read_from_the_trail(opened, one):
    save(opened, {"weight": "65 kg"}, by=one)

    with as_actor(one):
        assert answers_at(opened, 0) == {}
        assert answers_at(opened, 1)["weight"].value == "60"
        assert answers_at(opened, 2)["weight"].value == "65"
        assert answers_at(opened, 3) is None


def test_answers_are_compared_as_written():
    assert answered("VS", {"weight": "60.0 kg"}) != answered("VS", {"weight": "60 kg"})
