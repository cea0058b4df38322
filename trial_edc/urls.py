"""The addresses: each app names its own; here stands only which apps are mounted."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from trial_edc.health import health

urlpatterns = [
    path("", include("desk.urls")),
    path("", include("casebook.urls")),
    path("", include("eligibility.urls")),
    path("", include("followup.urls")),
    path("", include("followup.safety_urls")),
    path("", include("randomization.urls")),
    path("", include("reports.urls")),
    path("", include("audit.urls")),
    path("", include("accounts.urls")),
    path("", include("outbox.urls")),
    path("", include("exports.urls")),
    path("", include("api.urls")),
    path("accounts/", include("allauth.urls")),
    path("health/", health, name="health"),
    *([] if settings.PRODUCTION else [path("", include("rehearsal.urls"))]),
]
