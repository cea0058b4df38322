"""The source list: of each form whether it is transcribed or is the source itself, and where a site keeps the source."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.gate import posted_from
from accounts.models import Site
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.selectors import visible_sites
from audit import clock
from audit.decision import Refusal
from audit.numbers import number_typed
from casebook.actions.monitoring import note_source
from casebook.rules.monitoring import NO_DAY, may_note_source
from casebook.selectors.monitoring import source_notes
from casebook.selectors.standing import day_at
from casebook.views.form_lists import SITE_IN_SESSION, csv_of
from casebook.words import said
from protocol.language import Entry
from protocol.trial import TRIAL

ENTRY_WORDS = {
    Entry.TRANSCRIBED: gettext_lazy("Transcribed from a source"),
    Entry.DIRECT: gettext_lazy("Entered directly: the form is the source"),
}


@require_GET
def source_list(request: HttpRequest) -> HttpResponse:
    """List every form of the trial with its source, and where the chosen site keeps it."""
    return _page(request, _site(request))


def _site(request: HttpRequest) -> Site | None:
    sites = list(visible_sites(request.user))
    return _chosen(request, sites) or (sites[0] if sites else None)


def _chosen(request: HttpRequest, sites: list[Site]) -> Site | None:
    typed = request.GET.get("site", str(request.session.get(SITE_IN_SESSION) or ""))
    return next((site for site in sites if str(site.pk) == typed), None)


def _page(request: HttpRequest, site: Site | None, *, refused: str = "", at_crf: str = "") -> HttpResponse:
    notes = source_notes([site]) if site else {}
    context = {
        "site": site,
        "sites": list(visible_sites(request.user)),
        "lines": [
            {"crf": crf, "entry": ENTRY_WORDS[crf.entry], "notes": notes.get((site.pk, crf.code), []) if site else []}
            for crf in TRIAL.crfs
        ],
        "decision": may_note_source(request.user, site) if site else None,
        "may_ever": bool(site) and request.user.holds(Permission.FORM_ENTER, at=site.pk if site else None),
        "today": day_at(site, clock.now()) if site else None,
        "typed": request.POST,
        "refused": refused,
        "at_crf": at_crf,
    }
    return render(request, "casebook/verify_sources.html", context, status=409 if refused else 200)


@require_GET
def source_list_csv(request: HttpRequest) -> HttpResponse:
    """Give the source list as CSV: of the site that is chosen, or of every site in sight where none is. Raises StrangeField."""
    sites = list(visible_sites(request.user))
    chosen = _chosen(request, sites)
    refuse_unread(request, {"site": chosen.pk if chosen else 0})
    if chosen:
        sites = [chosen]
    notes = source_notes(sites)
    header = [
        _("Site"),
        _("Form code"),
        _("Form"),
        _("Entry"),
        _("Where the source is kept"),
        _("Since"),
        _("Noted by"),
    ]
    rows: list[list[object]] = []
    for site in sites:
        for crf in TRIAL.crfs:
            latest = notes.get((site.pk, crf.code), [None])[0]
            kept = [latest.place, latest.since.isoformat(), latest.noted_by.name] if latest else ["", "", ""]
            rows.append([site.code, crf.code, _(crf.title), str(ENTRY_WORDS[crf.entry]), *kept])
    return csv_of("source-list.csv", header, rows)


@posted_from("source-list")
def source_note(request: HttpRequest) -> HttpResponse:
    """Say where the site keeps the source of one form."""
    if not (typed := request.POST.get("site", "")):
        return _page(request, _site(request), refused=_("Choose the site."))
    key = number_typed(typed)
    site = get_object_or_404(visible_sites(request.user), pk=key)
    crf, place = request.POST.get("crf", "")[:16], request.POST.get("place", "")
    try:
        since = date.fromisoformat(request.POST.get("since", "").strip())
    except ValueError:
        return _page(request, site, refused=_(NO_DAY), at_crf=crf)
    try:
        note_source(site, by=request.user, at=clock.now(), crf=crf or "?", place=place, since=since)
    except Refusal as refusal:
        return _page(request, site, refused=said(refusal.sentence), at_crf=crf)
    messages.success(request, _("The place of the source is noted."))
    return redirect(f"{reverse('source-list')}?site={site.pk}#source-{crf}")
