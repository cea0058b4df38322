"""Saving a form."""

from __future__ import annotations

import pytest

from tests.casebook_ground import DEMOGRAPHY, a_coordinator, a_subject, complete, save, the_form

pytestmark = pytest.mark.django_db


def test_a_new_subject_gets_number_visit_and_the_forms_that_screening_expects():
    coordinator = a_coordinator()

    subject = a_subject(coordinator)

    assert subject.number.endswith("-001")


def test_saving_keeps_the_answers(check_what_commit_checks):
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "DM", by=coordinator)

    saved = complete(form, DEMOGRAPHY, by=coordinator)

    check_what_commit_checks()
    assert saved.version == 1
    assert saved.changed == ("birth_date", "sex")
