"""Stands around every request: who acts, for how long a session lasts, what a refusal looks like."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.entry import StrangeField
from accounts.mfa import must_set_up_mfa
from accounts.session import ACTIVE_AT, BEGAN_AT
from api.middleware import is_call
from audit.acting import as_actor
from audit.decision import Refusal
from casebook.words import said
from trial_edc.gates import is_open, lacking

GetResponse = Callable[[HttpRequest], HttpResponse]
POLL_HEADER = "X-Poll"
# Writing the session at every request would cost a write per page; a minute more or less does not matter.
NOTED_EVERY_SECONDS = 60
REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
# Pages that read answers out of every box without a dot in its name; these few boxes hold none.
ENTRY_PAGES = ("form", "form-peek")
NO_ANSWERS = ("act", "given", "key", "why")
# Where a person without the second factor their role asks for may go: to set it up, or out.
OPEN_BEFORE_MFA = ("/accounts/2fa/", "/accounts/reauthenticate/", "/accounts/logout/", "/language/", "/health/")


class SessionEndsMiddleware:
    """Ends a session that nobody used for a while, or that is too old; a poll of the page is not use."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, or send the person to the log-in with the way back."""
        if not request.user.is_authenticated or getattr(request, "by_token", False):
            return self.get_response(request)
        if self._is_over(request):
            logout(request)
            return _to_login(request)
        self._note_use(request)
        return self.get_response(request)

    def _is_over(self, request: HttpRequest) -> bool:
        now, session = time.time(), request.session
        began_at = session.setdefault(BEGAN_AT, int(now))
        active_at = session.get(ACTIVE_AT, began_at)
        return now - active_at > settings.IDLE_MINUTES * 60 or now - began_at > settings.SESSION_HOURS * 3600

    def _note_use(self, request: HttpRequest) -> None:
        now = int(time.time())
        if POLL_HEADER in request.headers or now - request.session.get(ACTIVE_AT, 0) < NOTED_EVERY_SECONDS:
            return
        request.session[ACTIVE_AT] = now


class ActorMiddleware:
    """Runs each request of a person as that person, in one transaction; turns a refusal into its sentence."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request as its user."""
        if not request.user.is_authenticated:
            return _kept_private(self.get_response(request))
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        if must_set_up_mfa(request.user) and not request.path.startswith(OPEN_BEFORE_MFA):
            return _kept_private(_to_mfa(request))
        with as_actor(request.user, request_id=_request_id(request)):
            response = self.get_response(request)
            # A fault, or a refusal that no view caught: an earlier action of the same request goes too.
            if response.status_code >= 500 or getattr(request, "is_refused", False):
                transaction.set_rollback(True)
        return _kept_private(response)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Let nobody come to an address that is not for their roles, and say what they lack."""
        match = request.resolver_match
        if match is None or not request.user.is_authenticated or is_open(request, match):
            return None
        return _refused(request, said=lacking(match).rendered(_), status=403, template="403.html")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page, or the JSON, of a refusal or a strange field; leave every other exception alone."""
        match exception:
            case Refusal():
                text, status, template = said(exception.sentence), 409, "409.html"
            case StrangeField():
                text, status, template = str(exception), 400, "400.html"
            case _:
                return None
        request.is_refused = True  # type: ignore[attr-defined]
        return _refused(request, said=text, status=status, template=template)


CHOSEN = frozenset({"csrfmiddlewaretoken", "key", "version", "visit", "crf", "site", "next"})


class KeptTextMiddleware:
    """Refuses a request whose address or fields hold a NUL: the database keeps none, in whatever field it comes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Name what holds the character, before any view has read it."""
        if "\0" in request.path:
            name = _("The address")
        elif (found := _field_with_nul(request)) is not None:
            name = _("The field “%(name)s”") % {"name": found.replace("\0", "")[:100]}
        else:
            return None
        said = _("%(place)s holds a character that cannot be kept. Remove it and try again.") % {"place": name}
        return _refused(request, said=said, status=400, template="400.html")


def of_unknown_origin(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse what was not sent from a page of ours that still holds; `reason` is Django's, and no reader's words."""
    said = _(
        "This page was open too long or came from elsewhere; go back, load it again, and send it again. "
        "Nothing was saved."
    )
    return _refused(request, said=said, status=403, template="403_csrf.html")


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller asked for JSON rather than a page."""
    return is_call(request) or request.headers.get("Accept", "").startswith("application/json")


def _refused(request: HttpRequest, *, said: str, status: int, template: str) -> HttpResponse:
    if wants_json(request):
        return _told(request, said, status=status)
    return render(request, template, {"sentence": said, "is_typed": _is_typed(request)}, status=status)


def _told(request: HttpRequest, said: str, *, status: int) -> JsonResponse:
    # The API says every refusal under one name; scripts of pages know the other.
    return JsonResponse({"sentence" if is_call(request) else "detail": said}, status=status)


def _is_typed(request: HttpRequest) -> bool:
    # What a button or a list sends is not typed, and going back to it brings nothing back.
    return any(str(text).strip() for name, text in request.POST.items() if name not in CHOSEN)


def _field_with_nul(request: HttpRequest) -> str | None:
    match = request.resolver_match
    is_entry = match is not None and match.url_name in ENTRY_PAGES
    for fields in (request.GET, request.POST):
        for name, texts in fields.lists():
            # The box of an answer is refused beside itself, with everything typed still there.
            is_answer = is_entry and fields is request.POST and "." not in name and name not in NO_ANSWERS
            if "\0" in name or (not is_answer and any("\0" in text for text in texts)):
                return name
    return None


def _to_login(request: HttpRequest) -> HttpResponse:
    login = reverse(settings.LOGIN_URL)
    if wants_json(request) or POLL_HEADER in request.headers:
        return _told(request, _("Your session has ended. Log in again to go on."), status=401)
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    return redirect_to_login(request.get_full_path() if request.method == "GET" else "/", login)


def _to_mfa(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return _told(request, _("Your role needs a second factor. Set it up first."), status=403)
    return redirect("mfa_index")


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if REQUEST_ID.fullmatch(given) else uuid4().hex


def _kept_private(response: HttpResponse) -> HttpResponse:
    """Let no browser or proxy keep a page: the next person at the same desk is another."""
    response.headers["Cache-Control"] = "no-store"
    return response
