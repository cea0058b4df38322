"""Tampering is shown: verify_audit and the stand-alone verifier name what somebody did behind the trail's back."""

from __future__ import annotations

import ast
import json
import re
import runpy
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from audit import as_actor, trail
from audit.export import export
from audit.findings import Fault
from audit.keys import NoSealKey, make_key, public_key
from audit.sealing import SealsDisagree, files, seal
from scripts.embedded_postgres import ROOT
from tests.audit_ground import COORDINATOR, Form, Ground, a_form, laid_out, now, save_form

VERIFIER = ROOT / "scripts" / "verify_audit_export.py"


@pytest.fixture
def ground(committing_db, postgres):
    with laid_out(postgres, committing_db) as ground:
        yield ground


@pytest.fixture(scope="module")
def key_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("key") / "seal.key"
    make_key(path)
    return path


@pytest.fixture
def keys(key_file):
    return [public_key(key_file.with_name("seal.key.pub"))]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "seals"


@dataclass(frozen=True)
class Story:
    """Two forms with a history, sealed twice, and one save after the last seal; told after what migrations recorded."""

    first: Form
    second: Form
    events_before: int
    changes_before: int


def numbered(text: str, story: Story) -> str:
    """Replace E5 and C5, the fifth event and change of the story, by their ids."""
    before = {"E": story.events_before, "C": story.changes_before}
    return re.sub(r"\b([EC])(\d)\b", lambda found: str(before[found[1]] + int(found[2])), text)


def told(ground, folder, key_file):
    """Walk the story: two forms, a seal, two saves, a seal, one save."""
    before = ground.verified()
    first, second = a_form(ecog="0"), a_form(ecog="1")
    seal(folder=folder, key_file=key_file)
    for answer in ("2", "3"):
        save_form(first, by=COORDINATOR, at=now(), answers={"ecog": answer})
    seal(folder=folder, key_file=key_file)
    save_form(second, by=COORDINATOR, at=now(), answers={"ecog": "4"})
    connection.close()
    return Story(first, second, before.events, before.changes)


@pytest.fixture
def forms(ground, folder, key_file):
    return told(ground, folder, key_file)


TOUCHED = ("audit_event", "audit_change", "audit_seal", "audit_sealed_head", "ground_subject", "ground_form")


@dataclass(frozen=True)
class Scene:
    """The story in a database that many attacks share, each undone by its test."""

    ground: Ground
    story: Story
    base: Path

    @property
    def seals(self) -> Path:
        """Return the folder of its seals."""
        return self.base / "seals"

    def set_back(self) -> None:
        """Undo whatever was done to the rows."""
        undo = (f"DELETE FROM {t}; INSERT INTO {t} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{t};" for t in TOUCHED)
        self.ground.superuser("".join(undo))


@pytest.fixture(scope="module")
def scene(module_db, postgres, key_file, tmp_path_factory):
    base = tmp_path_factory.mktemp("scene")
    with laid_out(postgres, module_db) as ground:
        story = told(ground, base / "seals", key_file)
        export(base / "export", using="owner")
        ground.owner("".join(f"CREATE TABLE kept_{table} AS SELECT * FROM {table};" for table in TOUCHED))
        ground.owner("ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_number_check")
        yield Scene(ground, story, base)


def test_an_untouched_trail_is_whole(ground, forms, folder, keys):
    report = ground.verified(folder, keys)

    assert report.findings.sentences == []
    assert (report.events - forms.events_before, report.changes - forms.changes_before, report.seals) == (7, 7, 2)
    assert report.notes == []


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_trail_is_whole_however_many_rows_are_read_at_once(scene, keys, monkeypatch, rows):
    whole = scene.ground.verified(scene.seals, keys)
    monkeypatch.setattr(trail, "AT_ONCE", rows)

    report = scene.ground.verified(scene.seals, keys)

    assert report.findings.sentences == whole.findings.sentences == []
    assert (report.events, report.changes, report.rows) == (whole.events, whole.changes, whole.rows)


def test_what_is_read_ahead_in_vain_does_no_harm(scene, monkeypatch):
    monkeypatch.setattr(trail, "AT_ONCE", 2)

    with trail.whole_trail("owner") as connection:
        events = trail.streamed(connection, trail.EVENTS_SQL, name="events")
        first = next(events)
        events.close()

        assert next(trail.streamed(connection, trail.EVENTS_SQL, name="events")) == first


# What a superuser does with all triggers asleep, and the sentence that names it.
EDITS = {
    "edit a row": (
        "UPDATE ground_form SET answers = '{\"ecog\": \"9\"}' WHERE answers ->> 'ecog' = '3'",
        r"ground_form \S+ differs from its history, which ends with change C6, in answers\.",
    ),
    "edit only the zeros of a value": (
        "UPDATE ground_form SET answers = '{\"ecog\": \"3.0\"}' WHERE answers ->> 'ecog' = '3'",
        r"ground_form \S+ differs from its history",
    ),
    "add a row": (
        "INSERT INTO ground_form SELECT gen_random_uuid(), id, site_id, '{}' FROM ground_subject LIMIT 1",
        r"ground_form \S+ stands in the table but was never recorded\.",
    ),
    "delete a row": (
        "DELETE FROM ground_form WHERE answers ->> 'ecog' = '3'",
        r"ground_form \S+ was recorded by change C6 but is missing from the table\.",
    ),
    "move a row to another site": (
        "UPDATE ground_form SET site_id = 2 WHERE answers ->> 'ecog' = '3'",
        r"differs from its history, which ends with change C6, in site_id\.",
    ),
    "edit what a change says": (
        "UPDATE audit_change SET new = replace(new, '\"2\"', '\"1\"') WHERE id = C5",
        r"Event E5 covers change C5 of its transaction, which are not what was hashed\.",
    ),
    "edit who made a change": ("UPDATE audit_change SET actor_id = 'x' WHERE id = C5", r"Event E5 covers change C5"),
    "edit when a change was made": (
        "UPDATE audit_change SET recorded_at = recorded_at + interval '1 microsecond' WHERE id = C5",
        r"Event E5 covers change C5",
    ),
    "edit a row and its change": (
        "UPDATE audit_change SET new = replace(new, '\"3\"', '\"9\"') WHERE id = C6;"
        "UPDATE ground_form SET answers = '{\"ecog\": \"9\"}' WHERE answers ->> 'ecog' = '3'",
        r"Event E6 covers change C6",
    ),
    "delete a change": ("DELETE FROM audit_change WHERE id = C5", r"Event E5 covers change C5"),
    "add a change": (
        "INSERT INTO audit_change OVERRIDING SYSTEM VALUE SELECT 99, txid, actor_id, table_name, row_id, operation,"
        " site_id, old, new, recorded_at FROM audit_change WHERE id = C7",
        r"Change 99 is covered by no event\.",
    ),
    "edit the reason of an event": (
        "UPDATE audit_event SET reason = 'Better.' WHERE id = E5",
        r"Event E5, number 3 of subject:\S+, is not what was hashed\.",
    ),
    "edit the actor of an event": (
        "UPDATE audit_event SET actor_name = 'X' WHERE id = E5",
        r"Event E5, .* not what was",
    ),
    "edit the time of an event": (
        "UPDATE audit_event SET at = at - interval '1 day' WHERE id = E5",
        r"Event E5, .* is not what was hashed",
    ),
    "move an event to another site": ("UPDATE audit_event SET site_id = 2 WHERE id = E5", r"Event E5, .* not what was"),
    "edit the words of an event": ("UPDATE audit_event SET english = 'X' WHERE id = E5", r"Event E5, .* not what was"),
    "edit a null into an empty text": (
        "UPDATE audit_event SET first_change = 0 WHERE id = E5",
        r"Event E5, .* is not what was hashed",
    ),
    "swap the hashes of two events": (
        "UPDATE audit_event e SET hash = o.hash FROM audit_event o WHERE (e.id, o.id) IN ((E5, E6), (E6, E5))",
        r"Event E5, number 3 of subject:\S+, is not what was hashed\.",
    ),
    "delete an event in the middle": (
        "DELETE FROM audit_event WHERE id = E5",
        r"Event E6 of subject:\S+ has number 4, expected 3\.",
    ),
    "delete an event in the middle and number anew": (
        "DELETE FROM audit_event WHERE id = E5; UPDATE audit_event SET sequence = 3 WHERE id = E6",
        r"Event E6, number 3 of subject:\S+, is not what was hashed\.",
    ),
    "insert an event": (
        "INSERT INTO audit_event SELECT 99, txid, stream, 9, recorded_at, at, actor_id, actor_name, actor_role, kind,"
        " subject_id, site_id, reason, facts, message, english, protocol, request_id, hash_version, first_change,"
        " last_change, changes_digest, previous_hash, hash FROM audit_event WHERE id = E7",
        r"Event 99 of subject:\S+ has number 9, expected 4\.",
    ),
    "cut the end of a sealed stream, rows and changes too": (
        "DELETE FROM audit_event WHERE id = E6; DELETE FROM audit_change WHERE id = C6;"
        "UPDATE ground_form SET answers = '{\"ecog\": \"2\"}' WHERE answers ->> 'ecog' = '3'",
        r"Seal 2 knows event 4 of subject:\S+, which now ends at 3\.",
    ),
    "delete a whole stream": (
        "DELETE FROM audit_event WHERE stream = (SELECT stream FROM audit_event WHERE id = E5)",
        r"Seal 1 knows event 2 of subject:\S+, which now ends at 0\.",
    ),
    "delete the events after the last seal": (
        "DELETE FROM audit_event WHERE id = E7",
        r"Change C7 is covered by no event",
    ),
    "edit a seal": (
        "UPDATE audit_seal SET text = replace(text, 'subject', 'object') WHERE number = 2",
        r"Seal 2 is not what was signed\.",
    ),
    "sign with another key": (
        "UPDATE audit_seal SET signature = repeat('00', 64) WHERE number = 2",
        r"Seal 2 is not what",
    ),
    "name another key": ("UPDATE audit_seal SET key_id = 'x' WHERE number = 2", r"Seal 2 is signed with the key x"),
    "delete the first seal": ("DELETE FROM audit_seal WHERE number = 1", r"Seal 2 follows seal 0: seals are missing"),
    "delete the last seal": ("DELETE FROM audit_seal WHERE number = 2", r"Seal 2 stands outside but not in the"),
    "swap two seals": (
        "UPDATE audit_seal SET number = -number; UPDATE audit_seal SET number = 3 + number",
        r"Seal 1 says of itself that it is seal 2\.",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_superuser_who_edits_behind_the_trail_is_named(scene, keys, proved, tmp_path, edit):
    sql, sentence = (numbered(text, scene.story) for text in EDITS[edit])
    scene.ground.superuser(sql)

    try:
        faults = scene.ground.faults(scene.seals, keys)
        export(tmp_path / "export", using="owner")
        status, said = proved(tmp_path / "export", scene.seals)
    finally:
        scene.set_back()

    assert any(re.search(sentence, fault) for fault in faults), faults
    assert status == 1
    assert "The trail is broken in" in said


def standalone(tmp_path, folder, key_file):
    """Export, and return status and words of the stand-alone verifier in a process of its own."""
    target = tmp_path / "export"
    export(target, using="owner")
    asked = [sys.executable, "-I", str(VERIFIER), str(target), "--key", str(key_file.with_name("seal.key.pub"))]
    done = subprocess.run([*asked, "--seals", str(folder)], capture_output=True, text=True, cwd="/")
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def proved(key_file, capsys, monkeypatch):
    """Run the stand-alone verifier here, without the price of a process; gives its status and words."""

    def prove(target, folder):
        key = str(key_file.with_name("seal.key.pub"))
        monkeypatch.setattr(sys, "argv", ["verify", str(target), "--key", key, "--seals", str(folder)])
        status = runpy.run_path(str(VERIFIER))["main"]()
        return status, capsys.readouterr().out

    return prove


def test_the_standalone_verifier_finds_an_untouched_export_whole(forms, folder, key_file, tmp_path):
    status, said = standalone(tmp_path, folder, key_file)

    assert status == 0
    assert re.fullmatch(r"Read \d+ events, \d+ changes, 2 seals, \d+ rows\.\nThe trail is whole\.\n", said)


def test_the_standalone_verifier_is_one_short_file_that_imports_nothing_of_ours():
    source = VERIFIER.read_text()
    tree = ast.parse(source)
    imported = {
        name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert len(source.splitlines()) <= 400
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


def edited(path: Path, edit) -> None:
    """Rewrite a file of JSON lines."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in edit(rows)))


def set_to(index, value):
    """Return an edit of one field of the third line."""

    def edit(rows):
        rows[2][index] = value
        return rows

    return edit


def swapped(rows):
    """Swap the last two lines."""
    return [*rows[:-2], rows[-1], rows[-2]]


PLANTED = {
    **{f"edit field {index} of an event": ("events", set_to(index, "999")) for index in range(24)},
    **{f"edit field {index} of a change": ("changes", set_to(index, "999")) for index in range(10)},
    "swap two events": ("events", swapped),
    "swap two changes": ("changes", swapped),
    "swap two seals": ("seals", swapped),
    "delete the last event": ("events", lambda rows: rows[:-1]),
    "delete the last change": ("changes", lambda rows: rows[:-1]),
    "delete the last seal": ("seals", lambda rows: rows[:-1]),
    "delete the first event": ("events", lambda rows: rows[1:]),
    "delete the first change": ("changes", lambda rows: rows[1:]),
    "delete the first seal": ("seals", lambda rows: rows[1:]),
    "delete a row": ("rows", lambda rows: rows[1:]),
    "insert an event twice": ("events", lambda rows: [*rows, rows[-1]]),
    "insert a change twice": ("changes", lambda rows: [*rows, rows[-1]]),
    "insert a seal twice": ("seals", lambda rows: [*rows, rows[-1]]),
    "insert a row": ("rows", lambda rows: [*rows, ["ground_form", "x", "{}"]]),
    "edit a row": ("rows", lambda rows: [[*rows[0][:2], rows[0][2].replace("1", "2")], *rows[1:]]),
    "empty everything": ("events", lambda rows: []),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_the_standalone_verifier_finds_a_planted_edit(scene, proved, tmp_path, plant):
    name, edit = PLANTED[plant]
    target = tmp_path / "export"
    shutil.copytree(scene.base / "export", target)
    edited(target / f"{name}.jsonl", edit)

    status, said = proved(target, scene.seals)

    assert status in (1, 2), said


def test_the_standalone_verifier_trusts_no_key_that_was_not_named(scene):
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(scene.base / "export")], capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "which you did not name" in done.stdout


def test_a_chain_recomputed_by_a_superuser_does_not_agree_with_its_seal(ground, forms, folder, keys):
    rewritten = (
        "UPDATE audit_event SET reason = 'Better.' WHERE id = E6;"
        "UPDATE audit_event SET hash = encode(sha256(convert_to(json_build_array('edc-event-1', stream, sequence::text,"
        " txid::text, audit_moment(recorded_at), audit_moment(at), actor_id, actor_name, actor_role, kind,"
        " subject_id::text, site_id::text, reason, facts, message, english, protocol, request_id, first_change::text,"
        " last_change::text, changes_digest, previous_hash)::text, 'UTF8')), 'hex') WHERE id = E6"
    )
    ground.superuser(numbered(rewritten, forms))

    faults = ground.faults(folder, keys)

    assert len(faults) == 1
    assert re.match(r"Event \d+, number 4 of subject:\S+, is not the one of seal 2\.", faults[0])


def test_an_old_copy_that_was_restored_is_shown_and_not_sealed_over(ground, forms, folder, keys, key_file):
    for table in ("audit_sealed_head", "audit_seal"):
        ground.superuser(f"DELETE FROM {table} WHERE number = 2")
    cut = "DELETE FROM audit_event WHERE id > E4; DELETE FROM audit_change WHERE id > C4"
    ground.superuser(numbered(cut, forms))

    with pytest.raises(SealsDisagree, match="holds seal 2, the database only seal 1: an older copy was restored"):
        seal(folder=folder, key_file=key_file)
    assert any("Seal 2 stands outside but not in the database" in fault for fault in ground.faults(folder, keys))


def test_two_databases_never_seal_into_one_folder(ground, forms, folder, key_file, tmp_path):
    other = files(folder)[-1]
    other.chmod(0o600)
    other.write_text(other.read_text().replace("2", "3"))

    with pytest.raises(SealsDisagree, match="differs from seal 2 of the database"):
        seal(folder=folder, key_file=key_file)


def test_a_seal_whose_file_was_lost_in_a_crash_is_written_by_the_next(ground, forms, folder, key_file):
    files(folder)[-1].unlink()

    seal(folder=folder, key_file=key_file)

    assert [path.name for path in files(folder)] == [f"seal-{number:010d}.json" for number in (1, 2, 3)]


def test_nothing_moved_is_nothing_to_seal(ground, forms, folder, key_file):
    assert seal(folder=folder, key_file=key_file) == 3
    assert seal(folder=folder, key_file=key_file) is None


def test_a_second_writer_does_nothing(ground, forms, folder, key_file):
    held = connections["owner"]
    with held.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7305349331)")
        assert seal(folder=folder, key_file=key_file) is None
        cursor.execute("SELECT pg_advisory_unlock(7305349331)")

    assert seal(folder=folder, key_file=key_file) == 3


def test_a_transaction_that_commits_late_is_sealed_by_the_next(ground, forms, folder, key_file, keys):
    late = connections["owner"]
    late.ensure_connection()
    with late.connection.cursor() as cursor:
        cursor.execute(
            "BEGIN; SET LOCAL edc.actor = 'system:late'; INSERT INTO audit_event (stream, at, kind, reason, facts,"
            " message, english, protocol) VALUES ('late', now(), 'late', '', '{}', '', '', '')"
        )
        assert seal(folder=folder, key_file=key_file) == 3
        cursor.execute("COMMIT")

    assert seal(folder=folder, key_file=key_file) == 4
    assert '"heads":[["late",1,' in json.loads(files(folder)[-1].read_text())["text"]
    assert ground.faults(folder, keys) == []


def test_without_a_key_nothing_is_sealed_and_the_cure_is_said(ground, folder, tmp_path):
    with pytest.raises(NoSealKey, match=r"Run `manage\.py make_seal_key`"):
        seal(folder=folder, key_file=tmp_path / "none")


def test_a_wall_taken_down_for_a_moment_is_noted(ground, forms, folder, key_file, keys):
    ground.owner("ALTER TABLE ground_form DISABLE TRIGGER audit_change")
    report = ground.verified(folder, keys)

    assert report.notes == ["The walls of the database changed between seal 2 and now."]
    assert report.findings.sentences[0] == (Fault.WALL, "The recording of changes of ground_form is switched off.")


def test_a_table_that_lost_its_recording_is_named(ground, forms):
    ground.owner("DROP TRIGGER audit_change ON ground_form")

    assert ground.faults()[-1] == "The table ground_form has a history but records no changes any more."


def test_a_column_added_by_a_migration_is_no_fault(ground, forms):
    ground.owner("ALTER TABLE ground_form ADD COLUMN reviewed boolean NOT NULL DEFAULT false")
    ground.owner("ALTER TABLE ground_form ALTER COLUMN reviewed DROP DEFAULT")
    assert [fault for fault in ground.faults() if "Seal" not in fault] == []

    save = "UPDATE ground_form SET reviewed = true WHERE answers ->> 'ecog' = '3'"
    ground.superuser(save)
    assert re.search(r"in reviewed\.", next(fault for fault in ground.faults() if "Seal" not in fault))


def test_a_column_dropped_by_a_migration_is_no_fault(ground, forms):
    ground.owner("ALTER TABLE ground_form DROP COLUMN answers")

    assert [fault for fault in ground.faults() if "Seal" not in fault] == []


def test_the_command_names_the_row_and_ends_with_one(ground, forms, folder, key_file, settings):
    settings.SEAL_KEY_FILE, settings.SEAL_FOLDER = key_file, folder
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert said.getvalue().endswith("The trail is whole: the present is the sum of its history.\n")

    ground.superuser("UPDATE ground_form SET answers = '{}' WHERE answers ->> 'ecog' = '3'")
    with pytest.raises(CommandError, match=r"The trail is broken in 1 places\.") as error:
        call_command("verify_audit", stdout=said)
    assert error.value.returncode == 1
    assert f"ground_form {forms.first.pk} differs from its history" in said.getvalue()


def test_a_trail_restored_into_a_new_cluster_goes_on(ground, forms, folder, keys, key_file):
    """The numbers of transactions begin anew there, and may meet old ones."""
    saved = save_form(forms.first, by=COORDINATOR, at=now(), answers={"ecog": "5"})

    with as_actor(COORDINATOR):
        assert Form.objects.get(pk=saved.pk).answers == {"ecog": "5"}
    seal(folder=folder, key_file=key_file)
    assert ground.faults(folder, keys) == []


def test_the_seal_key_is_made_once_and_readable_by_its_owner_alone(tmp_path, settings):
    settings.SEAL_KEY_FILE = tmp_path / "made" / "seal.key"
    call_command("make_seal_key", stdout=StringIO())

    assert settings.SEAL_KEY_FILE.stat().st_mode & 0o777 == 0o400
    with pytest.raises(CommandError, match="exists already"):
        call_command("make_seal_key")
    call_command("make_seal_key", "--if-missing")
