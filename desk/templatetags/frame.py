"""Template tags that hand base.html what stands around every page."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from desk.frame import Entry, Frame, frame_of

register = template.Library()
NAVIGATIONS = 2000  # kept drawn: of each set of doors that is open to somebody, one for each place and language


@register.simple_tag(takes_context=True)
def frame(context: dict[str, Any]) -> Frame | None:
    """Return the frame of this request; None on pages drawn without one, such as the page of a fault."""
    request = context.get("request")
    return frame_of(request) if request is not None else None


@register.simple_tag
def about() -> type[Frame]:
    """Return what the frame says to everybody: trial, versions, environment."""
    return Frame


@register.simple_tag
def drawn_once(name: str) -> SafeString:
    """Draw a template that takes nothing: it looks the same on every page of a language while the server runs."""
    return _drawn(name, get_language())


@cache
def _drawn(name: str, language: str | None) -> SafeString:
    return render_to_string(name)


@register.simple_tag
def navigation(entries: list[Entry]) -> SafeString:
    """Draw the open doors; people with the same doors share the drawing."""
    return _navigation(tuple(entries), get_language())


@lru_cache(maxsize=NAVIGATIONS)
def _navigation(entries: tuple[Entry, ...], language: str | None) -> SafeString:
    return render_to_string("components/nav.html", {"entries": entries})
