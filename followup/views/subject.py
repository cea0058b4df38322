"""The visits of one subject: each as a bar, with its forms, and what may be done with it."""

from __future__ import annotations

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
from followup.rules.visits import may_add_unscheduled, may_on_page
from followup.selectors import visits_of
from followup.selectors.visits import forms_by_visit
from followup.status import NOT_ATTENDED_BY_HAND, VisitStatus, status_of
from protocol.schedule import SURGERY


@require_GET
def subject_visits(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show every visit of the subject within sight, in the order of its days."""
    subject, at = subject_in_sight(request, subject_id), clock.now()
    today = day_at(subject.site, at)
    visits = visits_of(request.user, subject)
    axis = axis_of(visits, today=today)
    forms = forms_by_visit(request.user, subject)
    possible = may_on_page(request.user, subject, visits, locks_over([subject]), at=at)
    rows = [
        {
            **_row(visit, today),
            "bar": axis and axis.bar(visit),
            "forms": forms.get(visit.pk, []),
            "may": possible[visit.pk],
        }
        for visit in visits
    ]
    context = {
        "subject": subject,
        "rows": rows,
        "axis": axis,
        "today": today,
        "may_add": may_add_unscheduled(request.user, subject, at=at),
    }
    return render(request, "followup/subject_visits.html", context)


def _row(visit: Visit, today: date) -> dict[str, Any]:
    status, by_hand = status_of(visit, on=today), visit.code not in NOT_ATTENDED_BY_HAND
    return {
        "visit": visit,
        "status": status,
        "is_over": status is VisitStatus.CANCELLED,
        "is_now": status in (VisitStatus.DUE, VisitStatus.OVERDUE),
        "by_hand": by_hand,
        # Of surgery the greyed button says where its day comes from; screening and randomization are never recorded.
        "has_buttons": by_hand or (visit.code == SURGERY.code and visit.state == VisitState.OPEN),
    }
