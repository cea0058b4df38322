"""The product's addresses and one more: the barest view that a logged-in person can open, the measure of all pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from trial_edc.urls import urlpatterns as of_the_product


def bare(request: HttpRequest) -> HttpResponse:
    """Answer with the name of who is logged in: session, user, and nothing else."""
    return HttpResponse(str(request.user))


bare.permissions = ()  # type: ignore[attr-defined]  # open to everyone who is logged in

urlpatterns = [*of_the_product, path("bare/", bare)]
