"""What the API offers: as OpenAPI for programs, and as a page for people, both drawn from the views themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from drf_spectacular.views import SpectacularJSONAPIView

from api.admission import MOST_CALLS, WINDOW
from api.description import endpoints
from api.pages import MOST_ROWS
from api.views.data import ReadOnly


class Schema(ReadOnly, SpectacularJSONAPIView):
    """The OpenAPI description."""


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Show every address with its parameters and fields. No script: the page is plain, and prints."""
    context = {
        "endpoints": endpoints(),
        "most_rows": MOST_ROWS,
        "most_calls": MOST_CALLS,
        "minutes": int(WINDOW.total_seconds()) // 60,
        "root": request.build_absolute_uri("/api/v1/"),
    }
    return render(request, "api/docs.html", context)
