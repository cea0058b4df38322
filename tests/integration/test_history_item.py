"""The history at the value: every value with who, where, when and why, and what was asked and marked."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from casebook import actions
from casebook.models import Form
from tests.casebook_ground import (
    VITALS,
    a_coordinator,
    a_subject,
    again,
    answered,
    complete,
    save,
    site_of,
    the_form,
)

pytestmark = pytest.mark.django_db


def shown(user: User, form: Form, path: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse("item-history", args=[form.pk, path]))
    assert answer.status_code == 200
    return answer.content.decode().split("<main")[1]


def test_a_value_has_who_in_which_role_where_when_in_two_zones_and_why():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    complete(form, VITALS, by=coordinator)
    changed = {**VITALS, "weight": "61.0 kg"}
    complete(again(form, by=coordinator), changed, by=coordinator, reasons={"weight": "Scale was read wrongly"})

    page = shown(coordinator, form, "weight")

    for text in ("60 kg", "61.0 kg", "Scale was read wrongly", coordinator.name, f"({site_of(coordinator).code})"):
        assert text in page
    assert "Times are those of the site, Asia/Shanghai" in page
    assert " UTC</time>" in page
    assert reverse("subject-history", args=[form.subject_id]) in page


def test_a_query_on_the_value_stands_beside_it_with_its_check():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    save(form, {"weight": "300 kg", "height": "170 cm"}, by=coordinator)

    page = shown(coordinator, form, "weight")

    assert "Query opened" in page
    assert "VS.weight" in page
    assert "Query opened" not in shown(coordinator, form, "height")


def test_a_row_that_was_taken_off_keeps_its_history():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "EG", by=coordinator)
    save(form, {"performed_on": "2025-03-03", "tracings/1/qt": "400 ms", "tracings/2/qt": "410 ms"}, by=coordinator)
    save(again(form, by=coordinator), {"tracings/2/qt": ""}, by=coordinator)

    page = shown(coordinator, form, "tracings/2/qt")

    assert "410 ms" in page
    assert "emptied" in page


def test_a_value_that_an_import_declared_says_so():
    coordinator = a_coordinator()
    form = the_form(a_subject(coordinator), "VS", by=coordinator)
    (path, answer), *_rest = answered("VS", {"weight": "60 kg"}).items()
    declared = type(answer)(value=answer.value, unit=answer.unit, declared="weight in kg")
    actions.save_form(
        form, by=coordinator, at=timezone.now(), answers={path: declared}, based_on=0, key="x" * 8, complete=False
    )

    assert "declared by the mapping of an import" in shown(coordinator, form, "weight")
