"""The demonstration after its cleaning: of each thing that people do beside entry there is one to be seen and tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.filters import filters_of
from accounts.models import Signature, User
from accounts.system import system_actor
from audit.door import as_actor
from casebook.models import (
    Comment,
    File,
    Form,
    Lock,
    MonitoringVisit,
    Query,
    Review,
    Subject,
    SubjectTransfer,
    UnlockRequest,
    Verification,
)
from casebook.rules.transferring import may_go_on
from casebook.selectors.consents import reconsents_due
from casebook.selectors.drafts import unsaved_of
from casebook.selectors.queries import queries_to_answer
from casebook.states import LockKind, LockLevel, MonitoringState, QueryState, Stage, TransferState, UnlockState
from eligibility.models import ScreeningLine
from eligibility.states import Assessed


@pytest.fixture(autouse=True)
def _seen(rehearsed_db: str) -> Iterator[None]:
    with as_actor(system_actor("follow-up")):
        yield


def person(name: str) -> User:
    return User.objects.get(email=f"{name}@example.org")


def test_queries_are_in_every_state_and_of_every_kind():
    assert set(Query.objects.values_list("state", flat=True)) == set(QueryState.values)
    assert Query.objects.filter(check_id="", state=QueryState.OPEN).exclude(further={}).exists()
    assert Query.objects.filter(form__state="not started", state=QueryState.OPEN, assigned_to__isnull=False).exists()
    assert Query.objects.exclude(check_id="").filter(state=QueryState.CLOSED, outcome="changed").exists()
    assert Query.objects.filter(state=QueryState.OPEN, messages__state=QueryState.CLOSED).exists()


def test_some_wait_beyond_their_day_and_some_do_not():
    ages = [(timezone.now() - opened).days for opened in Query.objects.values_list("opened_at", flat=True)]

    assert min(ages) < 7 < 28 < max(ages)


def test_people_remarked_on_a_form_and_on_an_item():
    assert {bool(path) for path in Comment.objects.values_list("path", flat=True)} == {True, False}


def test_a_monitoring_visit_is_closed_and_one_is_open():
    states = MonitoringVisit.objects.values_list("state", flat=True)

    assert set(states) == set(MonitoringState.values)


def test_of_one_form_a_mark_a_signature_and_a_review_fell_with_a_change():
    marks = Verification.objects.filter(fallen_at__isnull=False, taken_back_because="")
    fallen = Form.objects.get(pk=marks.get(path="pulse").form_id)

    signed = Signature.objects.filter(about_id=fallen.pk).values_list("form_version", flat=True)
    assert signed
    assert fallen.version not in signed


def test_the_data_manager_reviewed_some_forms():
    assert Review.objects.exists()


def test_the_completed_subject_is_locked_and_a_second_data_manager_may_confirm_its_unlocking():
    lock = Lock.objects.get(kind=LockKind.LOCK)
    request = UnlockRequest.objects.get(state=UnlockState.WAITING)

    assert (lock.level, lock.subject.stage) == (LockLevel.SUBJECT, Stage.COMPLETED)
    assert (request.lock, request.asked_by) == (lock, person("data-manager"))
    assert Lock.objects.get(kind=LockKind.FREEZE).level == LockLevel.FORM


def test_a_subject_changed_its_site_and_waits_for_the_consent_there():
    transfer = SubjectTransfer.objects.get(state=TransferState.ACCEPTED)
    moved = Subject.objects.select_related("site").get(pk=transfer.subject_id)

    assert (transfer.from_site.code, moved.site.code, moved.number[:3]) == ("01", "02", "01-")
    assert transfer.asked_by != transfer.settled_by
    assert not may_go_on(moved)


def test_a_picture_and_a_report_stand_at_forms():
    assert set(File.objects.filter(form__isnull=False).values_list("kind", flat=True)) == {"png", "pdf"}


def test_of_those_who_must_sign_the_new_consent_some_are_due_and_one_is_overdue():
    with as_actor(person("data-manager")) as _acting:
        owed = reconsents_due(person("data-manager"), at=timezone.now())

    assert sum(each.is_overdue for each in owed) == 1
    assert any(not each.is_overdue for each in owed)


def test_the_log_names_people_who_are_no_subjects():
    outcomes = set(ScreeningLine.objects.filter(~Q(site__counts=False)).values_list("outcome", flat=True))

    assert outcomes >= {Assessed.DECLINED, Assessed.INELIGIBLE, Assessed.UNDECIDED}


def test_the_coordinator_left_a_draft_and_the_data_manager_kept_a_filter():
    coordinator, manager = person("coordinator"), person("data-manager")
    with as_actor(coordinator):
        assert len(unsaved_of(coordinator, at=timezone.now())) == 1
        assert queries_to_answer(coordinator).exists()
    with as_actor(manager):
        assert filters_of(manager, "queries")
