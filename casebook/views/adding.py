"""One more form of a CRF that repeats, one more line of a log, a form that will not be filled in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit import clock
from audit.decision import Refusal
from casebook import actions, rules
from casebook.selectors.sight import visible_visits
from casebook.states import FormState
from casebook.views.sight import form_in_sight, subject_in_sight
from casebook.words import said, title_of, visit_title
from protocol.trial import TRIAL

CODES = {crf.code for crf in TRIAL.crfs}


@require_http_methods(["GET", "POST"])
def form_add(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Add the next form and open it; who comes back to the address without adding anything is led to the casebook."""
    subject = subject_in_sight(request, subject_id)
    if request.method == "GET":
        return redirect("casebook", subject.pk)
    code = request.POST.get("crf", "")
    if code not in CODES:
        raise Http404
    visit = None
    if visit_id := request.POST.get("visit"):
        visit = get_object_or_404(visible_visits(request.user).filter(subject=subject), pk=_uuid(visit_id))
    form = actions.add_form(
        subject, by=request.user, at=clock.now(), visit=visit, crf=code, key=request.POST.get("key", "")[:64]
    )
    messages.success(request, _("%(form)s is added.") % {"form": title_of(form)})
    return redirect("form", form.pk)


@require_http_methods(["GET", "POST"])
def form_not_done(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Say that a form will not be filled in, and why."""
    form = form_in_sight(request, form_id)
    reason, refused = request.POST.get("reason", ""), ""
    if request.method == "POST":
        if form.state == FormState.NOT_DONE:  # sent twice: it is done already
            return redirect("casebook", form.subject_id)
        try:
            actions.mark_not_done(form, by=request.user, at=clock.now(), reason=reason)
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("%(form)s is marked as not done.") % {"form": title_of(form)})
            return redirect("casebook", form.subject_id)
    context = {
        "form": form,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
        "reason": reason,
        "refused": refused,
        # Asked with a reason that stands, so that only what else forbids it is said before one is typed.
        "decision": rules.may_mark_not_done(request.user, form, at=clock.now(), reason="-"),
    }
    return render(request, "casebook/not_done.html", context, status=409 if refused else 200)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise Http404 from wrong
