"""Days pass in a demonstration: recorded, for everybody who tries it, and never back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from audit import clock
from audit.models import Event
from casebook import actions
from protocol.roles import Role
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture(autouse=True)
def demonstration(settings, tmp_path: Path, monkeypatch, django_capture_on_commit_callbacks) -> None:
    settings.CLOCK_FILE = str(tmp_path / "clock")
    monkeypatch.setattr("rehearsal.views._wake", lambda: None)


@pytest.fixture
def coordinator(client: Client):
    user = a_user(Role.COORDINATOR, a_site("01", synthetic=True))
    client.force_login(user)
    return user


def test_a_month_passes(client: Client, coordinator, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/days-pass/", {"days": "30"})

    assert clock.days_ahead() == 30
    assert Event.objects.filter(kind="rehearsal.days.passed", stream="rehearsal").count() == 1
    assert "30 days ahead" in client.get("/days-pass/").content.decode()


def test_what_is_done_afterwards_is_dated_afterwards_and_says_so(client: Client, coordinator):
    clock.move_on(30)

    subject = actions.add_subject(coordinator.standing_grants[0].site, by=coordinator, at=clock.now(), key="k" * 8)

    assert subject.added_at - timezone.now() > timedelta(days=29)
    assert '"moment":"synthetic"' in Event.objects.filter(kind="casebook.subject.added").latest("id").facts


@pytest.mark.parametrize("typed", ["0", "-3", "yesterday", "", "400", "９"])
def test_what_is_no_number_of_days_is_refused_beside_the_box(client: Client, coordinator, typed: str):
    answer = client.post("/days-pass/", {"days": typed})

    assert answer.status_code == 422
    assert "Give a whole number of days from 1 to 366; time does not go back." in answer.content.decode()
    assert clock.days_ahead() == 0


def test_where_no_clock_file_is_named_time_does_not_move(client: Client, coordinator, settings):
    settings.CLOCK_FILE = ""

    answer = client.post("/days-pass/", {"days": "1"})

    assert "Time is moved on in a demonstration only." in answer.content.decode()
