"""Many subjects at once, for measurements only: copied by the owner behind the walls, never walked."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.embedded_postgres import Server
from tests import databases

TABLES = ("casebook_subject", "casebook_visit", "casebook_form")

SUBJECTS = """
INSERT INTO casebook_subject (id, site_id, sequence, number, stage, synthetic, added_at, added_by_id)
SELECT gen_random_uuid(), s.site_id, s.sequence + n, 'V-' || n, s.stage, true, s.added_at, s.added_by_id
  FROM casebook_subject s, generate_series({first}, {last}) n WHERE s.id = '{subject}'
"""
VISITS = """
INSERT INTO casebook_visit (id, subject_id, site_id, code, repeat, state, reason, cancelled_because)
SELECT gen_random_uuid(), s.id, s.site_id, code, 1, 'open', '', ''
  FROM casebook_subject s, unnest(ARRAY[{codes}]) code WHERE s.number LIKE 'V-%' AND substr(s.number, 3)::integer > {after}
"""
FORMS = """
INSERT INTO casebook_form (id, subject_id, site_id, visit_id, crf, repeat, state, version, answers, last_row,
                           not_done_reason, protocol_version, completed_by_id, completed_at)
SELECT gen_random_uuid(), v.subject_id, v.site_id, v.id, c.crf, 1,
       CASE WHEN n % 3 = 0 THEN 'complete' WHEN n % 3 = 1 THEN 'in progress' ELSE 'not started' END, 1, '{{}}', 0, '',
       '1.0', s.added_by_id, s.added_at
  FROM casebook_visit v JOIN casebook_subject s ON s.id = v.subject_id
  CROSS JOIN unnest(ARRAY['MK', 'HE', 'CH']) WITH ORDINALITY AS c(crf, n) WHERE s.number LIKE 'V-%' AND substr(s.number, 3)::integer > {after}
"""


def copy_subject(
    server: Server, database: str, subject: object, *, after: int, count: int, visits: Iterable[str]
) -> None:
    """Add so many subjects like this one, with three forms at each of these visits; `after` so many were added before."""
    codes = ", ".join(f"'{code}'" for code in visits)
    off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES]
    on = [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in TABLES]
    fill = [
        SUBJECTS.format(first=after + 1, last=after + count, subject=subject),
        VISITS.format(codes=codes, after=after),
        FORMS.format(after=after),
        "ANALYZE casebook_subject, casebook_visit, casebook_form",
    ]
    databases.owner_sql(server, database, *off, *fill, *on)
