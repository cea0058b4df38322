"""The home page: a work list by role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from desk.frame import frame_of
from desk.selectors.work import unsaved, work_of


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person, with counts and links."""
    site = frame_of(request).site
    works = work_of(request.user, site=site.pk if site else None)
    mine = unsaved(request.user)
    if mine.count:
        works = [mine, *works]
    context = {"works": works, "waits": any(work.count for work in works), "site": site}
    return render(request, "desk/home.html", context)
