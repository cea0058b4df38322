"""The home page: a work list by role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit import clock
from desk.frame import frame_of
from desk.selectors.waiting import Asking
from desk.selectors.work import unsaved, work_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person, with counts and links."""
    frame = frame_of(request)
    site = frame.site
    at = clock.now()
    works = work_of(Asking(request.user, [site] if site else frame.sites, at))
    mine = unsaved(request.user, at=at)
    if mine.count:
        works = [mine, *works]
    context = {"works": works, "waits": any(work.count for work in works if work.waits), "site": site}
    return render(request, "desk/home.html", context)
