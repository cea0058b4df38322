"""What people sign on the way to randomization: the response, reviews, the determination; and what takes it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from accounts.models import User
from audit.door import as_actor
from casebook.models import Subject
from casebook.states import Stage
from eligibility import actions
from eligibility.models import Determination, ResponseConfirmation
from eligibility.rules import gate
from eligibility.selectors import judged_of, standing_determination
from eligibility.snapshot import content_hash_of
from protocol.roles import Role
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.rehearsal_ground import a_cast, a_passing_subject, taken_back


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def passing(cast: Cast) -> Walk:
    """A subject that passes every criterion today."""
    return a_passing_subject(cast)


@pytest.fixture(autouse=True)
def _taken_back(passing: Walk) -> Iterator[None]:
    with taken_back():
        yield


def lead(here: Walk) -> User:
    return here.one(Role.PRINCIPAL_INVESTIGATOR)


def now_of(here: Walk) -> Subject:
    with as_actor(lead(here)):
        return Subject.objects.select_related("site").get(pk=here.subject.pk)


def shown(here: Walk) -> str:
    with as_actor(lead(here)):
        return judged_of(now_of(here), at=timezone.now()).evidence_hash


def content(here: Walk) -> str:
    with as_actor(lead(here)):
        return content_hash_of(judged_of(now_of(here), at=timezone.now()))


def confirm(here: Walk, *, by: User | None = None, **details: object) -> ResponseConfirmation:
    said = {"at": timezone.now(), "evidence_hash": shown(here), **details}
    return actions.confirm_response(here.subject, by=by or lead(here), **said)


def determine(here: Walk, *, by: User | None = None, **details: object) -> Determination:
    said = {"at": timezone.now(), "content_hash": content(here), **details}
    return actions.determine(here.subject, by=by or lead(here), **said)


def test_an_investigator_confirms_the_response_and_signs_the_determination(passing):
    confirm(passing)
    assert now_of(passing).stage == Stage.RESPONSE_CONFIRMED
    determination = determine(passing)
    assert now_of(passing).stage == Stage.ELIGIBLE
    with as_actor(lead(passing)):
        assert standing_determination(now_of(passing)) == determination
        assert gate(now_of(passing), at=timezone.now())
    passage = actions.pass_gate(determination, by=lead(passing), at=timezone.now())
    assert passage.passed_on == passing.on
