"""The search in a code list that is too long to be offered whole."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from protocol.language import Coded, CodeList, Group
from protocol.searching import search
from protocol.trial import TRIAL

SEARCHED = {
    item.codes.name: item.codes
    for crf in TRIAL.crfs
    for outer in crf.items
    for item in (outer, *(outer.items if isinstance(outer, Group) else ()))
    if isinstance(item, Coded)
}


@require_GET
def codes(request: HttpRequest, name: str) -> HttpResponse:
    """Return the few entries that fit what was typed; the list is public, and nothing of it is kept."""
    found = search(_list(name), request.GET.get("q", ""))
    return render(request, "casebook/codes.html", {"found": found})


def _list(name: str) -> CodeList:
    try:
        return SEARCHED[name]
    except KeyError as none:
        raise Http404 from none
