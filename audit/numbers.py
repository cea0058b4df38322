"""Whole numbers as a request carries them: text of any length, from anybody."""

from __future__ import annotations

MOST_DIGITS = 9  # no key, version or page of ours has more, and each fits into a column


def number_typed(text: str, *, otherwise: int = 0) -> int:
    """Return the whole number that the text says, or `otherwise` where it says none that could be ours."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else otherwise
