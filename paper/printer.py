"""Prints a page as PDF: WeasyPrint, shut in with our own style sheets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

STYLES = "css"  # the scheme of our own style sheets: css:///paper.css
SOME_PAGE = "css:///"


class StrangeAddress(FatalURLFetchingError):
    """A page asked for something that is not one of our style sheets."""


def printed(html: str) -> bytes:
    """Return the page as PDF; the same page gives the same bytes."""
    page = HTML(string=html, base_url=SOME_PAGE, url_fetcher=StyleSheets())
    return page.write_pdf(font_config=FontConfiguration())


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
