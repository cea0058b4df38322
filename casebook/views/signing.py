"""Signing a form: what is signed and what it means, with the password given anew."""

from __future__ import annotations

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audit.decision import Refusal, no
from casebook.actions.marks import sign_form
from casebook.entry.sheet import open_sheet
from casebook.rules.marks import may_sign
from casebook.views.sight import form_in_sight
from casebook.words import said, title_of, visit_title
from protocol.words import N_

READ_ONLY = no(N_("This page is for reading and signing."))


@require_http_methods(["GET", "POST"])
@reauthentication_required
def form_sign(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Show the whole form as it will be signed, and sign it."""
    form = form_in_sight(request, form_id)
    at = timezone.now()
    refused = ""
    if request.method == "POST":
        try:
            sign_form(form, by=request.user, at=at)
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("%(form)s is signed.") % {"form": title_of(form)})
            return redirect("casebook", form.subject_id)
    decision = may_sign(request.user, form)
    sheet = open_sheet(form, request.user, at=at)
    sheet.decision = READ_ONLY
    context = {
        "form": form,
        "drawn": sheet.drawn,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
        "decision": decision,
        "refused": refused,
    }
    return render(request, "casebook/sign.html", context, status=409 if refused else 200)
