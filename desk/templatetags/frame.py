"""Template tag that hands base.html what stands around every page."""

from __future__ import annotations

from typing import Any

from django import template

from desk.frame import Frame, frame_of

register = template.Library()


@register.simple_tag(takes_context=True)
def frame(context: dict[str, Any]) -> Frame | None:
    """Return the frame of this request; None on pages drawn without one, such as the page of a fault."""
    request = context.get("request")
    return frame_of(request) if request is not None else None
