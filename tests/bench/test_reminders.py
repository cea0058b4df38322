"""What the sweep of reminders costs over 60,000 planned visits: time, reads, memory, and nothing the second time."""

from __future__ import annotations

import time
import tracemalloc
from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from scripts.embedded_postgres import Server
from tests import databases

SITES, SUBJECTS_EACH, VISITS_EACH = 12, 500, 10
SECONDS, MEGABYTES = 2, 2

SUBJECTS = """
INSERT INTO casebook_subject (id, site_id, sequence, number, stage, synthetic, added_at, added_by_id)
SELECT gen_random_uuid(), s.site_id, s.sequence + n, 'V-' || s.site_id || '-' || n, 'follow-up', true, s.added_at,
       s.added_by_id
  FROM casebook_subject s, generate_series(1, {count}) n
"""
# Randomized one by one through three years: some visits lie behind, one in thirty of these was forgotten, some are
# open now, and most are to come.
VISITS = """
INSERT INTO casebook_visit
       (id, subject_id, site_id, code, repeat, opens_on, target_on, closes_on, state, attended_on, reason, cancelled_because)
SELECT gen_random_uuid(), s.id, s.site_id, 'M' || 2 * m, 1, target - 7, target, target + 7,
       CASE WHEN is_behind THEN 'attended' ELSE 'open' END, CASE WHEN is_behind THEN target END, '', ''
  FROM casebook_subject s
 CROSS JOIN generate_series(1, {visits}) m
 CROSS JOIN LATERAL (SELECT date '{today}' - 730 + (s.sequence * 7) % 1095 + 61 * m AS target) t
 CROSS JOIN LATERAL (SELECT target < date '{today}' AND (s.sequence + m) % 30 <> 0 AS is_behind) b
 WHERE s.number LIKE 'V-%'
"""


@pytest.fixture
def sixty_thousand(bench_db: str, durable_postgres: Server) -> date:
    """Planned visits of 6,000 subjects at 12 sites with two people each; gives the day they are judged on."""
    from protocol.roles import Role
    from tests.casebook_ground import a_coordinator, a_subject
    from tests.people import a_site, a_user

    for _ in range(SITES):
        site = a_site()
        a_subject(a_coordinator(site))
        a_user(Role.SUB_INVESTIGATOR, site, delegated=False)
    today = timezone.now().date()
    off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in ("casebook_subject", "casebook_visit")]
    on = [statement.replace("DISABLE", "ENABLE") for statement in off]
    fill = [
        SUBJECTS.format(count=SUBJECTS_EACH),
        VISITS.format(visits=VISITS_EACH, today=today),
        "ANALYZE casebook_subject, casebook_visit",
    ]
    databases.owner_sql(durable_postgres, bench_db, *off, *fill, *on)
    return today


def swept() -> tuple[int, float]:
    from followup import reminders

    began = time.perf_counter()
    told = reminders.remind(at=timezone.now())
    return told, time.perf_counter() - began


def plans() -> str:
    """Return how PostgreSQL goes about every statement of the sweep."""
    from accounts.system import system_actor
    from audit.door import as_actor
    from followup import reminders

    found = []
    with as_actor(system_actor("follow-up")), connection.cursor() as cursor:
        here = reminders.ground(timezone.now())
        for part in reminders.PARTS:
            for statement in (part.taken_back, part.added):
                cursor.execute("EXPLAIN " + statement, reminders.told_to(part, here))
                found += [line for (line,) in cursor.fetchall()]
    return "\n".join(found)


def test_sixty_thousand_planned_visits(sixty_thousand, figures):
    before = plans()
    told, first = swept()
    tracemalloc.start()
    again, second = swept()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    print(f"{told} notices, {first:.2f} s, then {second:.2f} s, {peak / 1e6:.1f} MB")
    assert told > 1_000
    assert again == 0
    assert "Seq Scan on casebook_visit" not in before + plans()
    figures.seconds(
        "Sweep of reminders over 60,000 planned visits, all told for the first time", first, at_most=SECONDS
    )
    figures.seconds("Sweep of reminders over 60,000 planned visits, nothing new", second, at_most=SECONDS)
    figures.count("Megabytes that the sweep of 60,000 planned visits takes", round(peak / 1e6), at_most=MEGABYTES)
