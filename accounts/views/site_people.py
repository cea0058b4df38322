"""Delegation and training at a site as at a day, to print or as CSV; and the review of who has access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import actions, rules, selectors
from accounts.entry import OnEntry, ReviewEntry
from accounts.gate import needs, posted_from
from accounts.models import Site
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.site_people import end_of, reviewed, site_people
from accounts.views.shown import checked
from audit import clock
from paper.tables import csv_lines

P = Permission


@require_GET
@needs(P.PEOPLE_READ)
def people(request: HttpRequest, code: str) -> HttpResponse:
    """Show who worked at the site on a day, with tasks and trainings."""
    return _page(request, _visible(request, code))


@require_GET
@needs(P.PEOPLE_READ)
def people_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Give the same as CSV: a line for each task and each training of each person. Raises StrangeField."""
    site, now = _visible(request, code), clock.now()
    asked = _day(request)
    refuse_unread(request, {"on": request.GET.get("on", "").strip() if asked else ""})
    on = asked or now.astimezone(site.zone).date()
    header = [
        _("Person"),
        _("Organisation"),
        _("Roles"),
        _("Kind"),
        _("What"),
        _("From"),
        _("To"),
        _("By"),
        _("Moment"),
    ]
    response = HttpResponse(csv_lines(header, _rows(site, on), bom=True), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="people-{site.code}-{on.isoformat()}.csv"'
    return response


def _rows(site: Site, on: date) -> Iterator[list[object]]:
    for person in site_people(site, at=end_of(site, on, now=clock.now())):
        held: Any = person
        who = [person.name, person.organisation, "; ".join(_(grant.title) for grant in held.roles)]
        if not held.tasks and not held.taken:
            yield [*who, "", "", "", "", "", ""]
        for task in held.tasks:
            signed = task.delegated_at.astimezone(site.zone).isoformat(timespec="minutes")
            yield [*who, _("Task"), _(task.title), task.from_on, task.to_on, task.delegated_by.name, signed]
        for each in held.taken:
            recorded = each.recorded_at.astimezone(site.zone).isoformat(timespec="minutes")
            what = f"{_(each.title)}, {each.protocol_version}"
            yield [*who, _("Training"), what, each.trained_on, "", each.recorded_by.name, recorded]


@posted_from("site-people")
@needs(P.ADMINISTER, P.TASK_DELEGATE)
def access_review(request: HttpRequest, code: str) -> HttpResponse:
    """Record a review of who has access."""
    site = _visible(request, code)
    form = checked(ReviewEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, site, review=form, status=400)
    actions.review_access(site, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("The review of access at site %(code)s is on record.") % {"code": code})
    return redirect("site-people", code)


def _visible(request: HttpRequest, code: str) -> Site:
    return get_object_or_404(selectors.administered_sites(request.user), code=code)


def _day(request: HttpRequest) -> date | None:
    asked = OnEntry(request.GET)
    return asked.cleaned_data["on"] if asked.is_valid() else None


def _page(request: HttpRequest, site: Site, *, review: ReviewEntry | None = None, status: int = 200) -> HttpResponse:
    now = clock.now()
    today = now.astimezone(site.zone).date()
    on = _day(request) or today
    context = {
        "site": site,
        "on": on,
        "today": today,
        "is_past": on < today,
        "people": site_people(site, at=end_of(site, on, now=now)),
        "reviewed": reviewed([site], at=now)[0],
        "form": review or ReviewEntry(),
        "decision": rules.may_review_access(request.user, site),
    }
    return render(request, "administration/site_people.html", context, status=status)
