"""Whoever has no part in it is refused, in one sentence, at every door of the casebook; who may is let through."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.rules import may_complete
from casebook.rules.subjects import may_advance
from casebook.selectors.records import record_of
from casebook.selectors.reference import laboratories
from casebook.states import LockKind, Stage
from tests.casebook_ground import (
    EVALUATION,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_laboratory,
    a_monitor,
    a_range,
    a_subject,
    a_surgeon,
    complete,
    site_of,
    the_form,
)
from tests.people import set_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def form(coordinator):
    return a_complete_form(coordinator)


@pytest.mark.parametrize(
    ("verb", "details", "sentence"),
    [
        ("mark_not_done", {"reason": "Left"}, "enter and correct forms"),
        ("keep_draft", {"typed": {}, "based_on": 0}, "enter and correct forms"),
        ("import_form", {"answers": {}, "based_on": 0, "key": "k"}, "enter and correct forms"),
        ("sign_form", {}, "sign forms"),
        ("lock", {}, "freeze, lock and unlock"),
    ],
)
def test_a_monitor_does_nothing_of_this_to_a_form(form, coordinator, verb, details, sentence):
    monitor = a_monitor(site_of(coordinator))

    with pytest.raises(Refusal, match=f"does not include this: {sentence}"):
        getattr(actions, verb)(form, by=monitor, at=timezone.now(), **details)


@pytest.mark.parametrize(("verb", "details"), [("add_visit", {}), ("add_form", {"visit": None, "crf": "PT"})])
def test_a_monitor_adds_neither_visit_nor_form(form, coordinator, verb, details):
    monitor = a_monitor(site_of(coordinator))

    with pytest.raises(Refusal, match="does not include this: enter and correct forms"):
        getattr(actions, verb)(form.subject, by=monitor, at=timezone.now(), **details)


def test_a_coordinator_asks_no_query(form, coordinator):
    with pytest.raises(Refusal, match="does not include this: open a query"):
        actions.open_query(form, by=coordinator, at=timezone.now(), text="Sure?")


def test_a_frozen_subject_gets_no_visit(form, coordinator):
    actions.lock(form.subject, by=a_data_manager(), at=timezone.now(), kind=LockKind.FREEZE)

    with pytest.raises(Refusal, match="This subject is frozen"):
        actions.add_visit(form.subject, by=coordinator, at=timezone.now())


def test_a_subject_is_advanced_at_the_own_site_only(form):
    decision = may_advance(a_coordinator(), form.subject, to=Stage.CONSENTED)

    assert decision.why.english() == f"Subject {form.subject.number} is not at one of your sites."


def test_a_surgeon_imports_nothing_into_an_evaluation(coordinator):
    surgeon = a_surgeon(site_of(coordinator))
    evaluation = the_form(a_subject(coordinator), "SU", by=surgeon)

    with pytest.raises(Refusal, match="does not include this: release an import"):
        actions.import_form(evaluation, by=surgeon, at=timezone.now(), answers={}, based_on=0, key="k")


def test_a_blinded_evaluation_is_marked_by_nobody(coordinator):
    surgeon, manager = a_surgeon(site_of(coordinator)), a_data_manager()
    evaluation = the_form(a_subject(coordinator), "SU", by=surgeon)
    complete(evaluation, EVALUATION, by=surgeon)

    with pytest.raises(
        Refusal, match="This evaluation is blinded until enough evaluations of the question are complete"
    ):
        actions.review_form(evaluation, by=manager, at=timezone.now())


def test_the_button_asks_the_rule_of_the_door(form, coordinator):
    with as_actor(coordinator):
        assert may_complete(coordinator, form, at=timezone.now())
    monitor = a_monitor(site_of(coordinator))
    with as_actor(monitor):
        assert "enter and correct forms" in may_complete(monitor, form, at=timezone.now()).why.english()


# --- reference data -------------------------------------------------------------------------------------------


def test_a_monitor_keeps_no_reference_data(coordinator):
    monitor, laboratory = a_monitor(site_of(coordinator)), a_laboratory()
    held = a_range(laboratory)
    at = timezone.now()
    doors = {
        "propose a reference range": [
            lambda: actions.add_laboratory(None, by=monitor, at=at, code="X", name="X"),
            lambda: a_range(laboratory, by=monitor),
            lambda: actions.add_conversion(
                laboratory, by=monitor, at=at, analyte="AFP", unit_from="a", unit_to="b", factor=Decimal(1)
            ),
            lambda: actions.correct_range(held, by=monitor, at=at, reason="New kit", low=None, high=Decimal(1)),
            lambda: actions.withdraw_range(held, by=monitor, at=at, reason="Wrong page"),
        ],
        "confirm a reference range": [lambda: actions.confirm_range(held, by=monitor, at=at)],
    }

    for permission, attempts in doors.items():
        for attempt in attempts:
            with pytest.raises(Refusal, match=f"does not include this: {permission}"):
                attempt()


def test_a_correction_makes_sense_too():
    held = a_range(a_laboratory())
    actions.confirm_range(held, by=set_up(), at=timezone.now())

    with pytest.raises(Refusal, match="A reference range has a lower limit, an upper limit, or both"):
        actions.correct_range(held, by=a_data_manager(), at=timezone.now(), reason="New kit", low=None, high=None)


def test_laboratories_are_offered_by_name():
    second, first = a_laboratory("b-lab"), a_laboratory("a-lab")

    assert [each for each in laboratories() if each in (first, second)] == [first, second]


def test_a_visit_that_came_again_has_its_number_in_the_record(coordinator):
    subject = a_subject(coordinator)
    for _ in range(2):
        visit = actions.add_visit(subject, by=coordinator, at=timezone.now())
        actions.add_form(subject, by=coordinator, at=timezone.now(), visit=visit, crf="MK")

    with as_actor(coordinator):
        visits = [form.visit for form in record_of(subject).forms if form.crf == "MK"]
    assert visits == ["SCR", "UNS", "UNS/2"]
    assert visit.repeat == 2
