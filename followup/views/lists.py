"""Visits of all subjects in sight: the list with its CSV, the calendar, and the overdue board."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import Site
from accounts.narrowing import refuse_unread
from audit import clock
from audit.numbers import number_typed
from casebook.models import Visit
from casebook.selectors.standing import day_at
from casebook.words import visit_title
from followup.bars import strip_of
from followup.month import after, before, day_of, last_of, month_of, weeks_of
from followup.selectors.board import SOON_DAYS, visit_board
from followup.selectors.due import Days
from followup.selectors.visits import AGES, ALL, STATUSES, WITHINS, Chosen, month_counts, visits_in
from followup.status import TITLES, VisitStatus, last_day_of, status_of
from paper.tables import csv_lines
from protocol.schedule import SCREENING
from protocol.trial import TRIAL
from protocol.words import N_

PAGE_SIZES = (50, 25, 100)
AGENDA = 50
SITE_IN_SESSION = "site"  # set by the site switch of the frame


def chosen_in(request: HttpRequest) -> Chosen:
    """Return what the address says; the site switch decides where it says nothing of a site."""
    chosen = Chosen.from_query(request.GET)
    if "site" not in request.GET and (site := request.session.get(SITE_IN_SESSION)):
        return replace(chosen, site=str(site))
    return chosen


def sites_of(request: HttpRequest) -> list[Site]:
    """Return the sites whose visits the reader sees."""
    return list(Site.objects.filter(pk__in=request.user.site_ids()).order_by("code"))


def rows_of(visits: Iterable[Visit], days: Days) -> list[dict[str, Any]]:
    """Return each visit with what it is today at its site, and since how many days it is overdue."""
    return [_row(visit, days.by_site[visit.site_id]) for visit in visits]


def _row(visit: Visit, today: date) -> dict[str, Any]:
    status = status_of(visit, on=today)
    late = (today - last_day_of(visit)).days if status is VisitStatus.OVERDUE else 0
    return {
        "visit": visit,
        "status": status,
        "overdue": late,
        "grace_until": last_day_of(visit) if status is VisitStatus.GRACE else None,
        "title": visit_title(visit),
        "strip": strip_of(visit, today),
    }


@require_GET
def visits(request: HttpRequest) -> HttpResponse:
    """List visits, those first whose window closes first; the filter stands in the address."""
    chosen, sites = chosen_in(request), sites_of(request)
    days = Days(sites, clock.now())
    size = request.GET.get("size", "")
    size_shown = number_typed(size) if number_typed(size) in PAGE_SIZES else PAGE_SIZES[0]
    page = Paginator(visits_in(request.user, chosen, days), size_shown).get_page(request.GET.get("page"))
    context = {
        "here": "list",
        "chosen": chosen,
        "query": urlencode({**chosen.to_query(), "size": size_shown}),
        "page": page,
        "rows": rows_of(page.object_list, days),
        "sites": sites,
        "states": [*((status.value, TITLES[status]) for status in STATUSES), (ALL, N_("All"))],
        "withins": WITHINS,
        "ages": AGES,
        "codes": [visit for visit in TRIAL.visits if visit.code != SCREENING.code],
        "sizes": PAGE_SIZES,
        "size": size_shown,
        "is_narrowed": replace(chosen, site="") != Chosen(),
    }
    return render(request, "followup/visits.html", context)


@require_GET
def visits_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the filtered list as CSV, all pages of it. Raises StrangeField."""
    days, chosen = Days(sites_of(request), clock.now()), chosen_in(request)
    refuse_unread(request, {**asdict(chosen), "day": chosen.chosen_day})
    found = rows_of(visits_in(request.user, chosen, days), days)
    header = [_("Subject"), _("Site"), _("Visit"), _("State"), _("Target"), _("Opens"), _("Closes"), _("Took place")]
    header += [_("Days overdue"), _("Reason")]
    response = StreamingHttpResponse(
        csv_lines(header, [_cells(row) for row in found], bom=True), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="visits.csv"'
    return response


def _cells(row: dict[str, Any]) -> list[object]:
    visit: Visit = row["visit"]
    days = [day and day.isoformat() for day in (visit.target_on, visit.opens_on, visit.closes_on, visit.attended_on)]
    why = _(visit.cancelled_because) if visit.cancelled_because else visit.reason
    first = [visit.subject.number, visit.site.code, row["title"], _(TITLES[row["status"]])]
    return [*first, *days, row["overdue"] or None, why]


@require_GET
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a month: targets, open windows and attendances of each day, and the visits of one chosen day."""
    chosen, sites = chosen_in(request), sites_of(request)
    at = clock.now()
    days = Days(sites, at)
    today = day_at(sites[0], at) if sites else at.date()
    month = month_of(request.GET.get("month", ""), today=today)
    day = day_of(request.GET.get("day", ""), month=month, today=today)
    week = timedelta(days=6)
    windows, there = month_counts(request.user, chosen.site, first=month - week, last=last_of(month) + week)
    on_day = visits_in(request.user, Chosen(site=chosen.site, day=day.isoformat(), state=ALL), days)
    found = list(on_day[: AGENDA + 1])
    context = {
        "here": "calendar",
        "chosen": chosen,
        "sites": sites,
        "month": month,
        "before": before(month),
        "after": after(month),
        "today": today,
        "day": day,
        "weeks": weeks_of(month, today=today, chosen=day, windows=windows, attended=there),
        "rows": rows_of(found[:AGENDA], days),
        "more": len(found) > AGENDA,
    }
    return render(request, "followup/calendar.html", context)


@require_GET
def overdue(request: HttpRequest) -> HttpResponse:
    """Show how many visits are overdue at each site, by how long."""
    sites = sites_of(request)
    chosen = chosen_in(request)
    shown = [site for site in sites if chosen.site in ("", "0", str(site.pk))]
    rows = visit_board(request.user, shown, Days(sites, clock.now()))
    totals = [sum(row.ages[place][1] for row in rows) for place in range(len(AGES))]
    context = {
        "here": "overdue",
        "rows": rows,
        "ages": AGES.items(),
        "totals": totals,
        "total": sum(totals),
        "due": sum(row.due for row in rows),
        "soon": sum(row.soon for row in rows),
        "soon_days": SOON_DAYS,
    }
    return render(request, "followup/overdue.html", context)
