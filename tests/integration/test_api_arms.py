"""The arm is told by the API to those alone who may know it; nor do rows that tell it exist for anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from accounts.roles import ROLES, Permission
from casebook.selectors.sight import REVEALING_CRFS, REVEALING_VISITS
from protocol.arms import ARMS
from protocol.roles import Role
from randomization.selectors import allocation_of
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.api_ground import LISTS, called, rows_of
from tests.people import a_site, a_user
from tests.randomization_ground import a_list, a_randomized_subject
from tests.rehearsal_ground import a_cast, judging, taken_back

SEEING = tuple(role for role in Role if {Permission.FORM_READ, Permission.ARM_READ} <= ROLES[role])
UNSEEING = tuple(role for role in Role if Permission.FORM_READ in ROLES[role] and role not in SEEING)


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def randomized(cast: Cast) -> dict[str, Walk]:
    """A randomized subject of either arm."""
    a_list(by=cast.one(Role.UNBLINDED_STATISTICIAN))
    found: dict[str, Walk] = {}
    for number in range(12):
        here = a_randomized_subject(cast, f"subject {number}")
        found.setdefault(arm_of(here), here)
        if len(found) == len(ARMS):
            break
    return found


def arm_of(here: Walk) -> str:
    with judging():
        allocation = allocation_of(here.subject)
    assert allocation is not None
    return allocation.arm


@pytest.fixture(autouse=True)
def _taken_back(randomized: dict[str, Walk]) -> Iterator[None]:
    with taken_back():
        yield


def test_somebody_who_may_not_see_arms_is_named_here():
    assert {Role.STATISTICIAN, Role.READER, Role.MEDICAL_REVIEWER} <= set(UNSEEING)


@pytest.mark.parametrize("role", SEEING)
def test_who_may_know_the_arm_is_told(cast, randomized, role):
    for arm, here in randomized.items():
        user = here.one(role)
        assert called(user, "api-subject", here.subject.pk).json()["arm"] == arm
        told = {row["id"]: row["arm"] for row in rows_of(user, "api-subjects")}
        assert told[str(here.subject.pk)] == arm


@pytest.mark.parametrize("role", UNSEEING)
def test_who_may_not_know_the_arm_is_told_of_nothing_that_depends_on_it(cast, randomized, role):
    for here in randomized.values():
        user = here.one(role)
        one = called(user, "api-subject", here.subject.pk).json()
        assert (one["arm"], one["stage"]) == (None, "randomized")
    visits, forms = rows_of(user, "api-visits"), rows_of(user, "api-forms")
    assert visits
    assert forms
    assert not {row["code"] for row in visits} & set(REVEALING_VISITS)
    assert not {row["visit"] for row in forms} & set(REVEALING_VISITS)
    assert not {row["crf"] for row in forms} & set(REVEALING_CRFS)


@pytest.mark.parametrize("role", UNSEEING)
def test_subjects_of_either_arm_read_alike_to_who_may_not_know_it(cast, randomized, role):
    user = next(iter(randomized.values())).one(role)

    def shape_of(subject):
        visits = [(row["code"], row["state"], row["status"]) for row in rows_of(user, "api-visits", subject=subject.pk)]
        forms = [(row["crf"], row["visit"]) for row in rows_of(user, "api-forms", subject=subject.pk)]
        return json.dumps([visits, sorted(map(str, forms))])

    assert len({shape_of(here.subject) for here in randomized.values()}) == 1


def test_the_revealing_visit_is_told_to_who_may_know_the_arm(cast, randomized):
    user = next(iter(randomized.values())).one(Role.COORDINATOR)

    assert set(REVEALING_VISITS) & {row["code"] for row in rows_of(user, "api-visits")}


def test_a_coordinator_of_another_site_sees_nobody(cast, randomized):
    stranger = a_user(Role.COORDINATOR, a_site())

    assert [rows_of(stranger, name) for name in LISTS] == [[], [], [], []]
