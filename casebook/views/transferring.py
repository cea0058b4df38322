"""Transfers between sites: the list of both sides, asking another site, accepting or declining, and the copy that stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from accounts.models import Site, User
from accounts.narrowing import refuse_unread
from accounts.selectors import visible_sites
from audit import clock
from audit.decision import Decision, Refusal, no
from casebook import actions
from casebook.models import SubjectTransfer
from casebook.rules.transferring import (
    may_accept_transfer,
    may_ask_transfer,
    may_cancel_transfer,
    may_decline_transfer,
    may_read_copy,
)
from casebook.selectors.sight import visible_subjects
from casebook.selectors.standing import day_at
from casebook.selectors.transfers import visible_copies, visible_transfers
from casebook.states import TransferState
from casebook.views.sight import subject_in_sight
from casebook.words import said
from paper.tables import csv_lines
from protocol.words import N_

SIZES = (50, 25, 100)
SORTS = {"newest": ("-asked_at", "-id"), "oldest": ("asked_at", "id"), "number": ("number", "-asked_at", "id")}
NO_SITE = no(N_("Choose the site that is to take the subject over."))
UNKNOWN = no(N_("Choose one of the buttons of the page. Nothing was changed."))


@require_GET
def transfers(request: HttpRequest) -> HttpResponse:
    """List the transfers from and to the sites in sight, with the copies that stayed."""
    found, chosen = _narrowed(request)
    page = Paginator(found, chosen["size"]).get_page(request.GET.get("page"))
    shown = {each.subject_id for each in page}
    context = {
        "page": page,
        "copies": set(visible_copies(request.user).filter(transfer__in=list(page)).values_list("pk", flat=True)),
        "here": set(visible_subjects(request.user).filter(pk__in=shown).values_list("pk", flat=True)),
        "sites": list(visible_sites(request.user)),
        "states": TransferState.choices,
        "sizes": SIZES,
        "sorts": [("newest", _("Latest first")), ("oldest", _("Earliest first")), ("number", _("By subject"))],
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        **chosen,
    }
    return render(request, "casebook/transfers.html", context)


@require_GET
def transfers_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as CSV, all pages of it. Raises StrangeField."""
    found, chosen = _narrowed(request)
    refuse_unread(request, chosen)
    header = [
        _("Subject"),
        _("From"),
        _("To"),
        _("State"),
        _("Asked"),
        _("Asked by"),
        _("Reason"),
        _("Settled"),
        _("By"),
    ]
    lines = (
        [
            each.number,
            each.from_site.code,
            each.to_site.code,
            str(each.get_state_display()),
            each.asked_at.isoformat(),
            each.asked_by.name,
            each.reason,
            each.settled_at.isoformat() if each.settled_at else "",
            each.settled_by.name if each.settled_by else "",
        ]
        for each in found
    )
    response = HttpResponse(csv_lines(header, lines, bom=True), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="transfers.csv"'
    return response


def _narrowed(request: HttpRequest) -> tuple[QuerySet[SubjectTransfer], dict[str, Any]]:
    site, state, size, sort = (request.GET.get(name, "") for name in ("site", "state", "size", "sort"))
    chosen: dict[str, Any] = {
        "site": int(site) if site.isdecimal() and len(site) < 9 else 0,
        "state": state if state in TransferState.values else "",
        "number": request.GET.get("number", "").strip()[:32],
        "size": int(size) if size.isdecimal() and len(size) < 5 and int(size) in SIZES else SIZES[0],
        "sort": sort if sort in SORTS else "newest",
    }
    found = visible_transfers(request.user)
    if chosen["site"]:
        found = found.filter(Q(from_site=chosen["site"]) | Q(to_site=chosen["site"]))
    if chosen["state"]:
        found = found.filter(state=chosen["state"])
    if chosen["number"]:
        found = found.filter(number__icontains=chosen["number"].replace("\x00", ""))
    return found.order_by(*SORTS[str(chosen["sort"])]), chosen


@require_http_methods(["GET", "POST"])
def transfer_ask(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Ask another site to take this subject over, by signature."""
    subject = subject_in_sight(request, subject_id)
    at, refused = clock.now(), ""
    if request.method == "POST":
        reason, to_site = request.POST.get("reason", ""), _site_asked(request)
        try:
            if to_site is None:
                raise Refusal.of(NO_SITE)
            _prove(request, may_ask_transfer(request.user, subject, at=at, to_site=to_site, reason=reason))
            made = actions.ask_transfer(subject, by=request.user, at=at, to_site=to_site, reason=reason)
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            remember_signature(request)
            messages.success(request, _("Site %(site)s was asked to take %(subject)s over.") % _named(made))
            return redirect("transfer", made.pk)
    context = {
        "subject": subject,
        "today": day_at(subject.site, at),
        "sites": Site.objects.filter(is_open=True, synthetic=subject.site.synthetic).exclude(pk=subject.site_id),
        "may": may_ask_transfer(request.user, subject, at=at),
        "refused": refused,
        "typed": request.POST,
        "asks_email": needs_both_parts(request),
    }
    return render(request, "casebook/transfer_ask.html", context, status=409 if refused else 200)


def _site_asked(request: HttpRequest) -> Site | None:
    asked = request.POST.get("to_site", "")
    return Site.objects.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else None


@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Show one transfer; accept or decline it where it was asked of, take it back where it was asked for."""
    found = get_object_or_404(visible_transfers(request.user), pk=transfer_id)
    refused = ""
    if request.method == "POST":
        try:
            _perform(request, found, at=clock.now())
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            return redirect("transfer", found.pk)
    return _one(request, found, refused)


def _perform(request: HttpRequest, found: SubjectTransfer, *, at: datetime) -> None:
    """Do what the pressed button says. Raises Refusal."""
    by, act, reason = request.user, request.POST.get("act"), request.POST.get("reason", "")
    if act == "accept":
        _prove(request, may_accept_transfer(by, found, at=at))
        actions.accept_transfer(found, by=by, at=at)
        remember_signature(request)
        messages.success(request, _("%(subject)s is at %(site)s now. Obtain the new consent first.") % _named(found))
        return
    settle: dict[str, Callable[..., SubjectTransfer]] = {
        "decline": actions.decline_transfer,
        "cancel": actions.cancel_transfer,
    }
    if act not in settle:
        raise Refusal.of(UNKNOWN)
    settle[act](found, by=by, at=at, reason=reason)
    messages.success(request, _("The transfer of %(subject)s is not made.") % _named(found))


def _named(transfer: SubjectTransfer) -> dict[str, str]:
    return {"site": transfer.to_site.code, "subject": transfer.number}


class Unproven(Refusal):
    """The password was not proven: the page says so without undoing that the failure was counted."""


def _prove(request: HttpRequest, decision: Decision) -> None:
    if not decision:
        raise Refusal.of(decision)
    email, password = request.POST.get("email", ""), request.POST.get("password", "")
    if not (proven := confirm_signer(request, email=email, password=password)):
        raise Unproven.of(proven)


def _one(request: HttpRequest, found: SubjectTransfer, refused: str) -> HttpResponse:
    user: User = request.user
    sites = user.site_ids()
    context = {
        "transfer": found,
        "is_asked": found.state == TransferState.ASKED,
        "copy": visible_copies(user).filter(pk=found.pk).first(),
        "is_here": visible_subjects(user).filter(pk=found.subject_id).exists(),
        "may_accept": may_accept_transfer(user, found, at=clock.now()) if found.to_site_id in sites else None,
        "may_decline": may_decline_transfer(user, found) if found.to_site_id in sites else None,
        "may_cancel": may_cancel_transfer(user, found) if found.from_site_id in sites else None,
        "refused": refused,
        "typed": request.POST,
        "asks_email": needs_both_parts(request),
    }
    return render(request, "casebook/transfer.html", context, status=409 if refused else 200)


@require_GET
def transfer_copy(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Give the casebook as it left this site."""
    copy = get_object_or_404(visible_copies(request.user).select_related("site"), pk=transfer_id)
    if not (decision := may_read_copy(request.user, copy)):
        raise Refusal.of(decision)
    response = HttpResponse(bytes(copy.content), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, copy.file_name)
    response["X-Content-Type-Options"] = "nosniff"
    return response
