"""What the database refuses: the walls hold without the application's help."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, transaction

from audit import as_actor, record
from scripts.embedded_postgres import ROOT
from tests.audit_ground import (
    COORDINATOR,
    ELSEWHERE,
    MONITOR,
    Form,
    a_form,
    add_form,
    add_subject,
    app,
    laid_out,
    new_id,
    now,
    save_form,
    state_of,
)

FORBIDDEN = "42501"


@pytest.fixture(scope="module")
def ground(module_db, postgres):
    with laid_out(postgres, module_db) as ground:
        yield ground


@pytest.fixture
def form(ground):
    return a_form(bilirubin="1.10")


def refused(sql, parameters=None):
    """Return the SQLSTATE with which the database refuses this to a coordinator of site 1, event included."""
    with pytest.raises(DatabaseError) as caught, as_actor(COORDINATOR):
        app(sql, parameters)
        record("ground.attack", stream="system", by=COORDINATOR, at=now())
    return state_of(caught.value)


def test_a_write_without_an_actor_is_refused(form):
    with pytest.raises(ProgrammingError, match="row-level security"):
        app("INSERT INTO ground_form VALUES (%s, %s, 1, '{}')", [new_id(), form.subject_id])


def test_a_row_no_site_guards_is_refused_without_an_actor_too(ground):
    with pytest.raises(ProgrammingError, match="Nobody is acting: INSERT of ground_laboratory is refused"):
        app("INSERT INTO ground_laboratory (name) VALUES ('A')")


def test_an_update_without_an_actor_finds_no_row(ground, form):
    app("UPDATE ground_form SET answers = '{}'")

    assert ground.owner(f"SELECT answers FROM ground_form WHERE id = '{form.pk}'") == [({"bilirubin": "1.10"},)]


def test_a_change_without_an_event_is_refused_at_commit(form):
    with (
        pytest.raises(IntegrityError, match=f"No event says who changed ground_form {form.pk} and why"),
        as_actor(COORDINATOR),
    ):
        app("UPDATE ground_form SET answers = '{}' WHERE id = %s", [form.pk])

    with as_actor(COORDINATOR):
        assert Form.objects.get(pk=form.pk).answers == {"bilirubin": "1.10"}


def test_an_event_before_the_change_does_not_cover_it(form):
    with pytest.raises(IntegrityError, match="No event says"), as_actor(COORDINATOR):
        record("ground.early", stream="system", by=COORDINATOR, at=now())
        app("UPDATE ground_form SET answers = '{}' WHERE id = %s", [form.pk])


def test_constraints_made_immediate_refuse_all_the_sooner(form):
    with pytest.raises(IntegrityError, match="No event says"), as_actor(COORDINATOR):
        app("SET CONSTRAINTS ALL IMMEDIATE")
        app("UPDATE ground_form SET answers = '{}' WHERE id = %s", [form.pk])


def test_old_and_new_are_kept_as_text_with_their_zeros(form):
    save_form(form, by=COORDINATOR, at=now(), answers={"bilirubin": "1.1"})

    with as_actor(COORDINATOR):
        old, new = app("SELECT old, new FROM audit_change WHERE row_id = %s ORDER BY id DESC LIMIT 1", [str(form.pk)])[
            0
        ]
    assert '"bilirubin": "1.10"' in old
    assert '"bilirubin": "1.1"' in new


def test_a_column_left_out_is_neither_recorded_nor_asks_for_an_event(form):
    with as_actor(COORDINATOR):
        app("UPDATE ground_form SET seen_at = now() WHERE id = %s", [form.pk])
        changes = app("SELECT operation, new FROM audit_change WHERE row_id = %s", [str(form.pk)])

    assert [operation for operation, _ in changes] == ["INSERT"]
    assert "seen_at" not in changes[0][1]


def test_a_row_of_another_site_is_neither_seen_nor_written(form):
    with as_actor(ELSEWHERE):
        assert not Form.objects.exists()
        assert app("SELECT count(*) FROM audit_event WHERE site_id = 1") == [(0,)]
        assert app("SELECT count(*) FROM audit_change WHERE site_id = 1") == [(0,)]

    assert refused("INSERT INTO ground_subject VALUES (%s, 2, false)", [new_id()]) == FORBIDDEN
    assert refused("UPDATE ground_form SET site_id = 2 WHERE id = %s", [form.pk]) == FORBIDDEN


def test_without_an_actor_no_part_of_the_trail_is_seen(form):
    assert app("SELECT count(*) FROM audit_event") == [(0,)]
    assert app("SELECT count(*) FROM audit_change") == [(0,)]


def test_a_draft_is_seen_by_its_owner_alone(ground):
    with as_actor(COORDINATOR):
        app("INSERT INTO ground_draft (owner_id, typed) VALUES (%s, 'half a word')", [COORDINATOR.actor_id])

    with as_actor(MONITOR):
        assert app("SELECT typed FROM ground_draft") == []
    with as_actor(COORDINATOR):
        assert app("SELECT typed FROM ground_draft") == [("half a word",)]


FORGED = (
    "INSERT INTO audit_change (txid, actor_id, table_name, row_id, operation, recorded_at)"
    " VALUES (pg_current_xact_id(), 'person-2', 'ground_form', 'x', 'UPDATE', now())"
)
BORROWED = (
    "CREATE TEMP TABLE ground_form (id text); CREATE TRIGGER forge AFTER INSERT ON pg_temp.ground_form"
    " FOR EACH ROW EXECUTE FUNCTION public.audit_record_change('id', '', '')"
)
ATTACKS = {
    "forge a change": FORGED,
    "forge a change with the trigger of a table of its own": BORROWED,
    "choose the number of an event": (
        "INSERT INTO audit_event (stream, sequence, at, kind, reason, facts, message, english, protocol)"
        " VALUES ('system', 1, now(), 'x', '', '{}', '', '', '')"
    ),
    "choose the actor of an event": (
        "INSERT INTO audit_event (stream, actor_id, at, kind, reason, facts, message, english, protocol)"
        " VALUES ('system', 'person-2', now(), 'x', '', '{}', '', '', '')"
    ),
    "record an event of another site": (
        "INSERT INTO audit_event (stream, site_id, at, kind, reason, facts, message, english, protocol)"
        " VALUES ('site:2', 2, now(), 'x', '', '{}', '', '', '')"
    ),
    "update a change": "UPDATE audit_change SET new = '{}'",
    "update an event": "UPDATE audit_event SET reason = ''",
    "update a seal": "UPDATE audit_seal SET text = ''",
    "delete changes": "DELETE FROM audit_change",
    "delete events": "DELETE FROM audit_event",
    "delete seals": "DELETE FROM audit_seal",
    "truncate changes": "TRUNCATE audit_change",
    "truncate events": "TRUNCATE audit_event CASCADE",
    "turn the numbers back": "SELECT setval('audit_event_id_seq', 1)",
    "alter the trail": "ALTER TABLE audit_event DROP COLUMN reason",
    "drop the trail": "DROP TABLE audit_event",
    "switch off a trigger": "ALTER TABLE ground_form DISABLE TRIGGER ALL",
    "switch off all triggers": "SET session_replication_role = replica",
    "drop the wall": "DROP POLICY sites ON ground_form",
    "lower the wall": "ALTER TABLE ground_form DISABLE ROW LEVEL SECURITY",
    "replace the trigger": (
        "CREATE OR REPLACE FUNCTION public.audit_record_change() RETURNS trigger LANGUAGE sql AS $$ SELECT 1 $$"
    ),
    "become the owner": "SET ROLE edc_owner",
    "make a table": "CREATE TABLE public.side_door (id int)",
    "delete a clinical row": "DELETE FROM ground_form",
    "truncate a clinical table": "TRUNCATE ground_form",
    "rewrite a signature": "UPDATE ground_signature SET meaning = 'x'",
    "delete a signature": "DELETE FROM ground_signature",
    "delete reference data": "DELETE FROM ground_laboratory",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_application_role_cannot(form, attack):
    assert refused(ATTACKS[attack]) == FORBIDDEN


@pytest.mark.parametrize("table", ["audit_change", "audit_event", "audit_seal", "ground_signature"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_even_the_owner_is_refused_to_rewrite_what_only_grows(ground, form, table, verb):
    column = {"audit_seal": "text", "ground_signature": "meaning"}.get(table, "txid")
    with pytest.raises(DatabaseError) as caught:
        try:
            ground.owner(verb.format(table, column, column))
        except Exception as error:
            raise DatabaseError(str(error)) from error

    assert "only grows" in str(caught.value)


def test_clinical_tables_are_not_truncated_even_by_the_owner(ground):
    with pytest.raises(Exception, match="only grows: TRUNCATE is refused"):
        ground.owner("TRUNCATE ground_form")


def test_the_key_of_a_row_never_changes(form):
    with pytest.raises(IntegrityError, match="The key of a row of ground_form never changes"), as_actor(COORDINATOR):
        app("UPDATE ground_form SET id = %s WHERE id = %s", [new_id(), form.pk])


def test_a_lowered_time_zone_or_search_path_does_not_reach_the_trail(ground, form):
    with as_actor(COORDINATOR):
        app(
            "SET LOCAL timezone = 'Asia/Shanghai'; SET LOCAL search_path = pg_temp; SET LOCAL intervalstyle = 'iso_8601'"
        )
        app('UPDATE public.ground_form SET answers = \'{"ecog": "1"}\' WHERE id = %s', [form.pk])
        app("SET LOCAL search_path = public")
        record("ground.form.saved", stream="system", by=COORDINATOR, at=now())

    assert ground.faults() == []


@pytest.mark.parametrize(("minutes", "accepted"), [(-4, True), (4, True), (-6, False), (6, False)])
def test_a_real_moment_is_within_five_minutes_of_the_clock(ground, minutes, accepted):
    def happened():
        with as_actor(COORDINATOR):
            record("ground.visit", stream="system", by=COORDINATOR, at=now() + timedelta(minutes=minutes))

    if accepted:
        happened()
    else:
        with pytest.raises(IntegrityError, match="only synthetic subjects and imports may be so"):
            happened()


def test_a_synthetic_subject_lives_at_another_time_and_its_events_say_so(ground):
    long_ago = now() - timedelta(days=400)

    subject = add_subject(None, by=COORDINATOR, at=long_ago, synthetic=True)
    add_form(subject, by=COORDINATOR, at=long_ago, answers={})

    with as_actor(COORDINATOR):
        facts = app("SELECT facts FROM audit_event WHERE subject_id = %s ORDER BY sequence", [subject.pk])
    assert facts[0] == ('{"moment":"synthetic"}',)
    assert '"moment":"synthetic"' in facts[1][0]


def test_an_import_says_that_its_moment_is_another(ground):
    with as_actor(COORDINATOR, moment="import"):
        recorded = record("ground.imported", stream="system", by=COORDINATOR, at=now() - timedelta(days=9))
        facts = app("SELECT facts FROM audit_event WHERE id = %s", [recorded.id])

    assert facts == [('{"moment":"import"}',)]


def test_changes_made_as_somebody_else_are_not_covered_in_passing(form):
    with pytest.raises(IntegrityError, match="record it before acting as another"), as_actor(COORDINATOR):
        app("UPDATE ground_form SET answers = '{}' WHERE id = %s", [form.pk])
        with as_actor(MONITOR):
            record("ground.form.read", stream="system", by=MONITOR, at=now())


def test_an_event_of_a_subject_has_a_site(ground):
    with (
        pytest.raises(IntegrityError, match="audit_event_has_kind_and_stream_and_a_subject_its_site"),
        as_actor(COORDINATOR),
    ):
        app(
            "INSERT INTO audit_event (stream, subject_id, at, kind, reason, facts, message, english, protocol)"
            " VALUES ('subject:x', %s, now(), 'x', '', '{}', '', '', '')",
            [new_id()],
        )


def test_two_transactions_on_one_stream_wait_for_each_other(ground):
    numbers = []
    for _ in range(3):
        with transaction.atomic(), as_actor(COORDINATOR):
            numbers.append(record("ground.turn", stream="turns", by=COORDINATOR, at=now()).sequence)

    assert numbers == [1, 2, 3]


def test_the_database_hashes_as_the_published_vector_says(ground):
    vector = (ROOT / "docs" / "audit.md").read_text()
    event, kept = re.search(r"^event +(.+)\nhash +(\w{64})$", vector, re.MULTILINE).groups()
    fields = json.loads(event)

    with as_actor(COORDINATOR):
        made = app(
            f"SELECT encode(sha256(convert_to(json_build_array({', '.join(['%s::text'] * len(fields))})::text, 'UTF8')), 'hex')",
            fields,
        )

    assert made == [(kept,)]


@pytest.mark.parametrize(
    "text", ['"', "\\", "\n\t\r\b\f\x01\x1f\x7f", "肝 𠮷 → \u2028", "é vs e\u0301", "</script>", "''"]
)
def test_every_kind_of_text_is_hashed_alike_by_database_and_verifier(ground, text):
    with as_actor(COORDINATOR):
        record("ground.said", stream="words", by=COORDINATOR, at=now(), reason=text, facts={"said": text})

    assert ground.faults() == []
