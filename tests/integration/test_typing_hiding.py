"""A value that an answer hides: the save asks about it, takes off what was confirmed, and wipes nothing by itself."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from casebook import actions
from casebook.actions import Invalid
from tests.casebook_ground import (
    WOMAN,
    a_coordinator,
    a_key,
    a_monitor,
    a_subject,
    again,
    answered,
    complete,
    save,
    site_of,
    the_form,
)
from tests.integration.test_entry_pages import box, browser_of, post, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def begun(coordinator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    save(form, WOMAN, by=coordinator)
    return again(form, by=coordinator)


@pytest.fixture
def whole(coordinator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    complete(form, WOMAN, by=coordinator)
    return again(form, by=coordinator)


MAN = {"birth_date": "1970-05-01", "sex": "male", "childbearing": "postmenopausal"}


class TestTheDoor:
    def test_refuses_a_save_that_hides_a_value(self, begun, coordinator):
        with pytest.raises(Invalid) as refused:
            save(begun, {"sex": "male"}, by=coordinator)

        assert refused.value.unasked == ("childbearing",)
        assert str(refused.value) == (
            "These items are no longer asked, but hold a value: Childbearing potential. "
            "Take each value off, or go back to the answer that asks for it."
        )
        assert again(begun, by=coordinator).answers["sex"]["value"] == "female"

    def test_refuses_a_value_that_is_entered_where_it_is_not_asked(self, coordinator):
        form = the_form(a_subject(coordinator), "DM", by=coordinator)

        with pytest.raises(Invalid, match="no longer asked, but hold a value"):
            save(form, MAN, by=coordinator)

    def test_takes_a_save_that_takes_the_value_off(self, begun, coordinator):
        save(begun, {"sex": "male", "childbearing": ""}, by=coordinator)

        assert set(again(begun, by=coordinator).answers) == {"birth_date", "sex"}

    def test_is_not_held_up_by_a_value_of_a_file_that_stood_there_unasked(self, coordinator):
        form = the_form(a_subject(coordinator), "DM", by=coordinator)
        self.imported(form, coordinator, MAN)

        saved = save(again(form, by=coordinator), {"birth_date": "1970-05-02"}, by=coordinator)

        assert saved.changed == ("birth_date",)
        with pytest.raises(Invalid, match="no longer asked"):
            save(again(form, by=coordinator), {"childbearing": "childbearing"}, by=coordinator)

    def imported(self, form, coordinator, typed):
        from casebook.actions import saving

        asked = saving.Request(answers=answered("DM", typed), based_on=0, key=a_key(), gaps=True)

        @saving.action(saving.may_save)
        def bring(form, *, by, at):
            return saving._performed(form, asked, by=by, at=at)

        bring(form, by=coordinator, at=timezone.now())

    def test_tells_of_a_value_that_a_colleague_entered_meanwhile(self, begun, coordinator):
        other = a_coordinator(site_of(coordinator))
        form = the_form(a_subject(coordinator), "DM", by=coordinator)
        save(form, {"sex": "female"}, by=coordinator)
        mine = again(form, by=coordinator)
        save(again(form, by=other), {"childbearing": "childbearing"}, by=other)

        with pytest.raises(Invalid) as refused:
            save(mine, {"sex": "male"}, by=coordinator)

        assert refused.value.unasked == ("childbearing",)


class TestThePage:
    def test_asks_first_and_lists_the_value(self, begun, coordinator):
        response = post(browser_of(coordinator), begun, MAN)

        assert response.status_code == 422
        assert "Take off: Childbearing potential, Post-menopausal" in text_of(response)
        assert 'value="childbearing"' in box(response, "take_off")
        assert "hidden" not in place_of(response, "childbearing")
        assert again(begun, by=coordinator).version == 1

    def test_takes_off_what_was_confirmed(self, begun, coordinator):
        response = post(browser_of(coordinator), begun, MAN | {"take_off": "childbearing"})

        assert response.status_code == 302
        assert set(again(begun, by=coordinator).answers) == {"birth_date", "sex"}

    def test_takes_nothing_off_that_is_asked_again(self, begun, coordinator):
        post(browser_of(coordinator), begun, WOMAN | {"take_off": ["childbearing", "birth_date", "nothing"]})

        assert again(begun, by=coordinator).answers["childbearing"]["value"] == "postmenopausal"

    def test_asks_for_the_reason_where_the_form_was_complete(self, whole, coordinator):
        reader = browser_of(coordinator)
        typed = MAN | {"foreseen": "1", "was_complete": "1", "sex.why": "Misread"}

        asked = post(reader, whole, typed, act="complete")
        refused = post(reader, whole, typed | {"take_off": "childbearing"}, act="complete")
        saved = post(
            reader, whole, typed | {"take_off": "childbearing", "childbearing.why": "Not asked of men"}, act="complete"
        )

        assert 'name="childbearing.why"' in asked.content.decode()
        assert refused.status_code == 422
        assert "Give the reason for this change." in text_of(refused)
        assert saved.status_code == 302
        assert "childbearing" not in again(whole, by=coordinator).answers

    def test_says_on_the_same_page_what_taking_off_changes_elsewhere(self, whole, coordinator):
        actions.verify_items(whole, by=a_monitor(site_of(coordinator)), at=timezone.now(), paths=["childbearing"])
        reader, typed = browser_of(coordinator), MAN | {"was_complete": "1", "why": "Misread"}

        asked = post(reader, whole, typed, act="complete")
        shown = {"foreseen": box_value(asked, "foreseen"), "foreseen_of": box_value(asked, "foreseen_of")}
        saved = post(reader, whole, typed | shown | {"take_off": "childbearing"}, act="complete")

        assert "Take off: Childbearing potential, Post-menopausal" in text_of(asked)
        assert "Verification marks fall: Childbearing potential." in text_of(asked)
        assert saved.status_code == 302


def box_value(response, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())[1]


def place_of(response, path: str) -> str:
    text = response.content.decode()
    return text[text.index(f'data-item="{path}"') :].partition(">")[0]
