"""Signing a form: what is signed and what it means, with the signer's password."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from audit import clock
from audit.decision import Decision, Refusal, no
from casebook.actions.marks import sign_form
from casebook.entry.sheet import open_sheet
from casebook.models import Form
from casebook.rules.marks import may_sign
from casebook.views.sight import form_in_sight
from casebook.words import said, title_of, visit_title
from protocol.words import N_

READ_ONLY = no(N_("This page is for reading and signing."))


@require_http_methods(["GET", "POST"])
def form_sign(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Show the whole form as it will be signed, and sign it."""
    form = form_in_sight(request, form_id)
    decision = may_sign(request.user, form)
    if request.method == "GET" or not decision:
        return _page(request, form, decision)
    if not (proven := _signer(request)):
        return _page(request, form, decision, refused=proven)
    version = request.POST.get("version", "")
    try:
        sign_form(form, by=request.user, at=clock.now(), version=int(version) if version.isdecimal() else -1)
    except Refusal as refusal:
        return _page(request, form, decision, refused=no(refusal.sentence.message, **dict(refusal.sentence.params)))
    remember_signature(request)
    messages.success(request, _("%(form)s is signed.") % {"form": title_of(form)})
    return redirect("casebook", form.subject_id)


def _signer(request: HttpRequest) -> Decision:
    return confirm_signer(request, email=request.POST.get("email", ""), password=request.POST.get("password", ""))


def _page(request: HttpRequest, form: Form, decision: Decision, *, refused: Decision | None = None) -> HttpResponse:
    sheet = open_sheet(form, request.user, at=clock.now())
    sheet.decision = READ_ONLY
    context = {
        "form": form,
        "drawn": sheet.drawn,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
        "decision": decision,
        "refused": said(refused.why) if refused is not None and refused.why else "",
        "asks_email": needs_both_parts(request),
    }
    return render(request, "casebook/sign.html", context, status=409 if refused is not None else 200)
