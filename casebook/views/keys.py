"""The key of a page shown: what it asks for is done once, however often it is sent."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpRequest


def new_key() -> str:
    """Return the key of a page that is shown now."""
    return str(uuid4())


def key_sent(request: HttpRequest) -> str:
    """Return the key that the page sent; none where it had none."""
    return request.POST.get("key", "")[:64]
