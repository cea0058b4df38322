"""The audit page: within the reader's sight, filtered by what stands in the address, blinded where the forms are."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.door import as_actor
from audit.selectors import visible_events
from casebook import actions
from protocol.roles import Role
from tests.casebook_ground import (
    DEMOGRAPHY,
    EVALUATION,
    a_complete_form,
    a_coordinator,
    a_data_manager,
    a_monitor,
    a_subject,
    a_surgeon,
    save,
    site_of,
    the_form,
)
from tests.people import a_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def form(coordinator):
    return a_complete_form(coordinator)


def page(client, reader, **asked):
    """Return the words of the page as this reader gets it."""
    client.force_login(reader)
    response = client.get("/audit/", asked)
    assert response.status_code == 200
    return response.content.decode()


def shown(client, reader, **asked):
    """Return the ids of the events that the page shows."""
    return [int(found) for found in re.findall(r'id="event-(\d+)"', page(client, reader, **asked))]


def test_a_monitor_reads_who_changed_what_and_the_values_before_and_after(client, form):
    monitor = a_monitor(form.site)

    text = page(client, monitor, subject=str(form.subject_id))

    assert form.subject.number in text
    assert "answers · birth_date" in text
    assert DEMOGRAPHY["birth_date"] in text
    assert form.entered_by.name in text


def test_events_of_another_site_do_not_exist(client, form):
    elsewhere = a_coordinator()
    a_subject(elsewhere)
    monitor = a_monitor(site_of(elsewhere))

    assert str(form.subject_id) not in page(client, monitor)
    assert client.get("/audit/", {"subject": str(form.subject_id)}).status_code == 404
    assert client.get("/audit/", {"subject": str(uuid4())}).status_code == 404


def test_events_of_no_site_are_for_those_who_read_the_trail_of_all_sites(form):
    monitor, everywhere = a_monitor(form.site), a_data_manager()
    with as_actor(everywhere):
        assert visible_events(everywhere).filter(site_id__isnull=True).exists()
    with as_actor(monitor):
        assert not visible_events(monitor).filter(site_id__isnull=True).exists()


def test_whoever_may_not_read_the_trail_is_refused(client, form):
    from accounts.roles import ROLES, Permission

    role = next(role for role in Role if Permission.AUDIT_READ not in ROLES[role])
    client.force_login(a_user(role, form.site))

    assert client.get("/audit/").status_code == 403


def test_the_page_needs_a_log_in(client):
    assert client.get("/audit/").status_code == 302


def test_the_list_is_filtered_by_subject_number(client, coordinator, form):
    other = a_subject(coordinator)
    monitor = a_monitor(form.site)

    text = page(client, monitor, subject=form.subject.number.lower())

    assert form.subject.number in text
    assert other.number not in text


def test_an_unknown_subject_number_says_so(client, form):
    assert "No subject with this number exists at your sites." in page(client, a_monitor(form.site), subject="none")


def test_an_event_without_a_message_is_told_in_words_and_keeps_its_kind(client, form):
    text = " ".join(page(client, a_monitor(form.site), kind="casebook.form.completed").split())

    assert re.search(r"Form completed <span class=.quiet.>casebook\.form\.completed ·", text)


def test_the_list_is_filtered_by_user_kind_and_day(client, form):
    monitor, today = a_monitor(form.site), timezone.now().date().isoformat()

    everything = shown(client, monitor)
    by_kind = shown(client, monitor, kind="casebook.form")

    assert set(by_kind) < set(everything)
    assert shown(client, monitor, user="nobody of this name") == []
    assert shown(client, monitor, user=form.entered_by.name.upper()[:8]) != []
    assert shown(client, monitor, since=today, until=today) == everything
    assert shown(client, monitor, since="2999-01-01") == []
    assert shown(client, monitor, until="2001-01-01") == []


def test_a_day_that_is_none_is_said_at_the_field(client, form):
    text = page(client, a_monitor(form.site), since="2025-02-30")

    assert 'role="alert"' in text


def test_long_lists_go_on_page_by_page_and_keep_the_filter(client, coordinator):
    subject = a_subject(coordinator)
    form = the_form(subject, "DM", by=coordinator)
    with as_actor(coordinator):
        from audit import record

        for _ in range(60):
            record("casebook.form.read", subject=subject, by=coordinator, at=timezone.now())
    monitor = a_monitor(form.site)
    asked = {"subject": str(subject.pk)}

    first = page(client, monitor, **asked)
    older = re.search(r'href="\?([^"]*before=(\d+))"', first)
    second = shown(client, monitor, **asked, before=older[2])

    assert f"subject={subject.pk}" in older[1]
    assert len(shown(client, monitor, **asked)) == 50
    assert max(second) < int(older[2])
    assert len(shown(client, monitor, **asked, size="100")) == 50 + len(second)


def test_a_page_asks_as_much_of_the_database_for_one_event_as_for_fifty(
    client, coordinator, django_assert_max_num_queries
):
    form = a_complete_form(coordinator)
    monitor = a_monitor(form.site)
    page(client, monitor, kind="casebook.subject.added")

    with django_assert_max_num_queries(25) as few:
        page(client, monitor, kind="casebook.subject.added")
    for _ in range(5):
        a_subject(coordinator)
    page(client, monitor, kind="")
    with django_assert_max_num_queries(25) as many:
        page(client, monitor)

    assert len(many) == len(few)


def test_a_blinded_evaluation_is_recorded_but_its_values_are_not_shown(client, coordinator):
    surgeon = a_surgeon(site_of(coordinator))
    form = the_form(a_subject(coordinator), "SU", by=surgeon)
    save(form, EVALUATION, by=surgeon)

    text = page(client, a_monitor(form.site), subject=str(form.subject_id))

    assert "These values are blinded for you" in text
    assert "answers · finding" not in text


@pytest.mark.parametrize("asked", [{"before": "x"}, {"before": "9" * 40}, {"size": "7"}, {"subject": "0" * 40}])
def test_a_strange_address_is_no_fault(client, form, asked):
    page(client, a_monitor(form.site), **asked)


def test_marks_in_what_was_typed_stay_text(client, coordinator):
    form = a_complete_form(coordinator)
    actions.open_query(
        form, by=a_monitor(form.site), at=timezone.now(), path="birth_date", text="<script>alert(1)</script>"
    )

    text = page(client, a_data_manager(), subject=str(form.subject_id))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
