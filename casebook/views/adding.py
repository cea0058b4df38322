"""One more form of a CRF that repeats, one more line of a log, a form that will not be filled in."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit import clock
from audit.decision import Refusal
from casebook import actions, rules
from casebook.models import Subject
from casebook.rules.evaluating import is_evaluation
from casebook.selectors.sight import visible_forms, visible_visits
from casebook.states import FormState
from casebook.views.sight import form_in_sight, subject_in_sight
from casebook.words import said, title_of, visit_title
from protocol.language import Crf
from protocol.schedule import SCREENING
from protocol.trial import TRIAL

CODES = {crf.code for crf in TRIAL.crfs}


@require_http_methods(["GET", "POST"])
def form_add(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Add the next form and open it; a link asks first, and who comes back to the bare address is led to the casebook."""
    subject = subject_in_sight(request, subject_id)
    if request.method == "GET":
        asked = request.GET.get("crf")
        return _begin(request, subject, TRIAL.crf(asked)) if asked in CODES else redirect("casebook", subject.pk)
    code = request.POST.get("crf", "")
    if code not in CODES:
        raise Http404
    visit = None
    if visit_id := request.POST.get("visit"):
        visit = get_object_or_404(visible_visits(request.user).filter(subject=subject), pk=_uuid(visit_id))
    is_own = is_evaluation(code)
    add = actions.begin_form if is_own else actions.add_form
    form = add(subject, by=request.user, at=clock.now(), visit=visit, crf=code, key=request.POST.get("key", "")[:64])
    text = _("%(form)s is yours: nobody else can enter it.") if is_own else _("%(form)s is added.")
    messages.success(request, text % {"form": title_of(form)})
    return redirect("form", form.pk)


def _begin(request: HttpRequest, subject: Subject, crf: Crf) -> HttpResponse:
    """Lead to the form that this person has begun, or that is free; else ask whether to begin one more in screening.

    A free evaluation would be free for several: whoever evaluates is asked to begin, and gets one alone.
    """
    user, forms = request.user, visible_forms(request.user).filter(subject=subject, crf=crf.code)
    open_ = Q(entered_by=user, state=FormState.IN_PROGRESS)
    if not is_evaluation(crf.code):
        open_ |= Q(entered_by=None, state=FormState.NOT_STARTED)
    if (form := forms.filter(open_).order_by(F("entered_by").desc(nulls_last=True), "repeat").first()) is not None:
        return redirect("form", form.pk)
    visit = None if crf.log else visible_visits(user).filter(subject=subject, code=SCREENING.code).first()
    context = {
        "subject": subject,
        "crf": crf,
        "visit": visit,
        "key": str(uuid4()),
        "decision": rules.may_add_form(user, subject, at=clock.now(), visit=visit, crf=crf.code),
    }
    return render(request, "casebook/add.html", context)


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
        "decision": rules.may_mark_not_done(request.user, form, at=clock.now(), reason="words"),
    }
    return render(request, "casebook/not_done.html", context, status=409 if refused else 200)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise Http404 from wrong
