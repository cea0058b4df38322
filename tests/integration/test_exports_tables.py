"""Tables of forms: what stands in them, and what a reader must not get."""

import csv

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.door import as_actor
from exports.tables import form_table
from paper.tables import csv_lines
from protocol.trial import TRIAL
from tests.casebook_ground import (
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_subject,
    save,
    site_of,
    the_form,
)

pytestmark = pytest.mark.django_db


def read(lines):
    """Return the rows of a table as dictionaries."""
    return list(csv.DictReader(lines))


def rows_for(user, code, sites):
    """Return the rows of a form as this person gets them."""
    with as_actor(user):
        table = form_table(user, TRIAL.crf(code), sites, at=timezone.now())
        return read(csv_lines(table.header, table.rows))


def given(user, code="DM", **asked):
    """Return the answer of the page that gives a table."""
    client = Client()
    client.force_login(user)
    return client.get(reverse("export-table", args=[code]), asked)


def test_a_form_is_one_row_with_what_was_entered():
    coordinator = a_coordinator()
    form = a_complete_form(coordinator)
    site = site_of(coordinator)

    (row,) = rows_for(a_data_manager(), "DM", [site])

    assert row["subject"] == form.subject.number
    assert (row["site"], row["visit"], row["state"], row["signed"]) == (site.code, "SCR", "complete", "N")
    assert (row["birth_date"], row["sex"]) == ("1970-05-01", "male")
    assert row["completed_at"].endswith("Z")


def test_a_number_keeps_its_digits_and_has_its_unit_beside_it():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    save(form, {"weight": "60.0 kg", "temperature": "36.60 °C"}, by=coordinator)

    (row,) = rows_for(a_data_manager(), "VS", [site_of(coordinator)])

    assert (row["weight"], row["weight_unit"]) == ("60.0", "kg")
    assert (row["temperature"], row["temperature_unit"]) == ("36.60", "°C")
    assert row["height"] == "" == row["height_missing"]
