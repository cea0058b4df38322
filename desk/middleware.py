"""Keeps what a list is narrowed to for whoever comes back to it by the navigation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.filters import seeks_a_person
from desk.frame import KEPT_FILTERS

GetResponse = Callable[[HttpRequest], HttpResponse]
CLEAR = "clear"
# The lists of subjects and of queries keep theirs themselves, beside defaults of their own.
LISTS = frozenset({
    "verification", "reviews", "locks", "visits", "audit-events", "source-list", "monitoring", "checks",
    "screening-log", "consent-forms", "transfers", "safety", "safety-events", "safety-deviations",
})  # fmt: skip
PLACES = ("page", "before")  # where somebody stood in a list narrows nothing
LONGEST = 400


class KeptFilterMiddleware:
    """Leads from the bare address of a list to what it was narrowed to last; `?clear=1` forgets it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, and keep the filter of a list that was shown."""
        response = self.get_response(request)
        if (name := _list_of(request)) and request.GET and response.status_code == 200:
            _keep(request, name, _narrowing(request))
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Lead on, where the bare address of a list is asked for and a filter is kept."""
        if not (name := _list_of(request)):
            return None
        if CLEAR in request.GET:
            _keep(request, name, "")
            return redirect(request.path)
        kept = request.session.get(KEPT_FILTERS, {}).get(name)
        return redirect(f"{request.path}?{kept}") if kept and not request.GET else None


def _list_of(request: HttpRequest) -> str:
    name = (request.resolver_match.url_name or "") if request.resolver_match else ""
    return name if request.method == "GET" and name in LISTS and request.user.is_authenticated else ""


def _narrowing(request: HttpRequest) -> str:
    said = [(name, value) for name, values in request.GET.lists() for value in values if value and name not in PLACES]
    address = urlencode(said)
    return address if len(address) <= LONGEST and not seeks_a_person(address) else ""


def _keep(request: HttpRequest, name: str, narrowing: str) -> None:
    """Keep it in the session; written only when it changed."""
    kept: dict[str, str] = request.session.get(KEPT_FILTERS, {})
    if kept.get(name, "") != narrowing:
        request.session[KEPT_FILTERS] = {**kept, name: narrowing}
