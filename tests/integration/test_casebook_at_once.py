"""What only real commits can show: many at the same moment, one effect per key, every number once, nothing lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.utils import timezone

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import Form, Subject
from casebook.states import LockKind
from tests.casebook_ground import (
    DEMOGRAPHY,
    VITALS,
    a_coordinator,
    a_data_manager,
    a_key,
    a_subject,
    again,
    complete,
    save,
    site_of,
    the_form,
)

pytestmark = pytest.mark.usefixtures("module_db")


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


def at_once(work, count):
    """Run `work(number)` in so many threads that start together; return what each returned or raised."""
    start = threading.Barrier(count)

    def one_thread(number):
        start.wait()
        try:
            return work(number)
        except Exception as fault:
            return fault
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one_thread, range(count)))


def test_eight_clicks_at_once_have_one_effect_and_one_answer():
    coordinator = a_coordinator()
    form, key, at = the_form(a_subject(coordinator), "VS", by=coordinator), a_key(), timezone.now()

    answers = at_once(lambda _: complete(form, VITALS, by=coordinator, key=key, at=at), 8)

    assert len(set(answers)) == 1
    assert again(form, by=coordinator).version == 1


def test_eight_people_on_eight_items_all_get_in():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    typed = list(VITALS.items())

    saved = at_once(lambda number: save(form, dict([typed[number]]), by=coordinator), len(typed))

    assert sorted(each.version for each in saved) == list(range(1, 9))
    assert set(again(form, by=coordinator).answers) == set(VITALS)


def test_eight_subjects_added_at_once_are_numbered_without_a_gap():
    coordinator = a_coordinator()

    at_once(lambda _: a_subject(coordinator), 8)

    with as_actor(coordinator):
        sequences = Subject.objects.filter(site=site_of(coordinator)).values_list("sequence", flat=True)
        assert sorted(sequences) == list(range(1, 9))


def test_one_key_adds_one_subject():
    coordinator, key = a_coordinator(), a_key()
    site = site_of(coordinator)

    added = at_once(lambda _: actions.add_subject(site, by=coordinator, at=timezone.now(), key=key), 4)

    assert len({subject.pk for subject in added}) == 1
    with as_actor(coordinator):
        assert Form.objects.filter(crf="DM", site=site).count() == 1


def test_two_at_once_on_one_item_one_gets_in_one_sees_both():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)

    results = at_once(lambda number: save(form, {"weight": f"6{number} kg"}, by=coordinator), 2)

    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Saved"]


def test_nothing_comes_in_behind_the_freeze_of_a_site():
    coordinator, manager = a_coordinator(), a_data_manager()
    site = site_of(coordinator)
    forms = [the_form(a_subject(coordinator), "DM", by=coordinator) for _ in range(5)]

    def work(number):
        if number == 5:
            return actions.lock(site, by=manager, at=timezone.now(), kind=LockKind.FREEZE)
        return complete(forms[number], DEMOGRAPHY, by=coordinator)

    results = at_once(work, 6)

    refused = sum(isinstance(result, Refusal) for result in results)
    with as_actor(coordinator):
        assert Form.objects.filter(subject__site=site, version=1).count() == 5 - refused
    with pytest.raises(Refusal, match="This site is frozen"):
        a_subject(coordinator, site)


@pytest.mark.parametrize("level", ["form", "visit", "subject"])
def test_a_lock_waits_for_a_save_in_flight_and_the_next_one_finds_it(level):
    coordinator, manager = a_coordinator(), a_data_manager()
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    target = {"form": form, "visit": form.visit, "subject": form.subject}[level]
    written, order = threading.Event(), []

    def work(number):
        if number == 0:
            with as_actor(coordinator):
                save(form, DEMOGRAPHY, by=coordinator)
                written.set()
                time.sleep(0.3)  # what is saved is not committed yet
                order.append("saved")
        else:
            written.wait()
            actions.lock(target, by=manager, at=timezone.now(), kind=LockKind.FREEZE)
            order.append("frozen")

    assert at_once(work, 2) == [None, None]
    assert order == ["saved", "frozen"]
    with pytest.raises(Refusal, match="is frozen"):
        save(again(form, by=coordinator), {"sex": "female"}, by=coordinator)


def test_without_an_actor_no_clinical_row_exists():
    a_subject(a_coordinator())

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM casebook_subject")
        assert cursor.fetchone() == (0,)
