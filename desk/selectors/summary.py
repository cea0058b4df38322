"""What stands at the head of a casebook: the arm to who may know it, the next visit, and the pages that lead on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Subject, Visit
from casebook.states import Stage, VisitState
from followup.bars import strip_of
from followup.status import VisitStatus, status_of
from protocol.arms import ARMS
from protocol.course import ALLOCATION
from randomization.selectors import arm_of

ARM_TITLES = {arm.code: arm.title for arm in ARMS}
P = Permission


@dataclass(frozen=True)
class Next:
    """The open visit whose target comes first."""

    visit: Visit
    status: VisitStatus
    strip: Mapping[str, int] | None


@dataclass(frozen=True)
class Summary:
    """How a subject stands in the trial, as its reader may know it."""

    randomized_on: date | None
    arm: str  # its title; empty before randomization, and for who may not know it
    hides_arm: bool
    next: Next | None
    links: tuple[tuple[str, str], ...]  # word and address


def summary_of(user: User, subject: Subject, visits: Iterable[Visit], *, today: date) -> Summary:
    """Return the summary. One query, for the arm."""
    visits = list(visits)
    randomized_on = next((visit.attended_on for visit in visits if visit.code == ALLOCATION), None)
    arm = arm_of(user, subject) if randomized_on else None
    return Summary(
        randomized_on=randomized_on,
        arm=_(ARM_TITLES[arm]) if arm else "",
        hides_arm=bool(randomized_on) and arm is None,
        next=_next(visits, today),
        links=tuple(_links(user, subject, is_randomized=bool(randomized_on))),
    )


def _next(visits: Iterable[Visit], today: date) -> Next | None:
    planned = [visit for visit in visits if visit.state == VisitState.OPEN and visit.target_on]
    first = min(planned, key=lambda visit: (visit.target_on, visit.code, visit.repeat), default=None)
    return Next(first, status_of(first, on=today), strip_of(first, today)) if first else None


def _links(user: User, subject: Subject, *, is_randomized: bool) -> Iterator[tuple[str, str]]:
    """Yield the pages of this subject that the user may open."""

    def holds(permission: Permission) -> bool:
        return user.holds(permission, at=subject.site_id)

    if holds(P.ELIGIBILITY_READ):
        yield _("Eligibility"), reverse("candidate", args=[subject.pk])
    if holds(P.RANDOMIZE) and subject.stage == Stage.ELIGIBLE:
        yield _("Randomize"), reverse("randomize", args=[subject.pk])
    if holds(P.ARM_READ) and is_randomized:
        yield _("Allocation"), reverse("allocation", args=[subject.pk])
    yield _("Visits"), reverse("subject-visits", args=[subject.pk])
    if holds(P.REPORT_READ) and is_randomized:
        yield _("Endpoints"), reverse("subject-endpoints", args=[subject.pk])
    if holds(P.SAFETY_READ):
        yield _("Adverse events"), f"{reverse('safety-events')}?number={subject.number}"
    yield _("Files"), reverse("subject-files", args=[subject.pk])
    yield pgettext("of an item", "History"), reverse("subject-history", args=[subject.pk])
    yield _("As of a moment"), reverse("casebook-as-of", args=[subject.pk])
    if holds(P.SUBJECT_TRANSFER):
        yield _("Transfer"), reverse("transfer-ask", args=[subject.pk])
    if holds(P.AUDIT_READ):
        yield _("Audit trail"), f"{reverse('audit-events')}?subject={subject.pk}"
