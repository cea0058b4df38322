"""Never a surprise: what saving a change of a complete form changes elsewhere is shown once, before it is saved."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.door import as_actor
from audit.models import Event
from casebook.entry.impact import impact_of, with_moments_in_words
from casebook.models import Form, Query, SaveReceipt
from tests.casebook_ground import (
    VITALS,
    WOMAN,
    a_coordinator,
    a_subject,
    again,
    answered,
    complete,
    save,
    the_form,
)

pytestmark = pytest.mark.django_db
ECG = {"performed_on": "2025-03-03", "interpretation": "normal"}


def traced(qt: str) -> dict[str, str]:
    """Return the answers of an electrocardiogram."""
    return {
        "performed_on": "2025-03-03",
        **{f"tracings/{key}/{name}": said for key in "123" for name, said in (("qt", qt), ("heart_rate", "60 /min"))},
    }


@pytest.fixture
def coordinator():
    return a_coordinator()


def foreseen(form: Form, typed, *, by, stays: bool = True) -> list[str]:
    form = again(form, by=by)
    with as_actor(by):
        answers = answered(form.crf, typed)
        at = timezone.now()
        return list(impact_of(form, by=by, at=at, answers=answers, based_on=form.version, complete=stays))


def a_vitals(coordinator) -> Form:
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    complete(form, VITALS, by=coordinator)
    return again(form, by=coordinator)


def counted(user) -> dict[str, int]:
    with as_actor(user):
        return {model.__name__: model.objects.count() for model in (Event, Form, Query, SaveReceipt)}


def test_a_computed_value_that_changes_is_said_with_both_values(coordinator):
    form = the_form(a_subject(coordinator), "EG", by=coordinator)
    save(form, traced("400 ms"), by=coordinator)

    said = foreseen(form, traced("430 ms"), by=coordinator, stays=False)

    assert any("400.0 ms becomes 430.0 ms." in text for text in said)


def test_nothing_is_written_by_it(coordinator):
    form = a_vitals(coordinator)
    before, kept = counted(coordinator), again(form, by=coordinator).answers

    assert foreseen(form, {"weight": "600 kg"}, by=coordinator)

    assert counted(coordinator) == before
    assert again(form, by=coordinator).answers == kept
    assert again(form, by=coordinator).version == form.version


@pytest.mark.parametrize(("sex", "is_said"), [("male", True), ("female", False)])
def test_a_form_that_is_no_longer_asked_is_named(coordinator, sex, is_said):
    subject = a_subject(coordinator)
    form = the_form(subject, "DM", by=coordinator)
    complete(form, WOMAN, by=coordinator)
    the_form(subject, "PG", by=coordinator)

    said = foreseen(form, {"sex": sex, "childbearing": "" if sex == "male" else WOMAN["childbearing"]}, by=coordinator)

    named = [text for text in said if "still in the casebook: Pregnancy" in text]
    assert bool(named) == is_said


def test_what_a_save_would_refuse_is_not_foreseen(coordinator):
    form = a_vitals(coordinator)

    assert foreseen(form, {"assessed_on": "2099-01-01"}, by=coordinator) == []


def test_a_query_that_would_open_or_close_is_said(coordinator):
    form = a_vitals(coordinator)

    assert any(text.startswith("Queries open: ") for text in foreseen(form, {"weight": "300 kg"}, by=coordinator))
    complete(form, {"weight": "300 kg"}, by=coordinator, reasons={"weight": "Read wrongly"})
    assert any(text.startswith("Queries close: ") for text in foreseen(form, {"weight": "60 kg"}, by=coordinator))


class TestThePage:
    @pytest.fixture
    def client(self, coordinator):
        client = Client()
        client.force_login(coordinator)
        return client

    def post(self, client, form, typed, **more):
        return client.post(reverse("form", args=[form.pk]), {"based_on": form.version, "key": "", **typed, **more})

    def test_one_look_asks_for_the_reason_and_shows_the_impact(self, client, coordinator):
        form = a_vitals(coordinator)
        typed = {"weight": "300", "weight.unit": "kg", "act": "complete", "was_complete": "1"}

        shown = self.post(client, form, typed, key="a")

        assert shown.status_code == 422
        page = shown.content.decode()
        assert "Saving the change also changes this:" in page
        assert "Queries open" in page
        assert 'name="weight.why"' in page
        sheet = shown.context["sheet"]
        again_typed = {**typed, "weight.why": "Read wrongly", "foreseen": "1", "foreseen_of": sheet.foreseen_of}
        assert self.post(client, form, again_typed, key="b").status_code == 302
        assert again(form, by=coordinator).answers["weight"]["value"] == "300"

    def test_a_reason_that_was_forgotten_costs_no_second_look(self, client, coordinator):
        form = a_vitals(coordinator)
        typed = {"weight": "300", "weight.unit": "kg", "act": "complete", "was_complete": "1"}
        sheet = self.post(client, form, typed, key="a").context["sheet"]

        refused = self.post(client, form, {**typed, "foreseen": "1", "foreseen_of": sheet.foreseen_of}, key="b")

        assert refused.status_code == 422
        assert "Give the reason for this change." in refused.content.decode()
        assert refused.context["sheet"].foreseen_of == sheet.foreseen_of
        assert not refused.context["sheet"].impact

    def test_other_answers_than_those_shown_are_shown_first(self, client, coordinator):
        form = a_vitals(coordinator)
        typed = {"weight": "300", "weight.unit": "kg", "act": "complete", "was_complete": "1", "why": "Read wrongly"}
        sheet = self.post(client, form, typed, key="a").context["sheet"]

        other = {**typed, "weight": "301", "foreseen": "1", "foreseen_of": sheet.foreseen_of}

        assert self.post(client, form, other, key="b").status_code == 422
        assert again(form, by=coordinator).version == form.version

    def test_a_change_that_changes_nothing_else_is_saved_at_once(self, client, coordinator):
        form = a_vitals(coordinator)

        answer = self.post(
            client, form, {"pulse": "71", "pulse.unit": "/min", "act": "complete", "pulse.why": "Read wrongly"}, key="a"
        )

        assert answer.status_code == 302
        assert again(form, by=coordinator).answers["pulse"]["value"] == "71"

    def test_a_form_that_was_never_complete_is_never_looked_at(self, client, coordinator, monkeypatch):
        monkeypatch.setattr("casebook.views.foreseeing.impact_of", lambda form, **_: pytest.fail("It was foreseen."))
        form = the_form(a_subject(coordinator), "VS", by=coordinator)

        assert (
            self.post(client, form, {"weight": "300", "weight.unit": "kg", "act": "save"}, key="a").status_code == 302
        )


def test_moments_are_told_as_the_page_shows_them():
    assert with_moments_in_words("Signed at: 2026-11-20T09:30 is late.") == "Signed at: 20 Nov 2026 09:30 is late."
