"""Queries: of checks, opened and closed by the answers themselves; of people, from question to close."""

from __future__ import annotations

import pytest
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import Query
from casebook.selectors.queries import queries_by_path, standing_counts
from casebook.states import QueryState
from protocol.words import Sentence
from tests.casebook_ground import (
    EVALUATION,
    a_coordinator,
    a_data_manager,
    a_key,
    a_laboratory,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    answered,
    complete,
    events_of,
    queries_on,
    save,
    site_of,
    the_form,
)

pytestmark = pytest.mark.django_db
HOT = {"temperature": "45 °C"}


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def monitor(coordinator):
    return a_monitor(site_of(coordinator))


@pytest.fixture
def form(coordinator):
    return the_form(a_subject(coordinator), "VS", by=coordinator)


@pytest.fixture
def query(form, monitor):
    return actions.open_query(form, by=monitor, at=timezone.now(), path="weight", text="Is this with shoes?")


# --- of checks ------------------------------------------------------------------------------------------------


def test_an_implausible_answer_is_kept_and_asked_about(form, coordinator):
    saved = save(form, HOT, by=coordinator)

    [query] = queries_on(form, by=coordinator)
    assert saved.opened == (str(query.pk),)
    assert (query.path, query.state, query.value) == ("temperature", QueryState.OPEN, {"value": "45", "unit": "°C"})
    assert "45" in Sentence.from_json(query.sentence).english()


def test_an_answer_asked_about_already_is_not_asked_twice(form, coordinator):
    save(form, HOT, by=coordinator)

    saved = save(again(form, by=coordinator), {"pulse": "70 /min"}, by=coordinator)

    assert saved.opened == ()
    assert len(queries_on(form, by=coordinator)) == 1


def test_a_mended_answer_closes_its_query(form, coordinator):
    save(form, HOT, by=coordinator)

    saved = save(again(form, by=coordinator), {"temperature": "36.5 °C"}, by=coordinator)

    [query] = queries_on(form, by=coordinator)
    assert (query.state, saved.mended) == (QueryState.CLOSED, (str(query.pk),))
    with as_actor(coordinator):
        assert query.messages.order_by("said_at").last().text == (
            "The answer was changed and the check finds nothing any more."
        )


def test_another_implausible_answer_is_asked_about_in_its_own_words(form, coordinator, check_what_commit_checks):
    save(form, HOT, by=coordinator)

    saved = save(again(form, by=coordinator), {"temperature": "46 °C"}, by=coordinator)

    check_what_commit_checks()
    first, second = queries_on(form, by=coordinator)
    assert (saved.opened, saved.mended) == ((str(second.pk),), (str(first.pk),))
    assert [first.state, second.state] == [QueryState.CLOSED, QueryState.OPEN]
    assert "45" in Sentence.from_json(first.sentence).english()  # what was asked stays as it was asked
    assert "46" in Sentence.from_json(second.sentence).english()
    assert second.value == {"value": "46", "unit": "°C"}
    with as_actor(coordinator):
        assert first.messages.order_by("said_at").last().text == (
            "The answer was changed. The check asks about the new one in a new query."
        )


def test_an_answered_query_is_not_taken_for_an_answer_about_another_value(form, coordinator):
    save(form, HOT, by=coordinator)
    actions.answer_query(queries_on(form, by=coordinator)[0], by=coordinator, at=timezone.now(), text="Confirmed.")

    save(again(form, by=coordinator), {"temperature": "46 °C"}, by=coordinator)

    assert [query.state for query in queries_on(form, by=coordinator)] == [QueryState.CLOSED, QueryState.OPEN]


def test_a_query_about_the_old_answer_is_not_reopened_beside_the_one_about_the_new(form, coordinator, monitor):
    save(form, HOT, by=coordinator)
    save(again(form, by=coordinator), {"temperature": "46 °C"}, by=coordinator)
    first, _second = queries_on(form, by=coordinator)

    with pytest.raises(Refusal) as refusal:
        actions.reopen_query(first, by=monitor, at=timezone.now(), text="Please look again.")

    assert refusal.value.sentence.english() == (
        "The same check asks about the present answer in another query. Go on there."
    )


def test_an_answer_that_comes_back_after_mending_is_asked_about_again(form, coordinator):
    save(form, HOT, by=coordinator)
    save(again(form, by=coordinator), {"temperature": "36.5 °C"}, by=coordinator)

    save(again(form, by=coordinator), HOT, by=coordinator)

    assert [query.state for query in queries_on(form, by=coordinator)] == [QueryState.CLOSED, QueryState.OPEN]


def test_an_answer_that_a_person_accepted_is_not_asked_about_again(form, coordinator, monitor):
    save(form, HOT, by=coordinator)
    actions.close_query(queries_on(form, by=coordinator)[0], by=monitor, at=timezone.now())

    saved = save(again(form, by=coordinator), {"pulse": "70 /min"}, by=coordinator)

    assert saved.opened == ()


def test_another_implausible_answer_than_the_accepted_one_is_asked_about(form, coordinator, monitor):
    save(form, HOT, by=coordinator)
    actions.close_query(queries_on(form, by=coordinator)[0], by=monitor, at=timezone.now())

    saved = save(again(form, by=coordinator), {"temperature": "46 °C"}, by=coordinator)

    assert len(saved.opened) == 1


def imported(subject, crf, typed, *, by):
    """Complete a form as far as a file goes."""
    said = {"by": by, "at": timezone.now(), "based_on": 0, "key": a_key(), "complete": True}
    actions.import_form(the_form(subject, crf, by=by), answers=answered(crf, typed), **said)


def test_what_another_form_gives_reason_to_ask_is_asked_by_its_own_save_and_only_once(
    coordinator, check_what_commit_checks
):
    blood = {"sampled_on": "2025-03-03", "laboratory": a_laboratory().code}
    subject = a_subject(coordinator)
    liver = the_form(subject, "CP", by=coordinator)
    declared = {"assessed_on": "2025-03-03", "encephalopathy": "none", "ascites": "moderate", "declared_class": "A"}
    complete(liver, declared, by=coordinator)
    assert queries_on(liver, by=coordinator) == []
    imported(subject, "CH", blood | {"bilirubin": "60 µmol/L", "albumin": "25 g/L"}, by=coordinator)
    imported(subject, "CO", blood | {"inr": "2.5"}, by=coordinator)

    saved = complete(again(liver, by=coordinator), declared, by=coordinator)

    check_what_commit_checks()
    assert (saved.version, saved.changed, saved.opened) == (1, (), ())
    [query] = queries_on(liver, by=coordinator)
    assert (query.check_id, query.state) == ("CP.declared_class.computed", "open")


# --- of people ------------------------------------------------------------------------------------------------


def test_a_query_goes_from_question_to_close_with_every_word_kept(query, coordinator, monitor):
    actions.answer_query(query, by=coordinator, at=timezone.now(), text="Without")
    closed = actions.close_query(query, by=monitor, at=timezone.now())

    assert closed.state == QueryState.CLOSED
    with as_actor(monitor):
        steps = [(step.state, step.text) for step in closed.messages.order_by("said_at")]
    assert steps == [("open", "Is this with shoes?"), ("answered", "Without"), ("closed", "")]


def test_a_closed_query_is_reopened_with_a_word(query, monitor):
    actions.close_query(query, by=monitor, at=timezone.now())

    assert actions.reopen_query(query, by=monitor, at=timezone.now(), text="Still doubtful").state == QueryState.OPEN


def test_a_query_that_should_not_be_is_cancelled(query, monitor):
    cancelled = actions.cancel_query(query, by=monitor, at=timezone.now(), text="Wrong subject")

    assert cancelled.state == QueryState.CANCELLED


def test_every_step_is_an_event_that_says_no_answer(query, form, monitor):
    event = events_of(form.subject, by=monitor)[-1]

    assert event.kind == "casebook.query.opened"
    assert "shoes" not in event.facts


def test_who_enters_does_not_close(query, coordinator):
    with pytest.raises(Refusal, match="does not include this: close, reopen or cancel a query"):
        actions.close_query(query, by=coordinator, at=timezone.now())


def test_who_asks_does_not_answer(query, monitor):
    with pytest.raises(Refusal, match="does not include this: answer a query"):
        actions.answer_query(query, by=monitor, at=timezone.now(), text="Without")


def test_an_answer_says_something(query, coordinator):
    with pytest.raises(Refusal, match="Write what you answer, or why"):
        actions.answer_query(query, by=coordinator, at=timezone.now(), text=" ")


def test_a_question_says_something(form, monitor):
    with pytest.raises(Refusal, match="Write what you ask"):
        actions.open_query(form, by=monitor, at=timezone.now(), path="weight", text="")


def test_a_question_names_nobody(form, monitor):
    with pytest.raises(Refusal, match="nothing that identifies a person is stored"):
        actions.open_query(form, by=monitor, at=timezone.now(), path="weight", text="Ask 13812345678")


def test_a_question_is_about_an_item_that_exists(form, monitor):
    with pytest.raises(Refusal, match="This form has no item shoe_size to ask about"):
        actions.open_query(form, by=monitor, at=timezone.now(), path="shoe_size", text="Which?")


@pytest.mark.parametrize(
    ("reached_by", "verb", "follows"),
    [
        ("", "answer", True),
        ("", "close", True),
        ("", "cancel", True),
        ("", "reopen", False),
        ("answer", "reopen", True),
        ("answer", "close", True),
        ("answer", "cancel", True),
        ("answer", "answer", False),
        ("close", "reopen", True),
        ("close", "close", False),
        ("close", "answer", False),
        ("close", "cancel", False),
        ("cancel", "reopen", False),
        ("cancel", "close", False),
        ("cancel", "answer", False),
        ("cancel", "cancel", False),
    ],
)
def test_every_move_of_a_query_from_every_state(query, coordinator, monitor, reached_by, verb, follows):
    people = {"answer": coordinator}
    said = {"by": None, "at": timezone.now(), "text": "Because"}
    if reached_by:
        getattr(actions, f"{reached_by}_query")(query, **said | {"by": people.get(reached_by, monitor)})

    def move():
        return getattr(actions, f"{verb}_query")(query, **said | {"by": people.get(verb, monitor)})

    if follows:
        move()
    else:
        with pytest.raises(Refusal, match=r"and cannot become|already"):
            move()


def test_a_surgeon_answers_for_the_own_evaluation_that_nobody_else_sees(coordinator, form):
    surgeon, manager = a_surgeon(site_of(coordinator)), a_data_manager()
    evaluation = the_form(form.subject, "SU", by=surgeon)
    complete(evaluation, EVALUATION | {"icg_r15": "90 %"}, by=surgeon)
    [query] = queries_on(evaluation, by=surgeon)

    assert actions.answer_query(query, by=surgeon, at=timezone.now(), text="Measured twice").state == "answered"
    with pytest.raises(Refusal, match="answer a query"):
        actions.answer_query(query, by=manager, at=timezone.now(), text="?")


# --- reads ----------------------------------------------------------------------------------------------------


def test_the_open_and_answered_queries_stand_at_their_item(form, query, monitor, coordinator):
    save(form, HOT, by=coordinator)

    with as_actor(coordinator):
        assert {path: len(found) for path, found in queries_by_path(form).items()} == {"weight": 1, "temperature": 1}
        assert standing_counts([form.pk]) == {form.pk: (2, 0)}


def test_a_query_of_another_site_does_not_exist(query):
    with as_actor(a_coordinator()):
        assert not Query.objects.filter(pk=query.pk).exists()
