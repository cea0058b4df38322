"""The page of one candidate: judged now, and what people sign on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from accounts.gate import posted_from
from audit import clock
from audit.decision import Refusal
from casebook.models import Subject
from casebook.words import said
from eligibility.actions import (
    confirm_response,
    declare_screen_failure,
    determine,
    resolve_review,
    revoke_determination,
)
from eligibility.candidate import candidate_of
from eligibility.panels import panels_of
from eligibility.selectors import readable_sites, visible_candidates
from eligibility.steps import steps_of
from eligibility.timeline import timeline_of
from protocol.words import Sentence

Act = Callable[[Subject, datetime], object]
RESPONSE, REVIEW, DETERMINATION, LEAVING = "response", "review", "determination", "leaving"
REVOCATION = "revocation"


@require_GET
def candidate(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Judge one subject now and show every criterion with what it rests on, what is missing and what is signed."""
    return _page(request, _in_sight(request, subject_id))


@posted_from("candidate")
def response_confirm(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Sign that the scans and markers shown are a confirmed response."""

    def act(subject: Subject, at: datetime) -> None:
        confirm_response(subject, by=request.user, at=at, evidence_hash=_posted(request, "shown"))

    return _signed(request, subject_id, act, panel=RESPONSE, done=_("The response is confirmed."))


@posted_from("candidate")
def review_resolve(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Sign what one decides, as one of two persons, on a verdict that needs review."""
    code = _posted(request, "criterion")

    def act(subject: Subject, at: datetime) -> None:
        resolve_review(
            subject,
            by=request.user,
            at=at,
            criterion=code,
            judgement_hash=_posted(request, "shown"),
            decision=_posted(request, "decision"),
            reason=_posted(request, "reason"),
        )

    return _signed(request, subject_id, act, panel=f"{REVIEW}-{code}", done=_("Your decision on this verdict is kept."))


@posted_from("candidate")
def determination_sign(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Sign that the subject is eligible, on what the page showed."""

    def act(subject: Subject, at: datetime) -> None:
        determine(subject, by=request.user, at=at, content_hash=_posted(request, "shown"))

    return _signed(request, subject_id, act, panel=DETERMINATION, done=_("The determination is signed."))


@posted_from("candidate")
def determination_revoke(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Take back the determination that the page showed."""

    def act(subject: Subject, at: datetime) -> None:
        revoke_determination(
            subject, by=request.user, at=at, determination=_posted(request, "shown"), reason=_posted(request, "reason")
        )

    return _signed(request, subject_id, act, panel=REVOCATION, done=_("The determination is taken back."))


@posted_from("candidate")
def screen_failure(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Declare that the subject is not randomized."""

    def act(subject: Subject, at: datetime) -> None:
        declare_screen_failure(
            subject,
            by=request.user,
            at=at,
            kind=_posted(request, "kind"),
            criteria=request.POST.getlist("criteria"),
            reason=_posted(request, "reason"),
        )

    done = _("The subject is kept as a screen failure.")
    return _signed(request, subject_id, act, panel=LEAVING, done=done, asks_password=False)


def _signed(
    request: HttpRequest, subject_id: UUID, act: Act, *, panel: str, done: str, asks_password: bool = True
) -> HttpResponse:
    """Do it where the person proves who they are and the rule allows it; else show the page with the sentence."""
    subject = _in_sight(request, subject_id)
    if asks_password:
        proven = confirm_signer(request, email=_posted(request, "email"), password=_posted(request, "password"))
        if not proven:
            return _page(request, subject, refused={panel: proven.why})
    try:
        act(subject, clock.now())
    except Refusal as refusal:
        return _page(request, _in_sight(request, subject_id), refused={panel: refusal.sentence})
    if asks_password:
        remember_signature(request)
    messages.success(request, done)
    return redirect(f"{reverse('candidate', args=[subject_id])}#{panel}")


def _page(
    request: HttpRequest, subject: Subject, *, refused: Mapping[str, Sentence | None] | None = None
) -> HttpResponse:
    at = clock.now()
    found = candidate_of(subject, request.user, at=at)
    context = {
        "subject": subject,
        "candidate": found,
        "panels": panels_of(found, request.user, at=at),
        "timeline": timeline_of(found.response),
        "steps": steps_of(found),
        "refused": {panel: said(why) for panel, why in (refused or {}).items()},
        "typed": request.POST,
        "typed_criteria": request.POST.getlist("criteria"),
        "asks_email": needs_both_parts(request),
    }
    return render(request, "eligibility/candidate.html", context, status=409 if refused else 200)


def _in_sight(request: HttpRequest, subject_id: UUID) -> Subject:
    return get_object_or_404(visible_candidates(request.user, readable_sites(request.user)), pk=subject_id)


def _posted(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")
