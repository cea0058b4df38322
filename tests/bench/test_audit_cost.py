"""What the trail costs: a save with its event against a bare INSERT of the same row; how fast it is verified."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg2
import pytest

from audit.findings import Fault
from audit.verification import verify
from casebook.states import FormState, Stage
from scripts import embedded_postgres
from scripts.embedded_postgres import Server
from tests import databases
from tests.audit_ground import owner_alias
from tests.bench.figures import paired_seconds

ROUNDS, SECONDS = 5, 6
SUBJECTS = 6000
PERSON = "6e7d8f9a-0000-4000-8000-000000000001"
# The form's own table without its walls: the same columns, constraints, indexes and foreign keys.
SCENE = f"""
SET session_replication_role = replica;
INSERT INTO accounts_user (id, email, name, organisation, language, is_active, is_system, password)
VALUES ('{PERSON}', 'bench@example.org', 'Demo Coordinator', '', 'en', true, false, '!');
INSERT INTO casebook_subject (id, site_id, sequence, number, stage, synthetic, added_at, added_by_id)
SELECT ('00000000-0000-4000-8000-000000' || 100000 + n)::uuid, 1, n, 'B-' || n, '{Stage.LISTED}', true, now(), '{PERSON}'
  FROM generate_series(1, {SUBJECTS}) n;
INSERT INTO casebook_visit (id, subject_id, site_id, code, repeat, state, reason, cancelled_because)
SELECT ('00000000-0000-4000-8000-000000' || 100000 + n)::uuid,
       ('00000000-0000-4000-8000-000000' || 100000 + n)::uuid, 1, 'SCR', 1, 'open', '', ''
  FROM generate_series(1, {SUBJECTS}) n;
INSERT INTO accounts_site SELECT (jsonb_populate_record(NULL::accounts_site, '{{site}}')).*;
CREATE TABLE bench_bare (LIKE casebook_form INCLUDING ALL);
ALTER TABLE bench_bare OWNER TO edc_owner;
GRANT SELECT, INSERT, UPDATE ON bench_bare TO edc_app;
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT conname, pg_get_constraintdef(oid) AS said FROM pg_constraint
              WHERE conrelid = 'casebook_form'::regclass AND contype = 'f' LOOP
    EXECUTE format('ALTER TABLE bench_bare ADD CONSTRAINT %I %s', one.conname, one.said);
  END LOOP;
END $$;
ANALYZE;
"""
SITE = {
    "id": 1, "code": "01", "name": "Bench", "time_zone": "Asia/Shanghai", "country": "", "counts": False, "synthetic": True,
    "is_open": True,
}  # fmt: skip
ANSWERS = {f"item_{n:02}": {"value": f"{n * 37 % 91}.{n}", "unit": "µmol/L", "laboratory": "L1"} for n in range(40)}
SUBJECT = "00000000-0000-4000-8000-000000:subject"
CHOSEN = f"\\set subject random(100001, {100000 + SUBJECTS})\n\\set repeat random(1, 2000000000)\n"


def insert_into(table: str) -> str:
    """Return the row that both scripts insert."""
    return (
        f"INSERT INTO {table} (id, subject_id, site_id, visit_id, crf, repeat, state, version, answers, last_row,"
        " not_done_reason, protocol_version, entered_by_id, entered_at)"
        f" VALUES (gen_random_uuid(), '{SUBJECT}', 1, '{SUBJECT}', 'CH', :repeat, '{FormState.IN_PROGRESS}', 1,"
        f" '{json.dumps(ANSWERS, ensure_ascii=False)}', 0, '', '1.0', '{PERSON}', now())"
    )


# One message to the server each: the work of the database alone, without the walks between it and the application.
BARE = f"{CHOSEN}{insert_into('bench_bare')};\n"
SAVE = f"""{CHOSEN}BEGIN\\;
SELECT set_config('edc.actor', '{PERSON}', true), set_config('edc.actor_name', 'Demo Coordinator', true),
 set_config('edc.actor_role', 'coordinator', true), set_config('edc.sites', '1', true),
 set_config('edc.request', '0a1b2c3d', true)\\;
{insert_into("casebook_form")}\\;
INSERT INTO audit_event (stream, at, kind, subject_id, site_id, reason, facts, message, english, protocol)
VALUES ('subject:{SUBJECT}', now(), 'casebook.form.saved', '{SUBJECT}', 1, '', '{{"crf":"CH","version":1}}',
 '', '', 'c0ffee') RETURNING id, sequence, recorded_at\\;
COMMIT;
"""


@pytest.fixture
def scene(bench_db, durable_postgres):
    """Six thousand subjects with a visit each, put there past the door: what is measured is one save."""
    databases.superuser_sql(durable_postgres, bench_db, SCENE.replace("{site}", json.dumps(SITE)))
    with owner_alias(durable_postgres, bench_db):
        yield


def pgbench() -> Path:
    """Return PostgreSQL's own load generator."""
    program = embedded_postgres._binaries() / "pgbench"
    if not program.exists():
        pytest.skip("pgbench is not installed with this PostgreSQL.")
    return program


def microseconds(server: Server, name: str, script: Path, *, clients: int) -> float:
    """Return the median time of one transaction, with so many clients at once as the application role."""
    log = script.with_suffix(".log")
    asked = [pgbench(), "-n", "-f", script, "-c", clients, "-j", 1, "-T", SECONDS, "-l", "--log-prefix", log]
    done = subprocess.run([*map(str, asked), server.url(database=name)], capture_output=True, text=True, check=True)
    assert " 0 (0.000%)" in done.stdout, done.stdout + done.stderr
    times = []
    for part in script.parent.glob(f"{log.name}.*"):
        times += [int(line.split()[2]) for line in part.read_text().splitlines()]
        part.unlink()
    return statistics.median(times[clients:])


WHAT = "save of a 40-item form with chained audit : bare INSERT, {}"


def test_one_person_saves(scene, bench_db, durable_postgres, figures):
    with ExitStack() as at_the_end:
        bare, ours = (session(durable_postgres.url(database=bench_db), text, at_the_end) for text in (BARE, SAVE))
        # In turns of ten, so that whatever else this machine does disturbs both alike.
        bare_time, ours_time = paired_seconds(bare, ours, rounds=100)

    figures.ratio(WHAT.format("1 client"), ours_time, bare=bare_time, at_most=2.5)


def session(address: str, script: str, at_the_end: ExitStack) -> Callable[[], None]:
    """Return what runs ten transactions of a script, in a session of its own."""
    connection = psycopg2.connect(address)
    at_the_end.callback(connection.close)
    connection.autocommit = True
    cursor, chance = connection.cursor(), random.Random(1)
    sql = script.removeprefix(CHOSEN).replace("\\;", ";")

    def ten() -> None:
        for _ in range(10):
            subject, repeat = chance.randint(100001, 100000 + SUBJECTS), chance.randint(1, 2 * 10**9)
            cursor.execute(sql.replace(":subject", str(subject)).replace(":repeat", str(repeat)))

    return ten


def test_sixty_four_people_save_at_once(scene, bench_db, durable_postgres, figures, tmp_path):
    bare, ours = tmp_path / "bare.sql", tmp_path / "save.sql"
    bare.write_text(BARE)
    ours.write_text(SAVE)

    rounds = [
        tuple(microseconds(durable_postgres, bench_db, script, clients=64) for script in (bare, ours))
        for _ in range(ROUNDS)
    ]

    bare_time, ours_time = (statistics.median(times) for times in zip(*rounds, strict=True))
    figures.ratio(WHAT.format("64 clients"), ours_time, bare=bare_time, at_most=2.5)


def test_how_fast_the_trail_is_verified(scene, bench_db, durable_postgres, figures, tmp_path):
    script = tmp_path / "save.sql"
    script.write_text(SAVE)
    microseconds(durable_postgres, bench_db, script, clients=16)

    report = verify(using="owner", folder=None, keys=[])

    # What was put there past the door is named, and nothing else.
    assert set(report.findings.counts) == {Fault.TABLE}
    figures.rate_towards("verify_audit, chains and replay, events", report.events / report.seconds, towards=10_000)
