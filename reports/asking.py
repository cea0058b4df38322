"""Reads what is asked of a report from its address."""

from __future__ import annotations

from datetime import date, datetime

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Site
from outcomes.selectors.population import (
    counted_sites,
    may_compare_arms,
    may_know_arms,
    may_see_arms,
    readable_sites,
    today_of,
)
from protocol.reading_dates import DateUnreadable, read_day
from reports.shape import Asked

SITE_IN_SESSION = "site"  # set by the site switch of the frame


def asked_in(request: HttpRequest, *, at: datetime) -> Asked:
    """Return what is asked. A site out of sight does not exist; nor does a comparison that is not the reader's."""
    choices = readable_sites(request.user)
    site = _site(request, choices)
    sites = [site] if site else counted_sites(choices)
    today = today_of(sites, at=at)
    cut_on, refused = _cut(request.GET.get("cut", "").strip(), today)
    may_compare = bool(sites) and may_compare_arms(request.user, sites)
    by_arm = request.GET.get("by") == "arm"
    if by_arm and not may_compare:
        raise Http404
    return Asked(
        user=request.user,
        sites=sites,
        choices=choices,
        site=site,
        cut_on=cut_on,
        cut_text=request.GET.get("cut", "") if refused else cut_on.isoformat(),
        at=at,
        by_arm=by_arm,
        may_compare=may_compare,
        may_see_arms=may_see_arms(request.user, sites),
        may_know_arms=may_know_arms(request.user, sites),
        refused=refused,
    )


def _site(request: HttpRequest, choices: list[Site]) -> Site | None:
    said = request.GET.get("site")
    if said is None:
        kept = request.session.get(SITE_IN_SESSION)
        return next((site for site in choices if site.pk == kept), None)
    if said in ("", "0"):
        return None
    found = next((site for site in choices if str(site.pk) == said), None)
    if found is None:
        raise Http404
    return found


def _cut(typed: str, today: date) -> tuple[date, str]:
    """Return the day of the data cut, and why what was typed is none."""
    if not typed:
        return today, ""
    try:
        cut_on = date.fromisoformat(read_day(typed))
    except DateUnreadable as unreadable:
        params = {name: str(value) for name, value in unreadable.params.items()}
        return today, _(unreadable.message) % {"title": _("Data cut"), **params}
    if cut_on > today:
        return today, _("A data cut lies not in the future: choose %(today)s or an earlier day.") % {
            "today": today.isoformat()
        }
    return cut_on, ""
