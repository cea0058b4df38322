"""The page between two people's answers: item by item, a row as a whole, and nothing that one of them typed is lost."""

from __future__ import annotations

import re

import pytest

from tests.casebook_ground import a_coordinator, a_subject, again, save, site_of, the_form
from tests.integration.test_entry_pages import browser_of, post, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def one():
    return a_coordinator()


@pytest.fixture
def other(one):
    return a_coordinator(site_of(one))


@pytest.fixture
def tracings(one):
    form = the_form(a_subject(one), "EG", by=one)
    save(form, {"tracings/1/qt": "400 ms", "tracings/1/heart_rate": "60 /min"}, by=one)
    return again(form, by=one)


def typed_rows(**rows):
    """Return what a page sends of tracings, by key: (QT, heart rate)."""
    sent = {"tracings.rows": " ".join(key.removeprefix("row") for key in rows)}
    for key, (qt, rate) in rows.items():
        at = f"tracings/{key.removeprefix('row')}"
        sent |= {f"{at}/qt": qt, f"{at}/qt.unit": "ms", f"{at}/heart_rate": rate, f"{at}/heart_rate.unit": "/min"}
    return sent


def sent_of(response) -> dict[str, str]:
    """Return the hidden boxes of the page as a browser would send them."""
    page = response.content.decode()
    form = page[page.index("data-settles") :]
    boxes = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: value for name, value in boxes if name != "csrfmiddlewaretoken"}


def settle(user, form, response, **takes):
    chosen = {f"take.{path.replace('__', '/')}": taken for path, taken in takes.items()}
    sent = sent_of(response)
    return browser_of(user).post(f"/forms/{form.pk}/", {**sent, **chosen, "act": "save"})


def rows_of(form, user):
    return {path: answer["value"] for path, answer in again(form, by=user).answers.items()}


def test_each_item_is_decided_by_itself_and_the_rest_is_put_together(one, other):
    form = the_form(a_subject(one), "CH", by=one)
    save(again(form, by=other), {"alt": "30 U/L", "ast": "31 U/L", "ggt": "9 U/L"}, by=other)

    typed = {"alt": "40", "alt.unit": "U/L", "ast": "41", "ast.unit": "U/L", "creatinine": "70", "ggt": ""}
    page = post(browser_of(one), form, typed | {"creatinine.unit": "µmol/L"}, based_on=0)
    settled = settle(one, form, page, alt="yours", ast="theirs")

    assert page.status_code == 409
    assert f"Saved by {other.name}" in text_of(page)
    assert settled.status_code == 302
    assert rows_of(form, one) == {"alt": "40", "ast": "31", "creatinine": "70", "ggt": "9"}


def test_a_row_i_took_off_and_they_changed_stays_or_goes_as_a_whole(one, other, tracings):
    save(again(tracings, by=other), {"tracings/1/qt": "410 ms"}, by=other)

    page = post(browser_of(one), tracings, typed_rows())
    assert "QT: 410 ms" in text_of(page) or "410 ms" in text_of(page)
    settle(one, tracings, page, tracings__1="theirs")
    assert rows_of(tracings, one) == {"tracings/1/qt": "410", "tracings/1/heart_rate": "60"}

    page = post(browser_of(one), tracings, typed_rows())
    settle(one, tracings, page, tracings__1="yours")
    assert rows_of(tracings, one) == {}


def test_a_row_they_took_off_and_i_changed_comes_back_whole_with_a_new_number(one, other, tracings):
    save(again(tracings, by=other), {"tracings/1/qt": "", "tracings/1/heart_rate": ""}, by=other)

    page = post(browser_of(one), tracings, typed_rows(row1=("420", "60")))
    settled = settle(one, tracings, page, tracings__1="anew")

    assert 'value="anew"' in page.content.decode()
    assert settled.status_code == 302
    assert rows_of(tracings, one) == {"tracings/2/qt": "420", "tracings/2/heart_rate": "60"}


@pytest.mark.parametrize(
    ("taken", "stands"),
    [
        ("yours", {"2": ("420", "62")}),
        ("theirs", {"2": ("430", "63")}),
        ("anew", {"2": ("430", "63"), "3": ("420", "62")}),
    ],
)
def test_two_new_rows_of_one_number_are_chosen_between_or_both_kept(one, other, tracings, taken, stands):
    save(again(tracings, by=other), {"tracings/2/qt": "430 ms", "tracings/2/heart_rate": "63 /min"}, by=other)

    page = post(browser_of(one), tracings, typed_rows(row1=("400", "60"), row2=("420", "62")))
    settled = settle(one, tracings, page, tracings__2=taken)

    assert settled.status_code == 302
    rows = {"1": ("400", "60"), **stands}
    assert rows_of(tracings, one) == {
        f"tracings/{key}/{name}": value
        for key, values in rows.items()
        for name, value in zip(("qt", "heart_rate"), values, strict=True)
    }


@pytest.mark.parametrize("junk", [{}, {"ast": "mine"}, {"ast": "anew"}])
def test_without_a_choice_nothing_is_saved_and_nothing_typed_is_lost(one, other, junk):
    form = the_form(a_subject(one), "CH", by=one)
    save(again(form, by=other), {"alt": "30 U/L", "ast": "31 U/L"}, by=other)
    typed = {"alt": "40", "alt.unit": "U/L", "ast": "41", "ast.unit": "U/L", "creatinine": "70"}
    page = post(browser_of(one), form, typed | {"creatinine.unit": "µmol/L"}, based_on=0)

    asked = settle(one, form, page, alt="theirs", **junk)

    assert asked.status_code == 409
    assert text_of(asked).count("Choose one of the two values.") == 1
    assert 'value="theirs" checked' in asked.content.decode()
    assert rows_of(form, one) == {"alt": "30", "ast": "31"}
    assert settle(one, form, asked, alt="theirs", ast="yours").status_code == 302
    assert rows_of(form, one) == {"alt": "30", "ast": "41", "creatinine": "70"}


def test_without_a_choice_a_row_that_came_and_went_is_asked_about_again(one, other, tracings):
    save(again(tracings, by=other), {"tracings/1/qt": "", "tracings/1/heart_rate": ""}, by=other)
    page = post(browser_of(one), tracings, typed_rows(row1=("420", "60")))

    asked = settle(one, tracings, page)
    settled = settle(one, tracings, asked, tracings__1="anew")

    assert (asked.status_code, settled.status_code) == (409, 302)
    assert rows_of(tracings, one) == {"tracings/2/qt": "420", "tracings/2/heart_rate": "60"}
