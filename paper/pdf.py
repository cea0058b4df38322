"""Writes pages as PDF from the same templates and words as the screens; reads nothing but our own style sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from protocol.trial import TRIAL

STYLES = "css"  # the scheme of our own style sheets: css:///paper.css
SOME_PAGE = "css:///"


class StrangeAddress(FatalURLFetchingError):
    """A page asked for something that is not one of our style sheets."""


class Sealed(Protocol):
    """A seal of the audit trail, as the foot prints it."""

    @property
    def number(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def sealed_at(self) -> datetime: ...


@dataclass(frozen=True, kw_only=True)
class Foot:
    """What stands at the foot of every page: the last seal, the moment it was made, and whether anyone is real."""

    made_at: datetime
    seal_number: int | None = None
    seal_hash: str = ""
    sealed_at: datetime | None = None
    synthetic: bool = False

    @classmethod
    def of(cls, seal: Sealed | None, *, at: datetime, synthetic: bool = False) -> Self:
        """Return the foot that carries this seal; None where nothing was sealed yet."""
        if seal is None:
            return cls(made_at=at, synthetic=synthetic)
        return cls(
            made_at=at,
            seal_number=seal.number,
            seal_hash=seal.digest,
            sealed_at=seal.sealed_at,
            synthetic=synthetic,
        )

    @property
    def environment(self) -> str:
        """Return the environment where it is not the real one, else nothing."""
        return "" if settings.EDC_ENVIRONMENT == "production" else settings.EDC_ENVIRONMENT


class StyleSheets(URLFetcher):
    """Gives style sheets of `static/css` and nothing else: no network, no other file, no redirect."""

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return the style sheet at `css:///name.css`. Raises StrangeAddress."""
        parts = urlsplit(url)
        name = unquote(parts.path).lstrip("/")
        if parts.scheme != STYLES or parts.netloc or name not in _style_sheets():
            raise StrangeAddress(f"Expected the address of a style sheet of ours, got {url!r}.")
        return URLFetcherResponse(url, _style_sheets()[name].read_bytes(), {"Content-Type": "text/css"})


@cache
def _style_sheets() -> Mapping[str, Path]:
    # Only names that are there can be asked for, so no address leads out of the folder.
    return {path.name: path for path in (Path(settings.BASE_DIR) / "static" / "css").glob("*.css")}


def pdf_of(template: str, context: Mapping[str, Any], *, language: str) -> bytes:
    """Return the template as PDF in that language; the same context gives the same bytes.

    The template extends paper/base.html; `context["foot"]` is the Foot that every page carries.
    """
    if not isinstance(context.get("foot"), Foot):
        raise TypeError(f"Expected a Foot in the context of {template}, got {context.get('foot')!r}.")
    fonts = FontConfiguration()
    page = HTML(string=html_of(template, context, language=language), base_url=SOME_PAGE, url_fetcher=StyleSheets())
    return page.write_pdf(font_config=fonts)


def html_of(template: str, context: Mapping[str, Any], *, language: str) -> str:
    """Return the page that `pdf_of` prints, in that language."""
    with translation.override(language):
        return render_to_string(template, {"trial": TRIAL, "language": language, **context})
