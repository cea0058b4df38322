"""The session of a browser: its cookie is taken away by who logs out, never by an answer that comes late."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions import middleware
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy

LOG_OUT = reverse_lazy("account_logout")


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's, but for one thing: what is asked with the key of an ended session leaves the cookie alone.

    Open pages ask by themselves whether somebody else typed, and keep drafts. Such an answer, sent when the session had
    ended and read after the person logged in again, would take away the new cookie, and the next page would ask for the
    password once more. A cookie whose session is gone opens nothing, so it may stay until the next log-in replaces it.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session, and keep the browser's cookie unless its owner logs out."""
        answered = super().process_response(request, response)
        cookie = answered.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and request.path != str(LOG_OUT):
            del answered.cookies[settings.SESSION_COOKIE_NAME]
        return answered
