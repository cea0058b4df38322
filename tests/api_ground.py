"""Programs that call the API for tests."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from api.actions import make_token
from api.admission import digest_of, new_secret
from api.models import Token
from audit.door import as_actor

LISTS = ("api-subjects", "api-forms", "api-verdicts", "api-visits")


def a_token(user: User, name: str = "Nightly copy") -> tuple[Token, str]:
    """Return a new token of this person, and its secret."""
    secret = new_secret()
    token = make_token(user, by=user, at=timezone.now(), name=name, digest=digest_of(secret))
    return token, secret


def now_of(token: Token) -> Token:
    """Return the token as it stands now."""
    with as_actor(token.owner):
        return Token.objects.get(pk=token.pk)


def bearer(secret: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {secret}"}


def called(user: User, name: str, key: object = None, **query: object) -> Any:
    """Return what a browser of this person is answered."""
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, args=[key] if key else []), query)


def rows_of(user: User, name: str, **query: object) -> list[dict[str, Any]]:
    """Return all rows of a list, page by page."""
    response, rows = called(user, name, limit=200, **query), []
    while True:
        assert response.status_code == 200, response.content
        rows += response.json()["results"]
        if response.json()["next"] is None:
            return rows
        client = Client()
        client.force_login(user)
        response = client.get(response.json()["next"])
