"""The fingerprint of a definition: what it asks and decides, without the words it asks it in."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

# Wording may be mended without an amendment; whatever else a definition gains counts by itself.
WORDING = frozenset(
    {"title", "short", "help", "message", "row_title", "source", "reading", "tag", "section", "file", "search_words"}
)


def fingerprint_of(definition: object) -> str:
    """Return the SHA-256, in hexadecimal, of the canonical JSON of a definition without its wording."""
    canonical = json.dumps(said(definition), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def said(value: object) -> Any:
    """Return what a definition says, as plain JSON values. Raises TypeError for what has no lasting spelling."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {field.name: said(getattr(value, field.name)) for field in fields(value) if field.name not in WORDING}
        return {"kind": type(value).__name__, **kept}
    if isinstance(value, tuple):
        return [said(part) for part in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal | Fraction):
        return str(value)  # precision counts: 3.0 and 3.00 are two limits in the eyes of a reader
    raise TypeError(f"A definition cannot hold a {type(value).__name__}: {value!r}.")
