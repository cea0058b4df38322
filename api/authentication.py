"""Tells REST framework, and the schema, how a caller is known: the middleware has already made it the user."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class TokenOrSession(SessionAuthentication):
    """The user of the request. By session, a write would have to come from a page of ours."""

    def enforce_csrf(self, request: Request) -> None:
        """Ask for the proof of a page where a browser sends its cookie by itself; a token is sent on purpose."""
        if not getattr(request._request, "by_token", False):
            super().enforce_csrf(request)


class TokenOrSessionScheme(OpenApiAuthenticationExtension):
    """The two ways in as OpenAPI describes them."""

    target_class = "api.authentication.TokenOrSession"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Return the token first: programs use it."""
        return [
            {"type": "http", "scheme": "bearer", "description": "A token of the page “API tokens”."},
            {
                "type": "apiKey",
                "in": "cookie",
                "name": settings.SESSION_COOKIE_NAME,
                "description": "The session of a browser.",
            },
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        """Return that either is enough."""
        return [{name: []} for name in self.name]
