"""Ports: whoever above must react is named in the settings, in order, and acts inside the same transaction."""

from __future__ import annotations

import pytest
from django.conf import settings as configured
from django.utils import timezone

from audit.decision import Refusal, no
from audit.door import as_actor
from casebook import actions
from casebook.entry.impact import impact_of
from casebook.ports import Seen
from protocol.words import sentence
from tests.casebook_ground import DEMOGRAPHY, a_coordinator, a_subject, again, answered, complete, save, the_form

pytestmark = pytest.mark.django_db
heard: list[tuple[str, str, int]] = []


def first(subject, *, form, by, at):
    """Listen first."""
    heard.append(("first", subject.number, form.version))


def second(subject, *, form, by, at):
    """Listen second."""
    heard.append(("second", subject.number, form.version))


def refuse(subject, *, form, by, at):
    """Say no."""
    raise Refusal(sentence("The app above says no."))


def look(subject, *, by, at):
    """Say what follows from the answers."""
    count = sum(len(form.answers) for form in subject.forms.all())
    return {"count": Seen(what=sentence("Answers"), stands=sentence("%(count)s", count=count))}


@pytest.fixture
def form():
    coordinator = a_coordinator()
    heard.clear()
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    form.coordinator = coordinator
    return form


def named(*names):
    return [f"{__name__}.{name}" for name in names]


def test_these_answer_to_a_change_and_no_others():
    assert configured.CASEBOOK_AFTER_CHANGE == ["eligibility.actions.rejudge", "followup.reactions.follow"]


def test_they_are_called_in_the_order_of_the_settings(form, settings):
    settings.CASEBOOK_AFTER_CHANGE = named("second", "first")

    complete(form, DEMOGRAPHY, by=form.coordinator)

    assert heard == [("second", form.subject.number, 1), ("first", form.subject.number, 1)]


def test_what_one_of_them_refuses_is_undone_for_all(form, settings):
    settings.CASEBOOK_AFTER_CHANGE = named("first", "refuse")

    with pytest.raises(Refusal, match="The app above says no"):
        complete(form, DEMOGRAPHY, by=form.coordinator)

    assert again(form, by=form.coordinator).version == 0


def test_a_form_that_is_not_done_is_a_change_too(form, settings):
    settings.CASEBOOK_AFTER_CHANGE = named("first")

    actions.mark_not_done(form, by=form.coordinator, at=timezone.now(), reason="Left")

    assert len(heard) == 1


def test_saving_nothing_new_calls_nobody(form, settings):
    settings.CASEBOOK_AFTER_CHANGE = named("first")
    save(form, DEMOGRAPHY, by=form.coordinator)
    heard.clear()

    save(again(form, by=form.coordinator), DEMOGRAPHY, by=form.coordinator)

    assert heard == []


def test_the_impact_of_answers_is_asked_of_whoever_is_named(form, settings):
    settings.CASEBOOK_IMPACT_OF = named("look")
    save(form, {"sex": "male"}, by=form.coordinator)
    coordinator, asked = form.coordinator, {"at": timezone.now(), "complete": True}
    form = again(form, by=coordinator)

    with as_actor(coordinator):
        said = impact_of(form, by=coordinator, answers=answered("DM", DEMOGRAPHY), based_on=form.version, **asked)

    assert "Answers: 1 becomes 2." in said
    assert again(form, by=coordinator).version == form.version


def refuse_entry(subject, *, form, crf, visit, answers, complete):
    """Say no to whatever is entered."""
    heard.append((crf, visit.code if visit else "", len(answers or {})))
    return no("The app above says no to %(crf)s.", crf=crf)


def test_an_app_above_may_refuse_answers_before_they_are_kept(form, settings):
    settings.CASEBOOK_MAY_ENTER = named("refuse_entry")

    with pytest.raises(Refusal, match=r"The app above says no to DM\."):
        complete(form, DEMOGRAPHY, by=form.coordinator)

    assert heard == [("DM", "", 2)]
    assert again(form, by=form.coordinator).version == 0


def test_an_app_above_may_refuse_one_more_form(form, settings):
    settings.CASEBOOK_MAY_ENTER = named("refuse_entry")

    with pytest.raises(Refusal, match=r"The app above says no to PT\."):
        actions.add_form(form.subject, by=form.coordinator, at=timezone.now(), visit=None, crf="PT")
