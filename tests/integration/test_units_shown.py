"""Units on every page and on paper stand as people read them; in files and in the record as they are stored."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from casebook.models import Form
from tests.casebook_ground import (
    a_coordinator,
    a_data_manager,
    a_laboratory,
    a_range,
    a_subject,
    again,
    queries_on,
    save,
    site_of,
    the_form,
)
from tests.integration.test_entry_pages import browser_of, text_of
from tests.integration.test_exports_casebook import page_for
from tests.people import principal_investigator

pytestmark = pytest.mark.django_db
READ, STORED = "99999 10⁹/L", "99999 10^9/L"


@pytest.fixture
def coordinator() -> User:
    return a_coordinator()


@pytest.fixture
def form(coordinator: User) -> Form:
    """Return a form with a count that no blood has, about which a query stands."""
    form = the_form(a_subject(coordinator), "HE", by=coordinator)
    save(form, {"platelets": STORED}, by=coordinator)
    return form


def given(user: User, name: str, *args: object) -> str:
    response = browser_of(user).get(reverse(name, args=args))
    assert response.status_code == 200
    return response.getvalue().decode()


def test_the_box_of_a_number_offers_the_stored_unit_under_its_read_name(form, coordinator):
    page = given(coordinator, "form", form.pk)

    assert '<option value="10^9/L" selected>10⁹/L</option>' in page
    assert f"Platelets {READ} is outside" in page
    assert ">10^9/L" not in page
    assert again(form, by=coordinator).answers["platelets"]["unit"] == "10^9/L"


def test_lists_and_histories_say_it_in_words_and_their_files_as_stored(form, coordinator):
    (query,) = queries_on(form, by=coordinator)
    for page in (
        given(coordinator, "queries"),
        given(coordinator, "query", query.pk),
        given(coordinator, "subject-history", form.subject_id),
        given(coordinator, "item-history", form.pk, "platelets"),
        browser_of(coordinator).get(reverse("checks"), {"crf": "HE"}).content.decode(),
    ):
        assert "10⁹/L" in page
        assert "10^9/L" not in page
    for file in (given(coordinator, "queries-csv"), given(coordinator, "subject-history-csv", form.subject_id)):
        assert STORED in file
        assert "⁹" not in file


def test_paper_says_it_as_the_page_does(form, coordinator):
    assert READ in page_for(coordinator, form.subject)
    assert STORED not in page_for(coordinator, form.subject)


def test_ranges_are_read_in_words_and_their_file_can_be_uploaded_again(coordinator):
    manager, laboratory = a_data_manager(), a_laboratory()
    a_range(laboratory, "platelets", "10^9/L")
    lead = principal_investigator(site_of(coordinator))

    for page in (given(manager, "ranges"), given(manager, "laboratory", laboratory.pk)):
        assert "10⁹/L" in page
        assert ">10^9/L" not in page
    assert '<option value="10^9/L">10⁹/L</option>' in given(manager, "laboratory", laboratory.pk)
    assert "platelets 10⁹/L" in text_of(browser_of(lead).get("/"))
    assert ",10^9/L," in given(manager, "ranges-csv")
