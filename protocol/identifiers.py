"""Recognises what identifies a person in free text. None of it is trial data, so none of it is stored."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Grouped only as people group them: "150 2024-03-31" is a value and a day, not a telephone.
_PATTERNS: Final = (
    re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])"),  # resident identity number, GB 11643
    re.compile(r"(?<![0-9])[0-9]{6}[ -](?:[0-9]{8}|[0-9]{4}[ -][0-9]{4})[ -][0-9]{3}[0-9Xx](?![0-9])"),
    re.compile(r"(?<![0-9])(?:\+?86[ -]?)?1[3-9][0-9]{9}(?![0-9])"),  # mobile number of mainland China
    re.compile(r"(?<![0-9])1[3-9][0-9]([ -])[0-9]{4}\1[0-9]{4}(?![0-9])"),
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),  # e-mail address
)


def holds_identifier(text: str) -> bool:
    """Return whether a text holds what looks like an identity number, a mobile number or an e-mail address."""
    plain = unicodedata.normalize("NFKC", text)
    return any(pattern.search(plain) for pattern in _PATTERNS)
