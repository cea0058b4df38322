"""What the board costs: the same queries at 60 and at 6,000 subjects, and how its drawing compares."""

from __future__ import annotations

import pytest
from django.urls import reverse

from scripts.embedded_postgres import Server
from tests import databases
from tests.bench.figures import paired_seconds
from tests.bench.test_pages import opened, queries_of
from tests.bench.volume import copy_subject

ROUNDS = 40
VERDICTS = """
INSERT INTO eligibility_criterionverdict
       (subject_id, site_id, criterion, verdict, reason, evidence, needs, valid_until, judged_on, judged_at)
SELECT v.id, v.site_id, k.criterion, (ARRAY['pass', 'fail', 'unknown', 'review'])[1 + (length(v.number) + k.id) % 4],
       k.reason, k.evidence, k.needs, k.valid_until, k.judged_on, k.judged_at
  FROM casebook_subject v CROSS JOIN eligibility_criterionverdict k
 WHERE v.number LIKE 'V-%' AND k.subject_id = '{subject}'
    ON CONFLICT DO NOTHING
"""


def fill(server: Server, database: str, subject: object, *, after: int, count: int) -> None:
    """Add so many judged subjects."""
    copy_subject(server, database, subject, after=after, count=count, visits=("SCR",))
    databases.owner_sql(server, database, VERDICTS.format(subject=subject), "ANALYZE eligibility_criterionverdict")


@pytest.mark.parametrize(
    ("screen", "query"),
    [("board", ""), ("board, filtered", "?verdict=fail&criterion=I07a&missing=&stage=listed"), ("candidate", "")],
)
def test_queries_are_the_same_at_60_and_at_6000_subjects(
    screen, query, reader, subject, bench_db, durable_postgres, figures
):
    named = ("candidate", [subject.pk]) if screen == "candidate" else ("eligibility-board", [])
    address = reverse(named[0], args=named[1]) + query

    fill(durable_postgres, bench_db, subject.pk, after=0, count=59)
    at_60 = queries_of(reader, address)
    fill(durable_postgres, bench_db, subject.pk, after=59, count=5_940)
    at_6000 = queries_of(reader, address)

    figures.same(f"Queries of the eligibility {screen}, at 60 and at 6,000 subjects", at_60, at_6000)


def test_the_board_of_fifty_candidates(reader, subject, bench_db, durable_postgres, figures):
    fill(durable_postgres, bench_db, subject.pk, after=0, count=60)
    address = f"{reverse('eligibility-board')}?number=V-"
    assert reader.get(address).content.count(b'class="cell tone-') >= 50 * 40

    bare, ours = paired_seconds(lambda: opened(reader, "/bare/"), lambda: opened(reader, address), rounds=ROUNDS)

    figures.ratio("Eligibility board of 50 candidates, to a bare logged-in view", ours, bare=bare, at_most=6)
