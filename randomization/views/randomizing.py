"""The page on which one subject is randomized."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from accounts.roles import Permission
from audit import clock
from audit.decision import Decision, Refusal
from casebook.models import Subject
from casebook.selectors.sight import visible_subjects
from casebook.words import said
from protocol.words import Sentence
from randomization import actions
from randomization.click import click_of
from randomization.selectors import allocation_of


@require_http_methods(["GET", "POST"])
def randomize(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show everything that is judged at the click, and randomize. A refused attempt is put on record."""
    subject = subject_to_randomize(request, subject_id)
    if request.method == "GET":
        return _page(request, subject)
    if not (proven := _signer(request)) and proven.why is not None:
        return _refused(request, subject, proven.why)
    attests = request.POST.get("attests") == "yes"
    try:
        actions.randomize(subject, by=request.user, at=clock.now(), attests=attests)
    except Refusal as refusal:
        return _refused(request, subject, refusal.sentence)
    remember_signature(request)
    return redirect("allocation", subject.pk)


def subject_to_randomize(request: HttpRequest, subject_id: UUID) -> Subject:
    """Return a subject of a site where the user randomizes. Raises Http404."""
    subject = get_object_or_404(visible_subjects(request.user).select_related("site"), pk=subject_id)
    if not request.user.holds(Permission.RANDOMIZE, at=subject.site):
        raise Http404
    return subject


def _signer(request: HttpRequest) -> Decision:
    return confirm_signer(request, email=request.POST.get("email", ""), password=request.POST.get("password", ""))


def _refused(request: HttpRequest, subject: Subject, why: Sentence) -> HttpResponse:
    actions.record_refused_attempt(subject, by=request.user, at=clock.now(), why=why)
    return _page(request, subject, refused=why)


def _page(request: HttpRequest, subject: Subject, *, refused: Sentence | None = None) -> HttpResponse:
    context = {
        "subject": subject,
        "click": click_of(subject, request.user, at=clock.now()),
        "is_randomized": allocation_of(subject) is not None,
        "refused": said(refused),
        "asks_email": needs_both_parts(request),
        "attests": request.POST.get("attests") == "yes",
        "email": request.POST.get("email", ""),
    }
    return render(request, "randomization/randomize.html", context, status=409 if refused is not None else 200)
