"""Refuses what is too large by what it says of itself, before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from trial_edc.middleware import wants_json

MEGABYTE = 1024 * 1024


class LargestRequestMiddleware:
    """Answers a request that is larger than anything we keep with one sentence; its body stays where it is.

    Servers read no further than the length a request declares, and one that declares none has no body for us.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or refuse it unread."""
        if _length(request) <= settings.LARGEST_REQUEST:
            return self.get_response(request)
        said = _("At most %(most)s MB can be sent at once. Make the file smaller, or bring it in parts.")
        sentence = said % {"most": settings.LARGEST_REQUEST // MEGABYTE - 1}
        if wants_json(request):
            return JsonResponse({"detail": sentence}, status=413)
        return render(request, "413.html", {"sentence": sentence}, status=413)


def _length(request: HttpRequest) -> int:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared[:20]) if declared.isdecimal() else 0
