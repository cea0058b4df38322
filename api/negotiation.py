"""JSON, whatever a caller says it would rather have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation


class OnlyJson(BaseContentNegotiation):
    """Takes the first parser and renderer there is."""

    def select_parser(self, request: Any, parsers: Iterable[Any]) -> Any:
        """Return the first parser."""
        return next(iter(parsers))

    def select_renderer(self, request: Any, renderers: Iterable[Any], format_suffix: str | None = None) -> Any:
        """Return the first renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
