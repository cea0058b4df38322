"""The visits of one subject: each as a bar, with its forms, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit import clock
from casebook.models import Visit
from casebook.selectors.standing import day_at, locks_over
from casebook.states import VisitState
from casebook.views.sight import subject_in_sight
from followup.bars import axis_of
from followup.rules.visits import FROM_OPERATION, NOT_BY_HAND, may_add_unscheduled, may_on_page
from followup.selectors import visits_of
from followup.selectors.visits import forms_by_visit, operation_to_enter
from followup.status import NOT_ATTENDED_BY_HAND, VisitStatus, last_day_of, status_of
from protocol.course import ALLOCATION
from protocol.schedule import SCREENING, SURGERY
from protocol.words import N_

DONE_BEFORE = N_("Screening was done before randomization.")


@require_GET
def subject_visits(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show every visit of the subject within sight, in the order of its days."""
    subject, at = subject_in_sight(request, subject_id), clock.now()
    today = day_at(subject.site, at)
    visits = visits_of(request.user, subject)
    axis = axis_of(visits, today=today)
    forms = forms_by_visit(request.user, subject)
    said_of = _said_of(visits)
    possible = may_on_page(request.user, subject, visits, locks_over([subject]), at=at)
    rows = [
        {
            **_row(visit, today),
            "bar": axis and axis.bar(visit),
            "forms": forms.get(visit.pk, []),
            "may": possible[visit.pk],
            "follows": said_of.get(visit.code, "") if visit.state != VisitState.CANCELLED else "",
        }
        for visit in visits
    ]
    context = {
        "subject": subject,
        "rows": rows,
        "axis": axis,
        "today": today,
        "operation": operation_to_enter(request.user, subject),
        "may_add": may_add_unscheduled(request.user, subject, at=at),
    }
    return render(request, "followup/subject_visits.html", context)


def _row(visit: Visit, today: date) -> dict[str, Any]:
    status, by_hand = status_of(visit, on=today), visit.code not in NOT_ATTENDED_BY_HAND
    return {
        "visit": visit,
        "status": status,
        "is_over": status is VisitStatus.CANCELLED,
        "is_now": status in (VisitStatus.DUE, VisitStatus.GRACE, VisitStatus.OVERDUE),
        "grace_until": last_day_of(visit) if status is VisitStatus.GRACE else None,
        "by_hand": by_hand,
        "is_marked": visit.code != SCREENING.code,
        "is_of_operation": visit.code == SURGERY.code and visit.state == VisitState.OPEN,
    }


def _said_of(visits: Iterable[Visit]) -> dict[str, str]:
    """Return, of each visit that nobody records by hand, what it follows from."""
    is_randomized = any(visit.code == ALLOCATION and visit.attended_on for visit in visits)
    says = {**NOT_BY_HAND, SURGERY.code: FROM_OPERATION}
    return says | {SCREENING.code: DONE_BEFORE} if is_randomized else says
