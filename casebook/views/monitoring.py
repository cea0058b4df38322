"""Monitoring visits: the list of a site, and one visit with what was verified, asked, found and agreed on in it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.gate import posted_from
from accounts.models import Site
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.selectors import visible_sites
from audit import clock
from audit.decision import Refusal
from audit.numbers import number_typed
from casebook.actions.monitoring import close_visit, open_visit, write_note
from casebook.models import MonitoringVisit
from casebook.rules.monitoring import NO_DAY, may_close_visit, may_note
from casebook.selectors.monitoring import (
    forms_verified_in,
    monitored_sites,
    queries_opened_in,
    visible_monitoring,
    with_counts,
)
from casebook.selectors.standing import day_at
from casebook.states import MonitoringKind, MonitoringNoteKind, MonitoringState
from casebook.views.form_lists import SITE_IN_SESSION, csv_of
from casebook.views.keys import key_sent, new_key
from casebook.words import said

PAGE_SIZE = 50


@require_GET
def monitoring(request: HttpRequest) -> HttpResponse:
    """List the monitoring visits in sight, and offer to begin one."""
    return _list(request)


def _list(request: HttpRequest, *, refused: str = "") -> HttpResponse:
    sites = list(visible_sites(request.user).filter(pk__in=monitored_sites(request.user)))
    site, state = _site_chosen(request), _state_chosen(request)
    context = {
        "page": Paginator(_visits(request, site, state), PAGE_SIZE).get_page(request.GET.get("page")),
        "query": f"site={site}&state={state}",
        "sites": sites,
        "site": site,
        "state": state,
        "states": MonitoringState.choices,
        "kinds": MonitoringKind.choices,
        "may_begin_at": [each for each in sites if request.user.holds(Permission.FORM_VERIFY, at=each.pk)],
        "typed": request.POST,
        "refused": refused,
    }
    return render(request, "casebook/monitoring.html", context, status=409 if refused else 200)


def _site_chosen(request: HttpRequest) -> int:
    typed = request.GET.get("site", str(request.session.get(SITE_IN_SESSION) or ""))
    return number_typed(typed)


def _state_chosen(request: HttpRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in MonitoringState.values else ""


def _visits(request: HttpRequest, site: int, state: str) -> QuerySet[Any]:
    visits = with_counts(visible_monitoring(request.user))
    visits = visits.filter(site=site) if site else visits
    return visits.filter(state=state) if state else visits


@require_GET
def monitoring_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered monitoring visits in sight as CSV. Raises StrangeField."""
    site, state = _site_chosen(request), _state_chosen(request)
    refuse_unread(request, {"site": site, "state": state})
    header = [_("Site"), _("Visit"), _("Kind"), _("Began on"), _("Ended on"), _("Monitor"), _("State")]
    header += [_("Values verified"), _("Findings"), _("Actions")]
    rows: list[list[object]] = [
        [
            *(visit.site.code, visit.number, str(visit.get_kind_display()), visit.began_on.isoformat()),
            *(visit.ended_on.isoformat() if visit.ended_on else "", visit.monitor.name),
            *(str(visit.get_state_display()), visit.marks, visit.findings, visit.actions),
        ]
        for visit in _visits(request, site, state)
    ]
    return csv_of("monitoring-visits.csv", header, rows)


@posted_from("monitoring")
def monitoring_open(request: HttpRequest) -> HttpResponse:
    """Begin a visit."""
    if not (typed := request.POST.get("site", "")):
        return _list(request, refused=_("Choose the site."))
    key = number_typed(typed)
    site: Site = get_object_or_404(visible_sites(request.user).filter(pk__in=monitored_sites(request.user)), pk=key)
    if (began_on := _day(request.POST.get("began_on", ""))) is None:
        return _list(request, refused=_(NO_DAY))
    kind = request.POST.get("kind", "")
    try:
        visit = open_visit(site, by=request.user, at=clock.now(), kind=kind, began_on=began_on)
    except Refusal as refusal:
        return _list(request, refused=said(refusal.sentence))
    messages.success(request, _("The visit is open. What you verify at this site until you close it belongs to it."))
    return redirect("monitoring-visit", visit.pk)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


@require_GET
def monitoring_visit(request: HttpRequest, monitoring_id: UUID) -> HttpResponse:
    """Show one visit, to be read and printed."""
    return _visit(request, _in_sight(request, monitoring_id))


def _in_sight(request: HttpRequest, monitoring_id: UUID) -> MonitoringVisit:
    return get_object_or_404(visible_monitoring(request.user), pk=monitoring_id)


@posted_from("monitoring-visit")
def monitoring_note(request: HttpRequest, monitoring_id: UUID) -> HttpResponse:
    """Write down a finding or an action."""
    visit = _in_sight(request, monitoring_id)
    kind, text = request.POST.get("kind", ""), request.POST.get("text", "")
    try:
        write_note(visit, by=request.user, at=clock.now(), kind=kind, text=text, key=key_sent(request))
    except Refusal as refusal:
        return _visit(request, visit, refused=said(refusal.sentence))
    return redirect("monitoring-visit", visit.pk)


@posted_from("monitoring-visit")
def monitoring_close(request: HttpRequest, monitoring_id: UUID) -> HttpResponse:
    """Close the visit."""
    visit = _in_sight(request, monitoring_id)
    if (ended_on := _day(request.POST.get("ended_on", ""))) is None:
        return _visit(request, visit, refused=_(NO_DAY))
    try:
        close_visit(visit, by=request.user, at=clock.now(), ended_on=ended_on)
    except Refusal as refusal:
        return _visit(request, visit, refused=said(refusal.sentence))
    messages.success(request, _("The visit is closed."))
    return redirect("monitoring-visit", visit.pk)


def _visit(request: HttpRequest, visit: MonitoringVisit, *, refused: str = "") -> HttpResponse:
    notes = list(visit.notes.select_related("written_by").order_by("written_at", "pk"))
    context = {
        "visit": visit,
        "forms": forms_verified_in(visit, request.user),
        "queries": queries_opened_in(visit, request.user),
        "findings": [note for note in notes if note.kind == MonitoringNoteKind.FINDING],
        "actions": [note for note in notes if note.kind == MonitoringNoteKind.ACTION],
        "kinds": MonitoringNoteKind.choices,
        "may_note": may_note(request.user, visit),
        "may_close": may_close_visit(request.user, visit),
        "today": day_at(visit.site, clock.now()),
        "typed": request.POST,
        "key": new_key(),
        "refused": refused,
    }
    return render(request, "casebook/monitoring_visit.html", context, status=409 if refused else 200)
