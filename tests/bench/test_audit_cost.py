"""What the trail costs: a save with its event against a bare INSERT of the same row; how fast it is verified."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
from pathlib import Path

import pytest

from scripts import embedded_postgres
from scripts.embedded_postgres import Server
from tests.audit_ground import laid_out

ROUNDS, SECONDS = 5, 3
TABLE = """
CREATE TABLE bench_bare (id uuid PRIMARY KEY, subject_id uuid NOT NULL, site_id integer NOT NULL, crf text NOT NULL,
  repeat integer NOT NULL, state text NOT NULL, version integer NOT NULL, answers jsonb NOT NULL,
  entered_by uuid NOT NULL, entered_at timestamptz NOT NULL);
GRANT SELECT, INSERT, UPDATE ON bench_bare TO edc_app;
CREATE TABLE bench_walled (LIKE bench_bare INCLUDING ALL);
"""
ANSWERS = {f"item_{n:02}": {"value": f"{n * 37 % 91}.{n}", "unit": "µmol/L", "laboratory": "L1"} for n in range(40)}
SUBJECT = "00000000-0000-4000-8000-000000:subject"
CHOSEN = "\\set site random(1, 10)\n\\set subject random(100000, 106000)\n"


def insert_into(table: str) -> str:
    """Return the row that both scripts insert."""
    return (
        f"INSERT INTO {table} VALUES (gen_random_uuid(), '{SUBJECT}', :site, 'LB', 1, 'COMPLETE', 1,"
        f" '{json.dumps(ANSWERS, ensure_ascii=False)}', '6e7d8f9a-0000-4000-8000-000000000001', now());\n"
    )


BARE = CHOSEN + insert_into("bench_bare")
SAVE = f"""{CHOSEN}BEGIN;
SELECT set_config('edc.actor', '6e7d8f9a-0000-4000-8000-000000000001', true),
 set_config('edc.actor_name', 'Demo Coordinator', true), set_config('edc.actor_role', 'coordinator', true),
 set_config('edc.sites', '1,2,3,4,5,6,7,8,9,10', true), set_config('edc.request', '0a1b2c3d', true);
{insert_into("bench_walled")}INSERT INTO audit_event
 (stream, at, kind, subject_id, site_id, reason, facts, message, english, protocol)
VALUES ('subject:{SUBJECT}', now(), 'casebook.form.saved', '{SUBJECT}', :site, '', '{{"crf":"LB","version":1}}',
 '', '', 'c0ffee') RETURNING id, sequence, recorded_at;
COMMIT;
"""


@pytest.fixture
def walled(bench_db, durable_postgres):
    from django.db import connections

    from audit.walls import ActionOnly

    with laid_out(durable_postgres, bench_db) as ground:
        ground.owner(TABLE)
        with connections["owner"].schema_editor() as editor:
            ActionOnly("bench_walled").database_forwards("audit", editor, None, None)
        yield ground


def pgbench() -> Path:
    """Return PostgreSQL's own load generator."""
    program = embedded_postgres._binaries() / "pgbench"
    if not program.exists():
        pytest.skip("pgbench is not installed with this PostgreSQL.")
    return program


def milliseconds(server: Server, name: str, script: Path, *, clients: int) -> float:
    """Return the mean latency of one script, run by so many clients at once as the application role."""
    asked = [pgbench(), "-n", "-f", script, "-c", clients, "-j", 1, "-T", SECONDS, server.url(database=name)]
    done = subprocess.run([str(word) for word in asked], capture_output=True, text=True, check=True)
    found = re.search(r"latency average = ([\d.]+) ms", done.stdout)
    assert " 0 (0.000%)" in done.stdout, done.stdout + done.stderr
    return float(found[1]) if found else pytest.fail(done.stdout)


@pytest.mark.parametrize("clients", [1, 64])
def test_a_save_with_its_chained_event_against_a_bare_insert(
    walled, bench_db, durable_postgres, figures, tmp_path, clients
):
    bare, ours = tmp_path / "bare.sql", tmp_path / "save.sql"
    bare.write_text(BARE)
    ours.write_text(SAVE)

    rounds = [
        tuple(milliseconds(durable_postgres, bench_db, script, clients=clients) for script in (bare, ours))
        for _ in range(ROUNDS)
    ]

    bare_ms, ours_ms = (statistics.median(times) for times in zip(*rounds, strict=True))
    who = "client" if clients == 1 else "clients"
    figures.ratio(
        f"save of a 40-item form with chained audit : bare INSERT, {clients} {who}", ours_ms, bare=bare_ms, at_most=2.5
    )


def test_how_fast_the_trail_is_verified(walled, bench_db, durable_postgres, figures, tmp_path):
    script = tmp_path / "save.sql"
    script.write_text(SAVE)
    milliseconds(durable_postgres, bench_db, script, clients=16)

    report = walled.verified()

    assert report.findings.total == 0
    figures.rate("verify_audit, chains and replay, events", report.events / report.seconds, towards=10_000)
