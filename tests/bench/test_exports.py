"""What a table costs beside COPY of the same query, and that memory does not grow with it."""

from __future__ import annotations

import io
import json
import tracemalloc

import pytest
from django.db import connection
from django.db.models.fields.json import KT
from django.utils import timezone

from audit.door import as_actor
from exports.archive import batched_lines
from exports.columns import columns_of
from exports.selectors import forms_of_crf
from exports.tables import FORM_COLUMNS, form_table
from protocol.trial import TRIAL
from tests import databases
from tests.bench.figures import paired_seconds
from tests.bench.volume import copy_subject

ROUNDS = 7
CRF = TRIAL.crf("HE")
ANSWERS = {item.name: {"value": "12.50", "unit": "g/L"} for item in CRF.items}
FILLED = f"UPDATE casebook_form SET answers = '{json.dumps(ANSWERS)}' WHERE crf = 'HE'"
SUBJECTS = 6000


@pytest.fixture
def manager(bench_db, durable_postgres):
    from casebook import actions
    from tests.casebook_ground import a_coordinator, a_data_manager, a_key

    coordinator = a_coordinator()
    site = coordinator.standing_grants[0].site
    subject = actions.add_subject(site, by=coordinator, at=timezone.now(), key=a_key())
    copy_subject(durable_postgres, bench_db, subject.pk, after=0, count=SUBJECTS, visits=("SCR", "M3", "M6"))
    off, on = (f"ALTER TABLE casebook_form {word} TRIGGER USER" for word in ("DISABLE", "ENABLE"))
    databases.owner_sql(durable_postgres, bench_db, off, FILLED, on, "ANALYZE casebook_form")
    return a_data_manager(), site


def written(manager, site) -> int:
    """Write the table and return its size."""
    with as_actor(manager):
        table = form_table(manager, CRF, [site], at=timezone.now())
        return sum(len("".join(some).encode()) for some in batched_lines(table))


def copied(manager, site) -> int:
    """Let the database write the same query and return its size."""
    with as_actor(manager), connection.cursor() as cursor:
        asked = [KT(f"answers__{column.item}__{column.part}") for column in columns_of(CRF)]
        rows = forms_of_crf(manager, CRF.code, [site]).values_list(*FORM_COLUMNS.values(), *asked)
        query = cursor.mogrify(*rows.query.sql_with_params()).decode()
        place = io.BytesIO()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", place)
        return place.tell()


def test_a_table_beside_copy_of_the_same_query(manager, figures):
    bare, ours = paired_seconds(lambda: copied(*manager), lambda: written(*manager), rounds=ROUNDS)

    figures.ratio(f"Table of {SUBJECTS * 3:,} forms as CSV, beside COPY of its query", ours, bare=bare, at_most=2)


def test_memory_stays_flat(manager, figures):
    tracemalloc.start()
    try:
        written(*manager)
        most = tracemalloc.get_traced_memory()[1] / 1024 / 1024
    finally:
        tracemalloc.stop()

    figures.count(f"Most megabytes held while {SUBJECTS * 3:,} forms are written as CSV", round(most), at_most=30)
