"""The addresses of the API and of the page on which people make their tokens."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import path
from rest_framework.views import APIView

from api.views import data, described, tokens


def inside(view: type[APIView]) -> Callable[..., HttpResponseBase]:
    """Return the view, behind the log-in: REST framework takes its views out of it, and the house puts them back."""
    found = view.as_view()
    found.login_required = True  # type: ignore[attr-defined]
    return found


urlpatterns = [
    path("api/v1/subjects/", inside(data.Subjects), name="api-subjects"),
    path("api/v1/subjects/<uuid:subject_id>/", inside(data.OneSubject), name="api-subject"),
    path("api/v1/forms/", inside(data.Forms), name="api-forms"),
    path("api/v1/forms/<uuid:form_id>/", inside(data.OneForm), name="api-form"),
    path("api/v1/verdicts/", inside(data.Verdicts), name="api-verdicts"),
    path("api/v1/visits/", inside(data.Visits), name="api-visits"),
    path("api/schema/", inside(described.Schema), name="api-schema"),
    path("api/docs/", described.docs, name="api-docs"),
    path("tokens/", tokens.tokens, name="api-tokens"),
    path("tokens/make/", tokens.make, name="api-token-make"),
    path("tokens/<uuid:token_id>/revoke/", tokens.revoke, name="api-token-revoke"),
]
