"""The door: who changes state is named, allowed on a locked row, and recorded; or nothing happens."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, connections

from audit import as_actor, record, unchanged
from audit.acting import SYNTHETIC, every_act
from audit.decision import YES, Refusal, no
from audit.door import NobodyActs, NoEvent, acting, action
from audit.locks import locked
from protocol.words import N_
from tests.audit_ground import (
    COORDINATOR,
    ELSEWHERE,
    MONITOR,
    Form,
    a_form,
    add_subject,
    app,
    laid_out,
    may_enter,
    now,
    save_form,
)


@pytest.fixture(scope="module")
def ground(module_db, postgres):
    with laid_out(postgres, module_db) as ground:
        yield ground


@pytest.fixture
def form(ground):
    return a_form(ecog="0")


@pytest.fixture
def broken_audit(ground):
    """Break the trail: every event is refused by the database."""
    ground.owner("ALTER TABLE audit_event ADD CONSTRAINT broken CHECK (kind = 'none') NOT VALID")
    yield
    ground.owner("ALTER TABLE audit_event DROP CONSTRAINT broken")


def kept(form):
    """Return the answers as the database has them."""
    with as_actor(COORDINATOR):
        return Form.objects.get(pk=form.pk).answers


def test_an_action_changes_the_row_and_records_who_and_why(form):
    save_form(form, by=COORDINATOR, at=now(), answers={"ecog": "1"})

    assert kept(form) == {"ecog": "1"}
    with as_actor(COORDINATOR):
        event = app(
            "SELECT stream, sequence, actor_name, actor_role, kind, site_id, reason FROM audit_event"
            " WHERE subject_id = %s ORDER BY sequence DESC LIMIT 1",
            [form.subject_id],
        )[0]
    stream = f"subject:{form.subject_id}"
    assert event == (stream, 3, "Demo Coordinator", "coordinator", "ground.form.saved", 1, "Corrected.")


def test_a_rule_that_says_no_refuses_with_its_sentence(form):
    with pytest.raises(Refusal) as refusal:
        save_form(form, by=COORDINATOR, at=now(), answers={"ecog": "refused"})

    assert refusal.value.sentence.english() == "Write another word than refused."
    assert kept(form) == {"ecog": "0"}


def test_an_action_shows_its_rule_so_that_a_button_asks_the_same():
    assert save_form.may is may_enter


def test_the_rule_is_asked_on_the_locked_row_not_on_the_one_in_hand(form):
    @action(lambda user, row: YES if row.answers == {"ecog": "0"} else no(N_("The form has changed.")))
    def clear(row, *, by, at):
        row.answers = {}
        row.save()
        record("ground.form.cleared", subject=row.subject, by=by, at=at)

    stale_form = form
    save_form(form, by=COORDINATOR, at=now(), answers={"ecog": "2"})

    with pytest.raises(Refusal, match=r"The form has changed\."):
        clear(stale_form, by=COORDINATOR, at=now())


def test_an_action_without_an_event_is_a_fault_and_changes_nothing(form):
    @action(lambda user, row: YES)
    def forget(row, *, by, at):
        row.answers = {}
        row.save()

    with pytest.raises(NoEvent, match="forget to record an event, got none"):
        forget(form, by=COORDINATOR, at=now())

    assert kept(form) == {"ecog": "0"}


def test_an_action_may_say_that_it_was_done_before(form):
    @action(lambda user, row: YES)
    def again(row, *, by, at):
        return unchanged("the earlier answer")

    assert again(form, by=COORDINATOR, at=now()) == "the earlier answer"


def test_an_action_that_lies_about_doing_nothing_is_refused_at_commit(form):
    @action(lambda user, row: YES)
    def lie(row, *, by, at):
        row.answers = {}
        row.save()
        return unchanged(None)

    with pytest.raises(DatabaseError, match="No event says who changed"):
        lie(form, by=COORDINATOR, at=now())


def test_a_lost_event_undoes_the_change(form, broken_audit):
    with pytest.raises(DatabaseError, match="broken"):
        save_form(form, by=COORDINATOR, at=now(), answers={"ecog": "1"})

    assert kept(form) == {"ecog": "0"}


def test_a_row_that_was_never_saved_is_no_target(ground):
    with pytest.raises(TypeError, match="Expected a saved row to lock"):
        save_form(Form(), by=COORDINATOR, at=now(), answers={})


def test_a_row_of_another_site_is_not_found_by_the_door(form):
    with pytest.raises(ObjectDoesNotExist):
        save_form(form, by=ELSEWHERE, at=now(), answers={})


def settings_now():
    """Return actor, role and request as the database has them."""
    return app(
        "SELECT current_setting('edc.actor', true), current_setting('edc.actor_role', true),"
        " current_setting('edc.sites', true), current_setting('edc.request', true)"
    )[0]


def test_nested_actors_are_given_back(ground):
    with as_actor(COORDINATOR, request_id="r-1"):
        outer = settings_now()
        with as_actor(MONITOR):
            assert settings_now() == ("person-2", "monitor", "1", "r-1")
        assert settings_now() == outer == ("person-1", "coordinator", "1", "r-1")

    assert acting() is None
    assert settings_now()[0] in (None, "")


def test_nested_actors_are_given_back_after_a_failure(ground):
    with as_actor(COORDINATOR):
        with pytest.raises(ValueError, match="inside"), as_actor(MONITOR):
            raise ValueError("inside")

        assert acting().actor_id == "person-1"
        assert settings_now()[0] == "person-1"


def test_nested_actors_are_given_back_after_a_failure_of_the_database(ground):
    with as_actor(COORDINATOR):
        with pytest.raises(DatabaseError), as_actor(MONITOR):
            app("SELECT 1 / 0")

        assert settings_now()[0] == "person-1"


def test_the_same_actor_nested_costs_a_savepoint_only(ground, django_assert_num_queries):
    with as_actor(COORDINATOR), django_assert_num_queries(2), as_actor(COORDINATOR):
        pass


def test_another_actor_nested_keeps_a_savepoint_after_an_event_and_shares_what_was_recorded(ground):
    with as_actor(COORDINATOR) as outer:
        record("ground.read", stream="system", by=COORDINATOR, at=now())
        with pytest.raises(ValueError, match="inside"), as_actor(MONITOR):
            raise ValueError("inside")
        with as_actor(MONITOR):
            record("ground.read", stream="system", by=MONITOR, at=now())

        assert len(outer.events) == 2
        assert not outer.whole


def test_nested_in_what_is_whole_the_same_actor_costs_nothing(ground, django_assert_num_queries):
    with as_actor(COORDINATOR, whole=True), as_actor(MONITOR), django_assert_num_queries(0), as_actor(MONITOR):
        pass


def test_of_what_is_whole_nothing_outlives_a_failure_that_is_caught_inside(ground):
    with as_actor(COORDINATOR, whole=True):
        record("ground.whole", stream="system", by=COORDINATOR, at=now())
        with pytest.raises(ValueError, match="inside"), as_actor(MONITOR):
            raise ValueError("inside")

    assert acting() is None
    with as_actor(COORDINATOR):
        record("ground.read", stream="system", by=COORDINATOR, at=now())
        kinds = {kind for (kind,) in app("SELECT DISTINCT kind FROM audit_event WHERE stream = 'system'")}
    assert "ground.read" in kinds
    assert "ground.whole" not in kinds


def test_every_act_begins_as_is_said_of_all_and_no_longer_than_that(ground):
    with every_act(moment=SYNTHETIC, whole=True):
        with as_actor(COORDINATOR) as first:
            pass
        with as_actor(MONITOR) as second:
            pass
    with as_actor(MONITOR) as third:
        pass

    assert [(each.moment, each.whole) for each in (first, second, third)] == [(SYNTHETIC, True)] * 2 + [("", False)]


def test_nothing_is_recorded_in_the_name_of_somebody_else(ground):
    with pytest.raises(NobodyActs, match=r"as_actor\(person-2\)"), as_actor(COORDINATOR):
        record("ground.read", stream="system", by=MONITOR, at=now())


def test_nothing_is_recorded_while_nobody_acts(ground):
    with pytest.raises(NobodyActs):
        record("ground.read", stream="system", by=MONITOR, at=now())


def test_an_event_needs_a_stream(ground):
    with pytest.raises(ValueError, match="Expected a subject, a site or a stream"), as_actor(COORDINATOR):
        record("ground.read", by=COORDINATOR, at=now())


def test_an_event_without_a_subject_goes_to_its_site(ground):
    with as_actor(COORDINATOR):
        recorded = record("ground.opened", site=1, by=COORDINATOR, at=now())

        assert app("SELECT stream, site_id FROM audit_event WHERE id = %s", [recorded.id]) == [("site:1", 1)]


def test_a_subject_is_locked_before_its_form(form, django_assert_num_queries):
    with as_actor(COORDINATOR), django_assert_num_queries(2) as queries:
        row = locked(form)
        assert row.subject.pk == form.subject_id

    locks = [query["sql"] for query in queries.captured_queries]
    assert ["ground_subject" in locks[0], "ground_form" in locks[1]] == [True, True]
    assert all("FOR NO KEY UPDATE" in lock for lock in locks)


def test_eight_people_at_once_leave_one_unbroken_chain(form, django_db_blocker):
    everybody_ready = threading.Barrier(8)

    def save(turn):
        with django_db_blocker.unblock():
            try:
                everybody_ready.wait()
                for step in range(5):
                    save_form(form, by=COORDINATOR, at=now(), answers={"turn": f"{turn}.{step}"})
            finally:
                connections.close_all()

    with ThreadPoolExecutor(8) as people:
        list(people.map(save, range(8)))

    with as_actor(COORDINATOR):
        numbers = app("SELECT sequence, id FROM audit_event WHERE subject_id = %s ORDER BY id", [form.subject_id])
    assert [number for number, _ in numbers] == list(range(1, 43))


def test_the_connection_is_left_clean(ground):
    add_subject(None, by=COORDINATOR, at=now())

    assert not connection.in_atomic_block
    assert acting() is None
