"""Versions of the consent form: listed and added for each site; who signs one again by when, with its CSV."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import needs, posted_from
from accounts.models import Site
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.selectors import visible_sites
from accounts.views.shown import checked
from audit import clock
from audit.decision import Refusal
from audit.numbers import number_typed
from casebook.actions.consents import add_consent_form, correct_consent_form, withdraw_consent_form
from casebook.entry.consents import ConsentFormEntry, VersionCorrection, VersionWithdrawal
from casebook.models import ConsentForm
from casebook.rules.consents import may_add_consent_forms, may_begin_correcting, may_begin_withdrawing
from casebook.selectors.consents import Owed, OwedFirst, consent_forms_ever, owed_first_and_again
from casebook.words import said
from paper.tables import csv_lines

P = Permission
PAGE_SIZES = (50, 25, 100)
SITE_IN_SESSION = "site"  # set by the site switch of the frame
SHOWN = ("open", "overdue", "signed", "all")


@require_GET
@needs(P.FORM_READ)
def consents(request: HttpRequest) -> HttpResponse:
    """Show the versions of every site within sight, and who must sign one again."""
    return _page(request, ConsentFormEntry(sites=_sites(request)))


@posted_from("consent-forms")
@needs(P.CONSENT_FORM_ADD)
def consent_add(request: HttpRequest) -> HttpResponse:
    """Add a version at a site."""
    form = checked(ConsentFormEntry(request.POST, sites=_sites(request)), request)
    if not form.is_valid():
        return _page(request, form, status=400)
    said_of = dict(form.cleaned_data)
    site = get_object_or_404(visible_sites(request.user), pk=said_of.pop("site").pk)
    try:
        made = add_consent_form(site, by=request.user, at=clock.now(), **said_of)
    except Refusal as refusal:
        return _page(request, form, status=409, refused=said(refusal.sentence))
    messages.success(request, _("Version %(version)s is added at %(site)s.") % {"version": made, "site": site.code})
    return redirect(f"{reverse('consent-forms')}?site={site.pk}")


@require_http_methods(["GET", "POST"])
@needs(P.CONSENT_FORM_ADD)
def consent_form(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show one version, and correct it with a reason where it was added wrongly and nobody used it."""
    version = _version(request, version_id)
    form, refused, status = VersionCorrection(initial=_as_it_is(version)), "", 200
    if request.method == "POST":
        form, status = checked(VersionCorrection(request.POST), request), 400
        if form.is_valid():
            try:
                correct_consent_form(version, by=request.user, at=clock.now(), **form.cleaned_data)
            except Refusal as refusal:
                refused, status = said(refusal.sentence), 409
            else:
                messages.success(request, _("The version is corrected."))
                return redirect(f"{reverse('consent-forms')}?site={version.site_id}")
    return _version_page(request, version, status=status, form=form, refused=refused)


@posted_from("consent-form")
@needs(P.CONSENT_FORM_ADD)
def consent_withdraw(request: HttpRequest, version_id: int) -> HttpResponse:
    """Withdraw a version that was added wrongly and that nobody used."""
    version = _version(request, version_id)
    form = checked(VersionWithdrawal(request.POST), request)
    if not form.is_valid():
        return _version_page(request, version, status=400, withdrawal=form)
    try:
        withdraw_consent_form(version, by=request.user, at=clock.now(), why=form.cleaned_data["why"])
    except Refusal as refusal:
        return _version_page(request, version, status=409, withdrawal=form, not_withdrawn=said(refusal.sentence))
    messages.success(request, _("The version is withdrawn."))
    return redirect(f"{reverse('consent-forms')}?site={version.site_id}")


def _version(request: HttpRequest, version_id: int) -> ConsentForm:
    sites = [site.pk for site in visible_sites(request.user) if request.user.holds(P.CONSENT_FORM_ADD, at=site)]
    return get_object_or_404(consent_forms_ever(sites), pk=version_id)


def _version_page(request: HttpRequest, version: ConsentForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "version": version,
        "form": VersionCorrection(initial=_as_it_is(version)),
        "withdrawal": VersionWithdrawal(),
        "decision": may_begin_correcting(request.user, version, at=clock.now()),
        "withdrawable": may_begin_withdrawing(request.user, version, at=clock.now()),
        **more,
    }
    return render(request, "casebook/consent_form.html", context, status=status)


def _as_it_is(version: ConsentForm) -> dict[str, object]:
    names = ("version", "approved_on", "effective_on", "note", "reconsent", "reconsent_by")
    return {name: getattr(version, name) for name in names}


@require_GET
@needs(P.FORM_READ)
def consents_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list of who signs again as CSV, all pages of it. Raises StrangeField."""
    chosen = _chosen(request)
    refuse_unread(request, {**chosen, "show": chosen["show"] if chosen["show"] in SHOWN else ""})
    header = [
        _("Subject"),
        _("Site"),
        _("Signed version"),
        _("Signed on"),
        _("Version to sign"),
        _("Sign by"),
        _("Days left"),
        _("Signed again on"),
        _("State"),
    ]
    response = HttpResponse(
        csv_lines(header, map(_row, _owed(request)), bom=True), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="re-consent.csv"'
    return response


def _row(owed: Owed | OwedFirst) -> list[object]:
    if isinstance(owed, OwedFirst):
        version, on = (owed.before.version, owed.before.on.isoformat()) if owed.before else ("", "")
        by = _("before anything else, after the transfer of %(day)s") % {"day": owed.came_on.isoformat()}
        return [owed.subject.number, owed.subject.site.code, version, on, owed.version, by, "", "", owed.state]
    asked = owed.asked
    return [
        owed.subject.number,
        owed.subject.site.code,
        asked.before.version,
        asked.before.on.isoformat(),
        asked.form.version,
        asked.due_on.isoformat(),
        "" if asked.settled_on else owed.days_left,
        asked.settled_on.isoformat() if asked.settled_on else "",
        owed.state,
    ]


def _page(request: HttpRequest, form: ConsentFormEntry, *, status: int = 200, refused: str = "") -> HttpResponse:
    chosen, sites = _chosen(request), _sites(request)
    size = number_typed(chosen["size"]) if number_typed(chosen["size"]) in PAGE_SIZES else PAGE_SIZES[0]
    page = Paginator(_owed(request), size).get_page(request.GET.get("page"))
    context = {
        "chosen": chosen,
        "query": urlencode({name: value for name, value in chosen.items() if value}),
        "sites": sites,
        "versions": consent_forms_ever(_chosen_sites(chosen, sites)),
        "page": page,
        "sizes": PAGE_SIZES,
        "size": size,
        "shown": _shown(),
        "form": form,
        "refused": refused,
        "may_add": any(may_add_consent_forms(request.user, site) for site in sites),
    }
    return render(request, "casebook/consents.html", context, status=status)


def _owed(request: HttpRequest) -> list[OwedFirst | Owed]:
    chosen, sites = _chosen(request), _sites(request)
    here = set(_chosen_sites(chosen, sites))
    found = owed_first_and_again([site for site in sites if site.pk in here], at=clock.now())
    found = [owed for owed in found if chosen["number"].casefold() in owed.subject.number.casefold()]
    if chosen["version"]:
        found = [owed for owed in found if _version_to_sign(owed) == chosen["version"]]
    return [owed for owed in found if _is_shown(owed, chosen["show"])]


def _version_to_sign(owed: Owed | OwedFirst) -> str:
    return owed.version if isinstance(owed, OwedFirst) else owed.asked.form.version


def _is_shown(owed: Owed | OwedFirst, show: str) -> bool:
    if isinstance(owed, OwedFirst):
        return show not in ("signed", "overdue")
    if show == "all":
        return True
    if show == "signed":
        return owed.asked.settled_on is not None
    return owed.is_overdue if show == "overdue" else owed.asked.settled_on is None


def _shown() -> list[tuple[str, str]]:
    words = (_("Still to sign"), _("Overdue"), _("Signed again"), _("All"))
    return list(zip(SHOWN, words, strict=True))


def _sites(request: HttpRequest) -> list[Site]:
    if not hasattr(request, "sites_in_sight"):
        request.sites_in_sight = list(visible_sites(request.user))  # type: ignore[attr-defined]
    return request.sites_in_sight  # type: ignore[attr-defined]


def _chosen(request: HttpRequest) -> dict[str, str]:
    asked = request.GET
    names = ("site", "number", "version", "show", "size")
    chosen = {name: asked.get(name, "").replace("\0", "").strip()[:32] for name in names}
    if "site" not in asked and (site := request.session.get(SITE_IN_SESSION)):
        chosen["site"] = str(site)
    return chosen


def _chosen_sites(chosen: dict[str, str], sites: list[Site]) -> list[int]:
    wanted = number_typed(chosen["site"])
    return [site.pk for site in sites if wanted in (0, site.pk)]
