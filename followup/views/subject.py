"""The visits of one subject: each as a bar, with its forms, and what may be done with it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit import clock
from casebook.selectors.standing import day_at, locks_over
from casebook.views.sight import subject_in_sight
from followup.bars import axis_of
from followup.rules.visits import may_add_unscheduled, may_on_page
from followup.selectors import visits_of
from followup.selectors.visits import forms_by_visit
from followup.status import VisitStatus, status_of


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
            "visit": visit,
            "status": status_of(visit, on=today),
            "is_over": status_of(visit, on=today) is VisitStatus.CANCELLED,
            "bar": axis.bar(visit) if axis else None,
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
