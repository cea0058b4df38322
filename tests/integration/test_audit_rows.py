"""Rows read by fixed words are those that the mapper reads, and a save reads no more of a form that was asked about often."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.door import as_actor
from audit.rows import rows_by
from casebook.models import Form, Query, Subject
from casebook.selectors.queries import asked_by_checks
from tests.casebook_ground import a_coordinator, a_subject, again, queries_on, save, the_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def vitals(coordinator):
    return the_form(a_subject(coordinator), "VS", by=coordinator)


@pytest.mark.parametrize("model", [Form, Subject])
def test_a_row_by_fixed_words_is_the_row_of_the_mapper(model, coordinator, vitals):
    save(vitals, {"weight": "60 kg"}, by=coordinator)
    table = model._meta.db_table

    with as_actor(coordinator):
        by_words = rows_by(model, f"SELECT *, 7 AS beside FROM {table} ORDER BY id", [])
        by_mapper = list(model.objects.order_by("id"))

    assert [row.beside for row in by_words] == [7] * len(by_mapper)
    assert [fields_of(row) for row in by_words] == [fields_of(row) for row in by_mapper]
    assert by_words[0]._state.db == "default"
    assert not by_words[0]._state.adding


def test_words_that_leave_out_a_column_are_refused(coordinator, vitals):
    with as_actor(coordinator), pytest.raises(ValueError, match="not in tuple"):
        rows_by(Form, "SELECT id FROM casebook_form", [])


def test_of_each_check_only_the_latest_query_is_read(coordinator, vitals):
    for weight in ("350 kg", "60 kg", "360 kg", "61 kg", "370 kg"):
        save(again(vitals, by=coordinator), {"weight": weight}, by=coordinator)
    everything = queries_on(vitals, by=coordinator)

    with as_actor(coordinator), CaptureQueriesContext(connection) as captured:
        latest = asked_by_checks(vitals)

    assert len(captured) == 1
    assert len(everything) == 3
    assert [query.pk for query in latest] == [everything[-1].pk]
    assert latest[0].value == {"value": "370", "unit": "kg"}
    assert isinstance(latest[0], Query)


def fields_of(row) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
