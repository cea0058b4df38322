"""Each surgeon is led to an evaluation of their own: none to a blank one that another may be writing in."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.models import Form, Subject, Visit
from casebook.states import FormState, LockKind
from tests.casebook_ground import (
    EVALUATION,
    a_coordinator,
    a_data_manager,
    a_key,
    a_subject,
    a_surgeon,
    complete,
    events_of,
    site_of,
    the_form,
)
from tests.integration.test_entry_pages import browser_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator() -> User:
    return a_coordinator()


@pytest.fixture
def subject(coordinator: User) -> Subject:
    return a_subject(coordinator)


@pytest.fixture
def surgeons(coordinator: User) -> tuple[User, User]:
    site = site_of(coordinator)
    return a_surgeon(site), a_surgeon(site)


def begins(subject: Subject) -> str:
    return f"{reverse('form-add', args=[subject.pk])}?crf=SU"


def begin(subject: Subject, by: User, *, key: str = "") -> Form:
    with as_actor(by):
        visit = Visit.objects.get(subject=subject, code="SCR")
    return actions.begin_form(subject, by=by, at=timezone.now(), visit=visit, crf="SU", key=key or a_key())


def begun_by_page(client: Client, subject: Subject) -> str:
    """Press the button of the page that asks whether to begin, and return where it leads."""
    asked = client.get(begins(subject))
    sent = {"crf": "SU", "visit": str(asked.context["visit"].pk), "key": asked.context["key"]}
    led = client.post(reverse("form-add", args=[subject.pk]), sent)
    assert client.post(reverse("form-add", args=[subject.pk]), sent)["Location"] == led["Location"]  # pressed twice
    return led["Location"]


def evaluations(subject: Subject, by: User) -> list[tuple[int, str, User | None]]:
    with as_actor(by):
        forms = Form.objects.filter(subject=subject, crf="SU").select_related("entered_by").order_by("repeat")
        return [(form.repeat, form.state, form.entered_by) for form in forms]


def test_home_and_the_casebook_lead_two_surgeons_to_two_forms(subject, surgeons, coordinator):
    one, other = map(browser_of, surgeons)
    blank = the_form(subject, "SU", by=surgeons[0])
    for client in (one, other):
        assert f'href="{begins(subject)}"' in client.get("/").content.decode()
        assert client.get(reverse("form", args=[blank.pk]))["Location"] == begins(subject)

    first, second = begun_by_page(one, subject), begun_by_page(other, subject)

    assert first == reverse("form", args=[blank.pk]) != second
    assert evaluations(subject, surgeons[0]) == [(1, "in progress", surgeons[0]), (2, "in progress", surgeons[1])]
    assert "Surgeon&#x27;s evaluation is yours: nobody else can enter it." in one.get(first).content.decode()
    for client, own, foreign in ((one, first, second), (other, second, first)):
        assert client.get(own).status_code == client.get(begins(subject), follow=True).status_code == 200
        assert client.get(begins(subject))["Location"] == own
        assert client.get(foreign).status_code == 404
        assert f'href="{own}"' in client.get("/").content.decode()
        assert f'href="{own}"' in client.get(reverse("candidate", args=[subject.pk])).content.decode()
    kinds = [event.kind for event in events_of(subject, by=coordinator)]
    assert kinds.count("casebook.form.begun") == 2


def test_the_page_of_a_candidate_leads_to_no_blank_evaluation(subject, surgeons):
    blank = the_form(subject, "SU", by=surgeons[0])

    page = browser_of(surgeons[0]).get(reverse("candidate", args=[subject.pk])).content.decode()

    assert f'href="{begins(subject)}"' in page
    assert f'href="{reverse("form", args=[blank.pk])}"' not in page


def test_who_does_not_evaluate_reads_the_blank_form_and_may_not_begin_it(subject, surgeons, coordinator):
    blank = the_form(subject, "SU", by=surgeons[0])

    assert browser_of(coordinator).get(reverse("form", args=[blank.pk])).status_code == 200
    asked = browser_of(coordinator).get(begins(subject))
    assert "Begin a form of your own" not in text_of(asked)
    with pytest.raises(Refusal):
        begin(subject, coordinator)
    assert evaluations(subject, surgeons[0]) == [(1, "not started", None)]


def test_what_was_typed_before_is_found_where_it_was_typed(subject, surgeons):
    blank = the_form(subject, "SU", by=surgeons[0])
    kept = {"typed": {"comment": "Segment six."}, "based_on": blank.version, "page": a_key(), "sequence": 1}
    actions.keep_draft(blank, by=surgeons[0], at=timezone.now(), **kept)

    assert "Segment six." in browser_of(surgeons[0]).get(reverse("form", args=[blank.pk])).content.decode()
    assert browser_of(surgeons[1]).get(reverse("form", args=[blank.pk]))["Location"] == begins(subject)


def test_an_own_form_is_completed_as_any_other_and_another_begun_for_the_other_question(subject, surgeons):
    complete(begin(subject, surgeons[0]), EVALUATION, by=surgeons[0])

    assert begin(subject, surgeons[0]).repeat == 2
    assert [state for _repeat, state, _by in evaluations(subject, surgeons[0])] == ["complete", "in progress"]


def test_a_blank_form_that_is_locked_or_not_done_is_not_begun(subject, surgeons):
    blank = the_form(subject, "SU", by=surgeons[0])
    actions.lock(blank, by=a_data_manager(), at=timezone.now(), kind=LockKind.FREEZE, reason="")
    passed = begin(subject, surgeons[0])
    free = actions.add_form(subject, by=surgeons[0], at=timezone.now(), visit=passed.visit, crf="SU", key=a_key())
    actions.mark_not_done(free, by=surgeons[0], at=timezone.now(), reason="Added twice")

    assert (passed.repeat, begin(subject, surgeons[1]).repeat) == (2, 4)
    assert passed.state == FormState.IN_PROGRESS


def test_the_same_key_begins_one_form_and_for_nothing_else(subject, surgeons):
    key = a_key()

    assert begin(subject, surgeons[0], key=key).pk == begin(subject, surgeons[0], key=key).pk
    assert len(evaluations(subject, surgeons[0])) == 1
