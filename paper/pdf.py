"""Writes pages as PDF from the same templates and words as the screens; reads nothing but our own style sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from protocol.trial import TRIAL


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


def pdf_of(template: str, context: Mapping[str, Any], *, language: str) -> bytes:
    """Return the template as PDF in that language; the same context gives the same bytes.

    The template extends paper/base.html; `context["foot"]` is the Foot that every page carries.
    """
    if not isinstance(context.get("foot"), Foot):
        raise TypeError(f"Expected a Foot in the context of {template}, got {context.get('foot')!r}.")
    from paper.printer import printed  # noqa: PLC0415 -- most programs print nothing, and it takes long to come

    return printed(html_of(template, context, language=language))


def html_of(template: str, context: Mapping[str, Any], *, language: str) -> str:
    """Return the page that `pdf_of` prints, in that language."""
    with translation.override(language):
        return render_to_string(template, {"trial": TRIAL, "language": language, **context})
