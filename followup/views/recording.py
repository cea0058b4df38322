"""Recording what became of a visit: attended, missed, corrected, unscheduled. What was typed stays on a refused page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit import clock
from audit.decision import Decision, Refusal
from casebook.models import Subject, Visit
from casebook.selectors.sight import visible_visits
from casebook.views.sight import subject_in_sight
from casebook.words import visit_title
from followup import actions
from followup.entry import Typed
from followup.rules.visits import (
    may_add_unscheduled,
    may_correct_attendance,
    may_mark_missed,
    may_record_attendance,
)
from followup.selectors.visits import could_serve
from protocol.schedule import UNSCHEDULED
from protocol.trial import TRIAL


def _visit_in_sight(request: HttpRequest, visit_id: UUID) -> Visit:
    visits = visible_visits(request.user).select_related("site", "subject__site")
    return get_object_or_404(visits, pk=visit_id)


@require_http_methods(["GET", "POST"])
def attendance(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Record that a visit took place, and which others it served."""
    visit, at = _visit_in_sight(request, visit_id), clock.now()
    others, typed = could_serve(request.user, visit), Typed.of(request.POST)

    def act(day: date | None) -> Visit:
        details: dict[str, Any] = {"attended_on": day, "also": typed.chosen(others), "reason": typed.reason}
        return actions.record_attendance(visit, by=request.user, at=at, **details)

    context = {"visit": visit, "others": others, "decision": may_record_attendance(request.user, visit, at=at)}
    return _answered(request, visit.subject, typed, act, "followup/attendance.html", context, needs_day=True)


@require_http_methods(["GET", "POST"])
def missed(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Say that a visit did not take place, and why."""
    visit, at = _visit_in_sight(request, visit_id), clock.now()
    typed = Typed.of(request.POST)

    def act(_day: date | None) -> Visit:
        return actions.mark_missed(visit, by=request.user, at=at, reason=typed.reason)

    context = {"visit": visit, "decision": may_mark_missed(request.user, visit, at=at)}
    return _answered(request, visit.subject, typed, act, "followup/missed.html", context, needs_day=False)


@require_http_methods(["GET", "POST"])
def correction(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Correct the day of a visit, or take back what was recorded of it."""
    visit, at = _visit_in_sight(request, visit_id), clock.now()
    typed = Typed.of(request.POST)
    takes_back = request.POST.get("how") == "nothing"

    def act(day: date | None) -> Visit:
        return actions.correct_attendance(visit, by=request.user, at=at, attended_on=day, reason=typed.reason)

    if request.method == "GET" and visit.attended_on:
        typed.day = visit.attended_on.isoformat()
    decision = may_correct_attendance(request.user, visit, at=at)
    context = {"visit": visit, "decision": decision, "takes_back": takes_back}
    return _answered(request, visit.subject, typed, act, "followup/correction.html", context, needs_day=not takes_back)


@require_http_methods(["GET", "POST"])
def unscheduled(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Record a visit that no schedule plans."""
    subject, at = subject_in_sight(request, subject_id), clock.now()
    typed = Typed.of(request.POST)
    crfs = [TRIAL.crf(code) for code in UNSCHEDULED.forms]
    if request.method == "GET":
        typed.codes = frozenset(UNSCHEDULED.forms)

    def act(day: date | None) -> Visit:
        key = request.POST.get("key", "")[:64]
        details: dict[str, Any] = {"attended_on": day, "reason": typed.reason, "codes": typed.codes, "key": key}
        return actions.add_unscheduled(subject, by=request.user, at=at, **details)

    context = {
        "crfs": crfs,
        "key": request.POST.get("key") or str(uuid4()),
        "decision": may_add_unscheduled(request.user, subject, at=at),
    }
    return _answered(request, subject, typed, act, "followup/unscheduled.html", context, needs_day=True)


def _answered(
    request: HttpRequest,
    subject: Subject,
    typed: Typed,
    act: Callable[[date | None], Visit],
    template: str,
    context: dict[str, Any],
    *,
    needs_day: bool,
) -> HttpResponse:
    """Act on a posted page and go on, or draw the page (again) with all that was typed."""
    decision: Decision = context["decision"]
    status = 200
    if request.method == "POST":
        day = typed.read_day() if needs_day else None
        if not typed.wrong:
            try:
                visit = act(day)
            except Refusal as refusal:
                typed.refuse_where(refusal.sentence)
            else:
                messages.success(request, _("%(visit)s is recorded.") % {"visit": visit_title(visit)})
                return redirect("subject-visits", subject.pk)
        status = 409
    context |= {"subject": subject, "typed": typed, "refused_at_all": status == 409 and not decision.allowed}
    return render(request, template, context, status=status)
