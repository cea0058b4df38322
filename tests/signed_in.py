"""A browser whose person has logged in already; how one logs in by the page, the journeys show."""

from __future__ import annotations

from django.test import Client
from playwright.sync_api import BrowserContext

from accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def let_in(context: BrowserContext, address: str, email: str) -> None:
    """Let this browser begin with the session of somebody who has logged in there."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(email=email), backend=BACKEND)
    context.add_cookies([{"name": name, "value": kept.value, "url": address} for name, kept in client.cookies.items()])
