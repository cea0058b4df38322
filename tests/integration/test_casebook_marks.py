"""Beside the answers: signatures bound to content, verification that falls, review, freezes and locks."""

from __future__ import annotations

import hashlib
import json

import pytest
from django.utils import timezone

from accounts.models import Signature
from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.content import content_hash, content_of
from casebook.models import Form, Lock, Review, Verification
from casebook.selectors.grid import grid
from casebook.selectors.records import record_of
from casebook.selectors.signatures import signatures_on
from casebook.selectors.standing import day_at
from casebook.states import LockKind
from casebook.words import day_in_words, said
from tests.casebook_ground import (
    DEMOGRAPHY,
    WOMAN,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_monitor,
    a_subject,
    again,
    complete,
    events_of,
    queries_on,
    save,
    site_of,
    the_form,
    the_investigator,
)
from tests.lock_ground import nothing_stands_against

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture(autouse=True)
def a_lock_asks_nothing_first(monkeypatch):
    nothing_stands_against(monkeypatch)


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def investigator(coordinator):
    return the_investigator(coordinator)


@pytest.fixture
def monitor(coordinator):
    return a_monitor(site_of(coordinator))


@pytest.fixture
def manager():
    return a_data_manager()


@pytest.fixture
def form(coordinator):
    return a_complete_form(coordinator)


def corrected(form, coordinator):
    complete(again(form, by=coordinator), WOMAN, by=coordinator, reasons={"sex": "Misread"})


# --- signature ------------------------------------------------------------------------------------------------


def test_a_signature_keeps_printed_name_meaning_moment_and_content(form, investigator):
    signature = actions.sign_form(form, by=investigator, at=timezone.now())

    assert signature.printed_name == investigator.name
    assert signature.meaning == "I have reviewed this form; its answers are complete and correct."
    assert (signature.form_version, signature.content_hash) == (1, content_hash(form))


def test_the_hash_of_a_form_is_the_sha_256_of_its_canonical_json(form):
    text = json.dumps(content_of(form), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    assert content_hash(form) == hashlib.sha256(text.encode()).hexdigest()
    assert text.startswith('{"answers":{"birth_date":{"value":"1970-05-01"},"sex":{"value":"male"}},"crf":"DM","form":')


def test_a_signature_stands_until_the_content_changes_and_then_is_seen_as_void(form, coordinator, investigator):
    actions.sign_form(form, by=investigator, at=timezone.now())
    with as_actor(investigator):
        [before] = signatures_on(again(form, by=investigator))

    corrected(form, coordinator)

    with as_actor(investigator):
        [after] = signatures_on(again(form, by=investigator))
    assert (before.stands, after.stands) == (True, False)


def test_the_record_knows_only_signatures_that_stand(form, coordinator, investigator):
    actions.sign_form(form, by=investigator, at=timezone.now())
    with as_actor(investigator):
        before = record_of(form.subject).complete_forms("DM")[0].signed_by

    corrected(form, coordinator)

    with as_actor(investigator):
        after = record_of(form.subject).complete_forms("DM")[0].signed_by
    assert (before, after) == ((str(investigator.pk),), ())


def test_a_coordinator_signs_nothing(form, coordinator):
    with pytest.raises(Refusal, match="does not include this: sign forms"):
        actions.sign_form(form, by=coordinator, at=timezone.now())


def test_an_unfinished_form_is_not_signed(coordinator, investigator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    save(form, {"sex": "male"}, by=coordinator)

    with pytest.raises(Refusal, match="This form is in progress"):
        actions.sign_form(form, by=investigator, at=timezone.now())


def test_a_form_with_an_open_query_is_not_signed(form, monitor, investigator):
    actions.open_query(form, by=monitor, at=timezone.now(), path="sex", text="Sure?")

    with pytest.raises(Refusal, match=r"Answer the open queries of this form before signing \(1 left\)"):
        actions.sign_form(form, by=investigator, at=timezone.now())


def test_a_version_is_signed_once_by_one_person(form, investigator):
    actions.sign_form(form, by=investigator, at=timezone.now())

    with pytest.raises(Refusal, match="You have signed this version of the form already"):
        actions.sign_form(form, by=investigator, at=timezone.now())


def test_a_lost_event_undoes_the_signature(form, investigator, monkeypatch):
    def broken(*args, **details):
        raise RuntimeError("no trail")

    monkeypatch.setattr("casebook.actions.marks.record", broken)
    with pytest.raises(RuntimeError):
        actions.sign_form(form, by=investigator, at=timezone.now())

    with as_actor(investigator):
        assert not Signature.objects.filter(about_id=form.pk).exists()


# --- verification and review ----------------------------------------------------------------------------------


def test_a_verified_value_falls_when_it_changes_and_the_others_stand(form, coordinator, monitor):
    actions.verify_items(form, by=monitor, at=timezone.now(), paths=["birth_date", "sex"])

    corrected(form, coordinator)

    with as_actor(monitor):
        standing = Verification.objects.filter(form=form, fallen_at=None).values_list("path", flat=True)
        fallen = Verification.objects.get(form=form, path="sex")
    assert list(standing) == ["birth_date"]
    assert fallen.fallen_by_id == coordinator.pk


def test_a_value_is_marked_once(form, monitor):
    actions.verify_items(form, by=monitor, at=timezone.now(), paths=["sex"])

    assert actions.verify_items(form, by=monitor, at=timezone.now(), paths=["sex", "birth_date"]) == ("birth_date",)
    assert actions.verify_items(form, by=monitor, at=timezone.now(), paths=["sex"]) == ()


def test_only_an_answer_is_verified(form, monitor):
    with pytest.raises(Refusal, match="There is no answer to verify at childbearing"):
        actions.verify_items(form, by=monitor, at=timezone.now(), paths=["childbearing"])


def test_who_enters_does_not_verify(form, coordinator):
    with pytest.raises(Refusal, match="verify values against the source"):
        actions.verify_items(form, by=coordinator, at=timezone.now(), paths=["sex"])


def test_a_data_manager_reviews_a_version_once(form, manager):
    first = actions.review_form(form, by=manager, at=timezone.now())

    assert actions.review_form(form, by=manager, at=timezone.now()) == first
    with as_actor(manager):
        assert Review.objects.get(form=form).version == 1


def test_a_monitor_reviews_nothing(form, monitor):
    with pytest.raises(Refusal, match="mark forms as reviewed"):
        actions.review_form(form, by=monitor, at=timezone.now())


# --- freeze and lock ------------------------------------------------------------------------------------------


def targets(form):
    return {"form": form, "visit": form.visit, "subject": form.subject, "site": form.site, "trial": None}


@pytest.mark.parametrize(
    ("level", "sentence"),
    [
        ("form", "This form is locked. Ask the data manager to unlock it."),
        ("visit", "This visit is locked. Ask the data manager to unlock it."),
        ("subject", "This subject is locked; two data managers together can unlock it."),
        ("site", "This site is locked; two data managers together can unlock it."),
        ("trial", "The trial is locked; two data managers together can unlock it."),
    ],
)
def test_a_lock_of_any_level_beats_every_way_in(form, coordinator, investigator, monitor, manager, level, sentence):
    query = actions.open_query(form, by=monitor, at=timezone.now(), text="Sure?", path="sex")
    actions.close_query(query, by=monitor, at=timezone.now())
    actions.lock(targets(form)[level], by=manager, at=timezone.now())
    at = timezone.now()
    ways_in = [
        lambda: complete(form, WOMAN, by=coordinator, reasons={"sex": "Misread"}),
        lambda: actions.import_form(form, by=coordinator, at=at, answers={}, based_on=1, key="k", complete=True),
        lambda: actions.mark_not_done(form, by=coordinator, at=at, reason="Because"),
        lambda: actions.open_query(form, by=monitor, at=at, text="Sure?"),
        lambda: actions.reopen_query(query, by=monitor, at=at, text="Sure?"),
        lambda: actions.sign_form(form, by=investigator, at=at),
        lambda: actions.verify_items(form, by=monitor, at=at, paths=["sex"]),
        lambda: actions.review_form(form, by=manager, at=at),
    ]

    for way_in in ways_in:
        with pytest.raises(Refusal) as refused:
            way_in()
        assert str(refused.value) == sentence


@pytest.mark.parametrize("level", ["form", "visit", "subject", "site", "trial"])
def test_a_freeze_stops_entry_while_cleaning_goes_on(form, coordinator, investigator, monitor, manager, level):
    actions.lock(targets(form)[level], by=manager, at=timezone.now(), kind=LockKind.FREEZE)

    with pytest.raises(Refusal, match="is frozen"):
        complete(form, WOMAN, by=coordinator, reasons={"sex": "Misread"})
    actions.verify_items(form, by=monitor, at=timezone.now(), paths=["sex"])
    actions.sign_form(form, by=investigator, at=timezone.now())


def test_a_locked_site_takes_no_subject_and_no_form(form, coordinator, manager):
    actions.lock(form.site, by=manager, at=timezone.now())

    with pytest.raises(Refusal, match="This site is locked"):
        a_subject(coordinator)
    with pytest.raises(Refusal, match="This site is locked"):
        actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=None, crf="PT")


def test_the_lock_of_one_form_leaves_the_next_one_open(form, coordinator, manager):
    actions.lock(form, by=manager, at=timezone.now())
    other = the_form(form.subject, "MH", by=coordinator)

    assert save(other, {"taken_on": "2025-03-03"}, by=coordinator).version == 1


def test_nothing_is_locked_twice(form, manager):
    actions.lock(form, by=manager, at=timezone.now())

    day = day_in_words(day_at(form.site, timezone.now()).isoformat())
    with pytest.raises(Refusal) as refused:
        actions.lock(form, by=manager, at=timezone.now())
    assert said(refused.value.sentence) == f"This is done already: {manager.name} locked it on {day}, and that stands."


def test_a_coordinator_locks_nothing(form, coordinator):
    with pytest.raises(Refusal, match="freeze, lock and unlock"):
        actions.lock(form, by=coordinator, at=timezone.now())


def test_a_form_is_unlocked_by_one_person_with_a_reason(form, coordinator, manager):
    made = actions.lock(form, by=manager, at=timezone.now())

    with pytest.raises(Refusal, match="Say why it is lifted"):
        actions.unlock(made, by=manager, at=timezone.now(), reason=" ")
    actions.unlock(made, by=manager, at=timezone.now(), reason="Late laboratory report")

    corrected(form, coordinator)
    assert events_of(form.subject, by=manager)[-2].reason == "Late laboratory report"


def test_what_was_lifted_is_not_lifted_again(form, manager):
    made = actions.lock(form, by=manager, at=timezone.now())
    actions.unlock(made, by=manager, at=timezone.now(), reason="Late report")

    with pytest.raises(Refusal, match="This was lifted already"):
        actions.unlock(made, by=manager, at=timezone.now(), reason="Late report")


def test_a_site_is_locked_under_its_own_stream_and_seen_only_there(form, manager, coordinator):
    actions.lock(form.site, by=manager, at=timezone.now())

    with as_actor(coordinator):
        assert Lock.objects.count() == 1
    with as_actor(a_coordinator()):
        assert Lock.objects.count() == 0


# --- the grid -------------------------------------------------------------------------------------------------


def test_the_grid_tells_what_is_said_about_each_form(form, coordinator, investigator, monitor, manager):
    actions.verify_items(form, by=monitor, at=timezone.now(), paths=["birth_date", "sex"])
    actions.sign_form(form, by=investigator, at=timezone.now())
    actions.open_query(form, by=monitor, at=timezone.now(), text="Sure?")
    actions.lock(form.visit, by=manager, at=timezone.now(), kind=LockKind.FREEZE)

    with as_actor(coordinator):
        cells = {cell.crf: cell for cell in grid([form.subject], user=coordinator)[form.subject.pk]}

    dm, icf = cells["DM"], cells["ICF"]
    assert (dm.state, dm.is_signed, dm.is_verified, dm.is_reviewed) == ("complete", True, True, False)
    assert (dm.open_queries, dm.answered_queries, dm.held) == (1, 0, LockKind.FREEZE)
    assert (icf.state, icf.is_signed, icf.open_queries, icf.held) == ("not started", False, 0, None)


def test_the_grid_asks_the_same_for_one_subject_and_for_five(coordinator, django_assert_num_queries):
    subjects = [a_subject(coordinator) for _ in range(5)]
    with as_actor(coordinator):
        coordinator.site_ids()
        with django_assert_num_queries(2):
            grid(subjects[:1], user=coordinator)
        with django_assert_num_queries(2):
            assert len(grid(subjects, user=coordinator)) == 5


def test_a_demography_form_has_no_query_of_its_own(coordinator):
    form = the_form(a_subject(coordinator), "DM", by=coordinator)
    complete(form, DEMOGRAPHY, by=coordinator)

    assert queries_on(form, by=coordinator) == []
    with as_actor(coordinator):
        assert Form.objects.filter(pk=form.pk, state="complete").exists()
