"""How lists of visits and the search for what is due grow: not at all, or by the index."""

from __future__ import annotations

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from scripts.embedded_postgres import Server
from tests import databases
from tests.bench.figures import paired_seconds
from tests.bench.test_pages import opened, queries_of
from tests.bench.volume import SUBJECTS

ROUNDS = 10
# Ten visits each, two months apart, spread over the subjects such that some are overdue, due and to come.
VISITS = """
INSERT INTO casebook_visit (id, subject_id, site_id, code, repeat, state, reason, cancelled_because,
                            target_on, opens_on, closes_on, attended_on)
SELECT gen_random_uuid(), p.subject_id, p.site_id, p.code, 1,
       CASE WHEN p.target < current_date - 9 THEN 'attended' ELSE 'open' END, '', '',
       p.target, p.target - 7, p.target + 7, CASE WHEN p.target < current_date - 9 THEN p.target END
  FROM (SELECT s.id AS subject_id, s.site_id, c.code,
               current_date - 300 + c.n::integer * 60 + (s.sequence * 7) % 360 AS target
          FROM casebook_subject s
          CROSS JOIN unnest(ARRAY['M1', 'M2', 'M4', 'M6', 'M8', 'M10', 'M12', 'M15', 'M18', 'M21'])
                     WITH ORDINALITY AS c(code, n)
         WHERE s.number LIKE 'V-%' AND substr(s.number, 3)::integer > {after}) p
"""
TABLES = ("casebook_subject", "casebook_visit")
PAGES = [
    "visits",
    "visits?state=all",
    "visits?state=overdue&age=1-7",
    "visit-calendar",
    "visit-overdue",
    "subject-visits",
]


def fill(server: Server, database: str, subject: object, *, after: int, count: int) -> None:
    """Add so many subjects with ten visits each."""
    off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES]
    on = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES]
    added = SUBJECTS.format(first=after + 1, last=after + count, subject=subject)
    analyzed = "ANALYZE casebook_subject, casebook_visit"
    databases.owner_sql(server, database, *off, added, VISITS.format(after=after), analyzed, *on)


@pytest.mark.parametrize("page", PAGES)
def test_queries_are_the_same_at_60_and_at_6000_subjects(page, reader, subject, bench_db, durable_postgres, figures):
    name, _, query = page.partition("?")
    address = f"{reverse(name, args=[subject.pk] if name == 'subject-visits' else [])}?{query}"

    fill(durable_postgres, bench_db, subject.pk, after=0, count=59)
    at_60 = queries_of(reader, address)
    fill(durable_postgres, bench_db, subject.pk, after=59, count=5_940)
    at_6000 = queries_of(reader, address)

    figures.same(f"Queries of the page {page}, at 60 and at 6,000 subjects", at_60, at_6000)


def test_the_list_of_fifty_visits_among_60000(reader, subject, bench_db, durable_postgres, figures):
    fill(durable_postgres, bench_db, subject.pk, after=0, count=6_000)
    address = reverse("visits")
    assert reader.get(address).content.count(b'class="visit-strip"') == 50

    bare, ours = paired_seconds(lambda: opened(reader, "/bare/"), lambda: opened(reader, address), rounds=ROUNDS)

    figures.ratio("List of 50 visits among 60,000, to a bare logged-in view", ours, bare=bare, at_most=20)


def test_what_is_due_is_found_without_reading_all_visits(coordinator, subject, bench_db, durable_postgres):
    from audit.door import as_actor
    from followup.selectors import Chosen, visits_in
    from followup.selectors.due import Days

    fill(durable_postgres, bench_db, subject.pk, after=0, count=6_000)
    site = coordinator.standing_grants[0].site

    with as_actor(coordinator):
        due = visits_in(coordinator, Chosen(state="overdue"), Days([site], timezone.now()))
        plan = due.select_related(None).order_by().explain()
    connection.close()

    assert "Seq Scan on casebook_visit" not in plan
    assert "visit_open_by_closing" in plan
