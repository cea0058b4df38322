"""Sealed lists and subjects that wait for randomization or were randomized, reached by walking the real actions."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from audit.door import as_actor
from casebook.models import Subject
from eligibility import actions as eligibility
from eligibility.selectors import judged_of
from eligibility.snapshot import content_hash_of
from protocol.roles import Role
from randomization import actions
from randomization.models import Allocation, AllocationList
from rehearsal.cast import Cast
from rehearsal.walk import Walk
from tests.people import a_user
from tests.rehearsal_ground import a_passing_subject, sign_readings

SEED = bytes(range(32))


def a_list(*, by: User | None = None, **details: object) -> AllocationList:
    """Return a list that serves synthetic subjects, unless told otherwise."""
    said = {"name": "Test list", "for_trial": False, "seed": SEED, "at_least": 12, "at": timezone.now(), **details}
    return actions.make_list(None, by=by or a_user(Role.UNBLINDED_STATISTICIAN, None), **said)


def an_eligible_subject(cast: Cast, seed: str = "test", **course: object) -> Walk:
    """Return a subject whose eligibility an investigator has just signed."""
    here = a_passing_subject(cast, seed, **course)
    determine(here)
    return here


def determine(here: Walk) -> None:
    """Let the principal investigator confirm the response and sign the determination, on what stands now."""
    sign_readings(here)
    investigator, at = here.one(Role.PRINCIPAL_INVESTIGATOR), timezone.now()
    with as_actor(investigator):
        evidence_hash = judged_of(now_of(here), at=at).evidence_hash
    eligibility.confirm_response(here.subject, by=investigator, at=at, evidence_hash=evidence_hash)
    with as_actor(investigator):
        content_hash = content_hash_of(judged_of(now_of(here), at=at))
    eligibility.determine(here.subject, by=investigator, at=at, content_hash=content_hash)


def randomize(here: Walk, *, by: User | None = None, attests: bool = True) -> Allocation:
    """Randomize the subject now, by the coordinator unless told otherwise."""
    who = by or here.one(Role.COORDINATOR)
    return actions.randomize(here.subject, by=who, at=timezone.now(), attests=attests)


def a_randomized_subject(cast: Cast, seed: str = "test", **course: object) -> Walk:
    """Return a subject that was randomized now; a list has to serve."""
    here = an_eligible_subject(cast, seed, **course)
    randomize(here)
    return here


def now_of(here: Walk) -> Subject:
    """Return the subject as it stands now."""
    with as_actor(here.one(Role.PRINCIPAL_INVESTIGATOR)):
        return Subject.objects.select_related("site").get(pk=here.subject.pk)
