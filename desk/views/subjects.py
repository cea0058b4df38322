"""The status grid of subjects, its CSV, and the page that adds a subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.filters import seeks_a_person
from accounts.models import Site
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.rules import may
from accounts.selectors import visible_sites
from audit import clock
from audit.decision import YES, Decision, Refusal, no
from audit.numbers import number_typed
from casebook import actions
from casebook.around import render_around
from casebook.models import Subject
from casebook.selectors.sight import visible_subjects
from casebook.states import Stage
from casebook.words import said
from desk.frame import KEPT_FILTER, SITE_IN_SESSION, frame_of
from desk.grid import column_title, head_of, rows_of
from desk.selectors.beside import ARM_TITLES, BY_VISITS, WITH, WITHOUT, Beside, beside, chosen
from desk.selectors.grid import ORDERS, Cell, Filter, cells_of, columns_of
from followup.selectors.due import Days
from paper.tables import csv_lines
from protocol.words import N_

PAGE_SIZES = (50, 25, 100)
WAITING = ("queries", "forms", "begin", "signature", "overdue")


def filter_of(request: HttpRequest) -> Filter:
    """Return the filter that stands in the URL; the site switch decides where the URL says nothing."""
    asked = request.GET
    site = asked.get("site", str(request.session.get(SITE_IN_SESSION) or ""))
    return Filter(
        site=int(site) if site.isdecimal() and len(site) < 9 else None,
        stage=asked.get("stage", ""),
        number=asked.get("number", "").strip()[:32],
        waiting=asked.get("waiting", ""),
        arm=asked.get("arm", ""),
        order=asked.get("order", "number") if asked.get("order") in (*ORDERS, *BY_VISITS) else "number",
    )


def as_query(found: Filter, **more: object) -> str:
    """Return the filter as the text of a URL."""
    return urlencode({name: value for name, value in {**asdict(found), **more}.items() if value})


@require_GET
def subjects(request: HttpRequest) -> HttpResponse:
    """Show the status grid: subject × visit, the worst state of each with counts."""
    if not request.GET and (kept := request.session.get(KEPT_FILTER)):
        return redirect(f"{reverse('subjects')}?{kept}")
    found = filter_of(request)
    size = request.GET.get("size", "")
    size_shown = number_typed(size) if number_typed(size) in PAGE_SIZES else PAGE_SIZES[0]
    at, sites = clock.now(), frame_of(request).sites
    days = Days(sites, at)
    page = Paginator(chosen(found, request.user, days), size_shown).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    around, cells = beside(rows, request.user, days, cells_of(rows, request.user, on=at.date()))
    columns = columns_of(cells)
    context = {
        "found": found,
        "query": as_query(found, size=size_shown),
        "page": page,
        "head": head_of(columns),
        "shows_arms": around.shows_arms,
        "arms": ARM_TITLES.items(),
        "sites": sites,
        "stages": Stage.choices,
        "sizes": PAGE_SIZES,
        "size": size_shown,
        "may_add": _may_add_anywhere(request),
        "is_narrowed": replace(found, order="number", site=None) != Filter(),
    }
    _keep(request, as_query(found, size=size_shown if size else None))
    return render_around(request, "desk/subjects.html", context, rows=rows_of(rows, cells, columns, around))


def _keep(request: HttpRequest, narrowed: str) -> None:
    """Remember the filter for whoever comes back by the navigation; written only when it changed."""
    kept = "" if narrowed == as_query(Filter()) or seeks_a_person(narrowed) else narrowed
    if request.session.get(KEPT_FILTER, "") != kept:
        request.session[KEPT_FILTER] = kept


@require_GET
def subjects_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered grid as CSV, all pages of it. Raises StrangeField."""
    at, user, found = clock.now(), request.user, filter_of(request)
    refuse_unread(request, _read(found))
    days = Days(frame_of(request).sites, at)
    rows = list(chosen(found, user, days))
    around, cells = beside(rows, user, days, cells_of(rows, user, on=at.date()))
    columns = columns_of(cells)
    lines = ([*_beside(subject, around), *_states(cells.get(subject.pk, {}), columns)] for subject in rows)
    arm = [_("Arm")] if around.shows_arms else []
    head = [
        _("Subject"),
        _("Site"),
        _("Stage"),
        _("Left the trial"),
        *arm,
        _("Next visit"),
        _("Next visit on"),
        _("Overdue visits"),
    ]
    head += map(column_title, columns)
    response = HttpResponse(csv_lines(head, lines, bom=True), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="subjects.csv"'
    return response


def _read(found: Filter) -> dict[str, object]:
    """Return what of the filter narrows the list."""
    known = {"stage": Stage.values, "waiting": WAITING, "arm": (WITHOUT, WITH, *ARM_TITLES)}
    said = asdict(found)
    return {**said, **{name: said[name] if said[name] in values else "" for name, values in known.items()}}


def _beside(subject: Subject, around: Beside) -> list[object]:
    visit = around.next.get(subject.pk)
    arm = [_(ARM_TITLES.get(around.arms.get(subject.pk, ""), ""))] if around.shows_arms else []
    left = _(why) if (why := around.left.get(subject.pk, "")) else ""
    planned = [column_title(visit.code), visit.target_on.isoformat()] if visit else ["", ""]
    stage = around.stages[subject.pk].value
    return [subject.number, subject.site.code, stage, left, *arm, *planned, around.overdue.get(subject.pk, 0)]


def _states(row: Mapping[str, Cell], columns: Sequence[str]) -> list[str]:
    states = (row.get(code) for code in columns)
    return [f"{cell.state} {cell.done}/{cell.expected}" if cell else "" for cell in states]


def _may_add_anywhere(request: HttpRequest) -> Decision:
    sites = frame_of(request).sites
    # The role is asked here, which needs no query for any number of sites; the door asks the whole rule.
    decisions = [may(request.user, Permission.SUBJECT_ADD, site) for site in sites]
    if any(decisions):
        return YES
    return decisions[0] if decisions else no(N_("You work for no site, so there is none to add a subject to."))


@require_http_methods(["GET", "POST"])
def subject_add(request: HttpRequest) -> HttpResponse:
    """Put a new subject on the screening log of a site."""
    if request.method == "POST":
        chosen = request.POST.get("site", "")
        site = get_object_or_404(visible_sites(request.user), pk=number_typed(chosen))
        typed = request.POST.get("before", "").replace("\0", "").strip()[:32]
        before = _subject_called(request, typed)
        if typed and before is None:
            refused = _("There is no subject %(number)s at your sites.") % {"number": typed}
            return _add_page(request, site, typed=typed, refused=refused, status=400)
        key = request.POST.get("key", "")[:64]
        try:
            subject = actions.add_subject(site, by=request.user, at=clock.now(), key=key, rescreened_from=before)
        except Refusal as refusal:
            if before is None:
                raise
            return _add_page(request, site, typed=typed, refused=said(refusal.sentence), status=409)
        messages.success(request, _("Subject %(number)s is on the screening log.") % {"number": subject.number})
        messages.info(
            request, _("Write this number in the site's own identification log, beside the name: no name is kept here.")
        )
        return redirect("casebook", subject.pk)
    typed = request.GET.get("before", "").replace("\0", "").strip()[:32]
    before = _subject_called(request, typed)
    return _add_page(request, before.site if before is not None else frame_of(request).site, typed=typed)


def _subject_called(request: HttpRequest, number: str) -> Subject | None:
    return (
        visible_subjects(request.user).select_related("site").filter(number__iexact=number).first() if number else None
    )


def _add_page(
    request: HttpRequest, site: Site | None, *, typed: str, refused: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "sites": [site for site in frame_of(request).sites if may(request.user, Permission.SUBJECT_ADD, site)],
        "site": site,
        "typed": typed,
        "refused": refused,
        "key": str(uuid4()),
        "decision": _may_add_anywhere(request),
    }
    return render(request, "desk/subject_add.html", context, status=status)
