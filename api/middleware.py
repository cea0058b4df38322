"""Makes whoever carries a token the user of the request, before anything asks who it is."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from api.admission import NotAdmitted, count_call, owner_of
from api.answers import BY_STATUS, said
from audit import clock

DATA = "/api/v1/"
SCHEMA = "/api/schema/"


class TokenMiddleware:
    """Admits a call of the API by its token or by the session; the middleware after it acts as this person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the call, or say in JSON why it is not admitted."""
        if not is_call(request):
            return self.get_response(request)
        try:
            admit(request)
        except NotAdmitted as refused:
            return _refused(refused)
        return self.get_response(request)


def is_call(request: HttpRequest) -> bool:
    """Whether a program asks: the page that describes the API is a page like any other."""
    return request.path_info.startswith((DATA, SCHEMA))


def admit(request: HttpRequest) -> None:
    """Set the user of the request. A token that was sent decides, even beside a session. Raises NotAdmitted."""
    at = clock.now()
    if header := request.headers.get("Authorization", ""):
        request.user = owner_of(header, at=at)
        request.by_token = True  # type: ignore[attr-defined]
    elif not request.user.is_authenticated:
        raise NotAdmitted(BY_STATUS[401])
    if request.path_info.startswith(DATA):
        count_call(request.user, at=at)


def _refused(refused: NotAdmitted) -> JsonResponse:
    response = JsonResponse(said(refused.sentence), status=refused.status)
    response.headers["Cache-Control"] = "no-store"
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if refused.retry_after is not None:
        response.headers["Retry-After"] = str(refused.retry_after)
    return response
