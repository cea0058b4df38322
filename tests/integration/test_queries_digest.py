"""The digest tells what was asked and answered the day before: by form, counted, once, without a word of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.system import system_actor
from audit.acting import SYNTHETIC, as_actor
from casebook import actions
from followup.query_reminders import ANSWERED, ASKED, remind_queries
from outbox import digests
from outbox.models import Message, Notice
from protocol.words import Sentence
from tests.casebook_ground import (
    EVALUATION,
    a_coordinator,
    a_monitor,
    a_subject,
    a_surgeon,
    complete,
    save,
    site_of,
    the_form,
)

pytestmark = pytest.mark.django_db


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
def noon():
    """Noon of today in Shanghai: neither yesterday nor tomorrow anywhere near."""
    return datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)


def then(by):
    """Act on a day that is not today."""
    return as_actor(by, moment=SYNTHETIC)


def ask(form, by, at, **details):
    with then(by):
        return actions.open_query(form, by=by, at=at, text="With shoes, or 60.5 kg?", path="weight", **details)


def answer(query, by, at):
    with then(by):
        return actions.answer_query(query, by=by, at=at, text="Without, 60.5 kg.")


def told() -> list[tuple[str, str, str]]:
    with as_actor(system_actor("follow-up")):
        waiting = Notice.objects.filter(digest=None).select_related("recipient").order_by("kind", "recipient__name")
        return [(each.kind, each.recipient.name, Sentence.from_json(each.text).english()) for each in waiting]


def test_what_was_asked_is_told_from_the_next_day_on_by_form_and_counted(form, coordinator, monitor, noon):
    for _number in range(2):
        ask(form, monitor, noon)

    assert remind_queries(at=noon + timedelta(hours=1)) == 0
    assert remind_queries(at=noon + timedelta(days=1)) == 1
    assert remind_queries(at=noon + timedelta(days=1)) == 0

    said = f"{form.subject.number}, Vital signs and performance status (Screening): queries to answer: 2."
    [(kind, name, text)] = told()
    assert (kind, name) == (ASKED, coordinator.name)
    assert text.endswith("(Screening): queries to answer: 2.")
    assert text.startswith(said.partition(",")[0])


def test_who_is_named_is_told_and_nobody_else(form, coordinator, monitor, noon):
    other = a_coordinator(site_of(coordinator))
    ask(form, monitor, noon, assigned_to=other)

    remind_queries(at=noon + timedelta(days=1))

    assert [name for _kind, name, _text in told()] == [other.name]


def test_who_asked_is_told_of_the_answer(form, coordinator, monitor, noon):
    query = ask(form, monitor, noon)
    answer(query, coordinator, noon)

    remind_queries(at=noon + timedelta(days=1))

    [(kind, name, text)] = told()
    assert (kind, name) == (ANSWERED, monitor.name)
    assert "60.5" not in text


def test_what_is_settled_before_anybody_was_told_is_taken_back(form, monitor, noon):
    query = ask(form, monitor, noon)
    remind_queries(at=noon + timedelta(days=1))

    with then(monitor):
        actions.close_query(query, by=monitor, at=noon + timedelta(days=1))
    remind_queries(at=noon + timedelta(days=1, hours=1))

    assert told() == []


def test_what_was_told_is_not_told_again_until_something_new_is_asked(form, coordinator, monitor, noon):
    ask(form, monitor, noon)
    remind_queries(at=noon + timedelta(days=1))
    digests.gather(at=noon + timedelta(days=1))
    [mail] = Message.objects.filter(kind="digest")
    assert "queries to answer: 1." in mail.body
    assert "60.5" not in mail.body

    assert remind_queries(at=noon + timedelta(days=2)) == 0
    ask(form, monitor, noon + timedelta(days=1))
    assert remind_queries(at=noon + timedelta(days=2)) == 1
    assert told()[0][2].endswith("queries to answer: 1.")


def test_what_is_older_than_two_weeks_stands_on_the_list_only(form, monitor, noon):
    ask(form, monitor, noon)

    assert remind_queries(at=noon + timedelta(days=15)) == 0


def test_of_a_blinded_evaluation_its_author_alone_is_told(form, coordinator):
    surgeon = a_surgeon(site_of(coordinator))
    complete(the_form(form.subject, "SU", by=surgeon), EVALUATION | {"icg_r15": "90 %"}, by=surgeon)

    remind_queries(at=timezone.now() + timedelta(days=1))

    assert [name for _kind, name, _text in told()] == [surgeon.name]


def test_a_check_that_was_answered_is_told_to_nobody(form, coordinator, noon):
    with then(coordinator):
        save(form, {"temperature": "45 °C"}, by=coordinator, at=noon)
    with as_actor(coordinator):
        [query] = form.queries.all()
    answer(query, coordinator, noon)

    assert remind_queries(at=noon + timedelta(days=1)) == 0
