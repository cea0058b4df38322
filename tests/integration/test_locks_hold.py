"""A lock holds against every way in: the page, what is sent past it, import, command, and SQL as the application itself."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from audit.decision import YES, Refusal
from audit.door import action, as_actor, record
from casebook import actions
from casebook.models import Form, Lock
from casebook.rules.locks import WORDS
from casebook.states import LockKind, LockLevel
from tests.casebook_ground import (
    VITALS,
    WOMAN,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_monitor,
    again,
    answered,
    complete,
    the_form,
)
from tests.integration.test_entry_pages import browser_of, post, text_of
from tests.lock_ground import nothing_stands_against

pytestmark = pytest.mark.django_db
LEVELS = [level.value for level in LockLevel]


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def manager():
    return a_data_manager()


@pytest.fixture
def form(coordinator):
    return a_complete_form(coordinator)


def held(form, level, kind, *, by):
    """Set a lock as the action does, whatever its preconditions: what is tried here is what it holds."""
    covers = {
        "form": {"site_id": form.site_id, "subject_id": form.subject_id, "form_id": form.pk},
        "visit": {"site_id": form.site_id, "subject_id": form.subject_id, "visit_id": form.visit_id},
        "subject": {"site_id": form.site_id, "subject_id": form.subject_id},
        "site": {"site_id": form.site_id},
        "trial": {},
    }
    at = timezone.now()
    with as_actor(by):
        made = Lock.objects.create(kind=kind, level=level, set_at=at, set_by=by, **covers[level])
        record(f"casebook.{level}.locked", site=made.site_id, stream="" if made.site_id else "casebook", by=by, at=at)
    return made


def sql_refused(by, statement, *values):
    """Run a statement as the application role and return with which code and sentence the database refuses it."""
    with as_actor(by), pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return refused.value.__cause__.pgcode, refused.value.__cause__.diag.message_primary


@pytest.mark.parametrize("level", LEVELS)
def test_sql_as_the_application_role_writes_nothing_under_a_lock(form, coordinator, manager, level):
    query = actions.open_query(form, by=a_monitor(form.site), at=timezone.now(), text="Sure?", path="sex")
    actions.verify_items(form, by=a_monitor(form.site), at=timezone.now(), paths=["sex"])
    held(form, level, LockKind.LOCK, by=manager)
    said = ("EDC01", WORDS[LockKind.LOCK, LockLevel(level)])
    writes = [
        ("UPDATE casebook_form SET answers = '{}' WHERE id = %s", form.pk),
        ("UPDATE casebook_form SET state = 'in progress' WHERE id = %s", form.pk),
        ("UPDATE casebook_query SET state = 'closed' WHERE id = %s", query.pk),
        ("INSERT INTO casebook_querymessage (id, state, text, said_at, query_id, said_by_id, site_id)"
         " SELECT gen_random_uuid(), state, 'x', now(), id, opened_by_id, site_id FROM casebook_query WHERE id = %s",
         query.pk),
        ("UPDATE casebook_verification SET fallen_at = now(), fallen_by_id = verified_by_id WHERE form_id = %s",
         form.pk),
        ("INSERT INTO casebook_review (id, version, reviewed_at, form_id, reviewed_by_id, site_id, subject_id)"
         " SELECT gen_random_uuid(), version, now(), id, entered_by_id, site_id, subject_id FROM casebook_form"
         " WHERE id = %s", form.pk),
        ("INSERT INTO accounts_signature (id, printed_name, meaning, signed_at, about_kind, about_id, content_hash,"
         " subject_id, form_version, signer_id, site_id) SELECT gen_random_uuid(), 'N', 'M', now(), 'form', id,"
         " repeat('0', 64), subject_id, version, entered_by_id, site_id FROM casebook_form WHERE id = %s", form.pk),
    ]  # fmt: skip
    if level != "form":
        writes.append(("UPDATE casebook_visit SET target_on = '2030-01-01' WHERE id = %s", form.visit_id))
    if level not in ("form", "visit"):
        writes.append(("UPDATE casebook_subject SET stage = 'withdrawn' WHERE id = %s", form.subject_id))

    for statement, key in writes:
        assert sql_refused(coordinator, statement, str(key)) == said, statement


@pytest.mark.parametrize("level", LEVELS)
def test_a_freeze_keeps_answers_and_attendance_and_lets_cleaning_go_on(form, coordinator, manager, level):
    query = actions.open_query(form, by=a_monitor(form.site), at=timezone.now(), text="Sure?", path="sex")
    held(form, level, LockKind.FREEZE, by=manager)
    said = ("EDC01", WORDS[LockKind.FREEZE, LockLevel(level)])

    assert sql_refused(coordinator, "UPDATE casebook_form SET answers = '{}' WHERE id = %s", str(form.pk)) == said
    if level != "form":
        missed = "UPDATE casebook_visit SET state = 'missed', reason = 'x' WHERE id = %s"
        assert sql_refused(coordinator, missed, str(form.visit_id)) == said
    assert actions.answer_query(query, by=coordinator, at=timezone.now(), text="Yes").state == "answered"


@pytest.mark.parametrize("kind", LockKind)
@pytest.mark.parametrize("level", [level for level in LEVELS if level != "form"])
def test_no_form_is_added_under_a_freeze_or_lock_and_the_page_says_why(form, coordinator, manager, level, kind):
    held(form, level, kind, by=manager)
    subject, at, said = form.subject, timezone.now(), WORDS[kind, LockLevel(level)]
    page = browser_of(coordinator).get(reverse("casebook", args=[subject.pk])).content.decode()

    with pytest.raises(Refusal, match=said):
        actions.add_form(subject, by=coordinator, at=at, visit=form.visit, crf="HE")
    assert page.count(f'<p class="reason">{said}</p>') == 1
    assert f'name="visit" value="{form.visit_id}"' not in page

    if level == "visit":
        assert actions.add_form(subject, by=coordinator, at=at, visit=None, crf="PT").state == "not started"
    else:
        with pytest.raises(Refusal, match=said):
            actions.add_form(subject, by=coordinator, at=at, visit=None, crf="PT")


@pytest.mark.parametrize("level", ["form", "trial"])
def test_page_import_api_command_and_sql_all_find_it_locked(form, coordinator, manager, level):
    held(form, level, LockKind.LOCK, by=manager)
    sentence = WORDS[LockKind.LOCK, LockLevel(level)]
    client, before = browser_of(coordinator), again(form, by=coordinator).answers

    page = post(client, form, WOMAN)
    api = client.put(f"/api/v1/forms/{form.pk}/", {"answers": {}}, content_type="application/json")
    with pytest.raises(Refusal) as imported:
        actions.import_form(
            form, by=coordinator, at=timezone.now(), answers=answered("DM", WOMAN), based_on=1, key="k", complete=True
        )
    with pytest.raises(Refusal) as commanded:
        written_by_a_command(form, by=coordinator, at=timezone.now())
    code, said = sql_refused(coordinator, "DELETE FROM casebook_form WHERE id = %s", str(form.pk))

    assert (page.status_code, sentence in text_of(page)) == (409, True)
    assert api.status_code in (401, 403, 404, 405)
    assert (str(imported.value), str(commanded.value)) == (sentence, sentence)
    # What the role may not do at all is refused before anybody asks for a lock.
    assert code in ("42501", "EDC01"), said
    assert again(form, by=coordinator).answers == before


def may_anything(user, form):
    """Ask no rule: a command written by somebody who forgot to."""
    return YES


@action(may_anything)
def written_by_a_command(form, *, by, at):
    """Write past every rule, as a careless command would."""
    Form.objects.filter(pk=form.pk).update(answers={}, version=9)
    record("test.command", subject=form.subject, by=by, at=at)


def test_a_locked_site_takes_no_row_of_any_kind_by_sql(form, coordinator, manager):
    held(form, "site", LockKind.LOCK, by=manager)
    said = ("EDC01", WORDS[LockKind.LOCK, LockLevel.SITE])
    adds = [
        "INSERT INTO casebook_subject (id, sequence, number, stage, synthetic, added_at, added_by_id, site_id)"
        " SELECT gen_random_uuid(), 999, number || 'x', stage, false, now(), added_by_id, site_id FROM casebook_subject"
        " WHERE id = %s",
        "INSERT INTO casebook_visit (id, code, repeat, state, reason, cancelled_because, site_id, subject_id)"
        " SELECT gen_random_uuid(), 'UNS', 1, 'open', '', '', site_id, id FROM casebook_subject WHERE id = %s",
        "INSERT INTO casebook_form (id, crf, repeat, state, version, answers, last_row, not_done_reason,"
        " protocol_version, site_id, subject_id) SELECT gen_random_uuid(), 'AE', 1, 'not started', 0, '{}', 0, '', '1',"
        " site_id, id FROM casebook_subject WHERE id = %s",
    ]

    for statement in adds:
        assert sql_refused(coordinator, statement, str(form.subject_id)) == said


def test_what_is_lifted_holds_no_more_and_a_neighbour_never_was_held(form, coordinator, manager, monkeypatch):
    nothing_stands_against(monkeypatch)
    made = actions.lock(form, by=manager, at=timezone.now())
    neighbour = the_form(form.subject, "VS", by=coordinator)
    assert complete(neighbour, VITALS, by=coordinator).version == 1

    actions.unlock(made, by=manager, at=timezone.now(), reason="Late report")

    assert complete(form, WOMAN, by=coordinator, reasons={"sex": "Misread"}).version == 2


def test_the_database_says_the_rules_own_sentence_at_every_level(form, coordinator, manager):
    for kind in LockKind:
        for level in LEVELS:
            made = held(form, level, kind, by=manager)
            said = sql_refused(coordinator, "UPDATE casebook_form SET version = 9 WHERE id = %s", str(form.pk))
            assert said == ("EDC01", WORDS[kind, LockLevel(level)])
            with as_actor(manager):
                at = timezone.now()
                Lock.objects.filter(pk=made.pk).update(lifted_at=at, lifted_by=manager, lift_reason="x")
                stream = "" if made.site_id else "casebook"
                record("casebook.test.lifted", site=made.site_id, stream=stream, by=manager, at=at)
