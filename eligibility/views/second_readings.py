"""The list of second readings beside those of the site, and its CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.gate import needs
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from audit.numbers import number_typed
from eligibility.second_readings import Pair, pairs_in_sight
from eligibility.selectors import readable_sites
from paper.tables import csv_lines
from protocol.words import N_

PAGE_SIZES = (50, 25, 100)
SITE_IN_SESSION = "site"  # set by the site switch of the frame
KEPT = ("number", "site", "shown", "order")
DIFFERING, NEWEST = "differing", "newest"
KNOWN = {"shown": DIFFERING, "order": NEWEST}
CHANGED_OPEN = N_("Changed after the first reading was open")
CHANGED_BLIND = N_("Changed after it was signed, before the first reading was open")


@require_GET
@needs(Permission.ELIGIBILITY_READ)
def second_readings(request: HttpRequest) -> HttpResponse:
    """Show every two readings of one scan, and what they disagree on."""
    chosen = _chosen(request)
    size = number_typed(request.GET.get("size", ""))
    size_shown = size if size in PAGE_SIZES else PAGE_SIZES[0]
    context = {
        "page": Paginator(_pairs(request, chosen), size_shown).get_page(request.GET.get("page")),
        "chosen": chosen,
        "query": urlencode({**{name: said for name, said in chosen.items() if said}, "size": size_shown}),
        "sites": readable_sites(request.user),
        "sizes": PAGE_SIZES,
        "size": size_shown,
        "is_narrowed": bool(chosen["number"] or chosen["shown"]),
    }
    return render(request, "eligibility/second_readings.html", context)


@require_GET
@needs(Permission.ELIGIBILITY_READ)
def second_readings_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as CSV, one line for each question that both readings answer. Raises StrangeField."""
    header = (
        _("Subject"),
        _("Site"),
        _("Day"),
        _("Second reader"),
        _("Question"),
        _("Reading of the site"),
        _("Second reading"),
    )
    chosen = _chosen(request)
    known = {name: chosen[name] if chosen[name] == value else "" for name, value in KNOWN.items()}
    refuse_unread(request, {**chosen, **known})
    rows = _rows(_pairs(request, chosen))
    lines = csv_lines((*header, _("Differs"), _("Changed later")), rows, bom=True)
    response = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="second-readings.csv"'
    return response


def _rows(pairs: list[Pair]) -> Iterator[tuple[object, ...]]:
    for pair in pairs:
        who = (pair.subject.number, pair.subject.site.code, pair.on.isoformat() if pair.on else "", pair.reader)
        for each in pair.readings.compared:
            said = (_(each.title), each.first and _(each.first), each.second and _(each.second))
            yield (*who, *said, _("yes") if each.differs else _("no"), "")
        when = CHANGED_OPEN if pair.is_changed_open else CHANGED_BLIND
        for later in pair.later:
            yield (*who, later.title, "", f"{later.old} → {later.new}", "", _(when))


def _chosen(request: HttpRequest) -> dict[str, str]:
    chosen = {name: request.GET.get(name, "").strip() for name in KEPT}
    if "site" not in request.GET:
        chosen["site"] = str(request.session.get(SITE_IN_SESSION) or "")
    return chosen


def _pairs(request: HttpRequest, chosen: dict[str, str]) -> list[Pair]:
    wanted, sites = number_typed(chosen["site"]), readable_sites(request.user)
    here = [site for site in sites if not wanted or site.pk == wanted]
    found = pairs_in_sight(request.user, here, number=chosen["number"], differing=chosen["shown"] == DIFFERING)
    if chosen["order"] == NEWEST:
        found.sort(key=lambda pair: pair.on or date.min, reverse=True)
    return found
