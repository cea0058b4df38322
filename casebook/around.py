"""Draws a page around what is drawn already and is large: through the blocks of a template it would be copied by each."""

from __future__ import annotations

from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

# Where it goes. Made anew by every process, so that no address or answer can hold it.
_PLACE = mark_safe(f"<!--{token_hex(16)}-->")  # noqa: S308 -- hexadecimal digits


def render_around(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200, **drawn: SafeString
) -> HttpResponse:
    """Return the page with what is drawn at its one place; a template that leaves it out leaves it out."""
    [(name, large)] = drawn.items()
    page = render_to_string(template, {**context, name: _PLACE}, request)
    before, place, after = page.partition(_PLACE)
    return HttpResponse([before, large if place else "", after], status=status)


__all__ = ["render_around"]
