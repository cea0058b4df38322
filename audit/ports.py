"""What apps above tell the audit page: how subjects are called, and which rows a reader must not see yet.

Settings name who answers; without an answer a subject is shown by its key, and nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


def hidden_rows(reader: Any) -> frozenset[tuple[str, str]]:
    """Return table and key of the rows whose values are hidden from this reader, such as blinded evaluations."""
    hidden: set[tuple[str, str]] = set()
    for name in getattr(settings, "AUDIT_HIDDEN_ROWS", ()):
        hidden.update(import_string(name)(reader))
    return frozenset(hidden)


def subject_numbers(reader: Any, keys: Iterable[UUID]) -> Mapping[UUID, str]:
    """Return the numbers by which people call these subjects."""
    name = getattr(settings, "AUDIT_SUBJECT_NUMBERS", "")
    found: Mapping[UUID, str] = import_string(name)(reader, list(keys)) if name else {}
    return found


def subject_called(reader: Any, number: str) -> UUID | None:
    """Return the key of the subject with this number, where the reader may see it."""
    name = getattr(settings, "AUDIT_SUBJECT_CALLED", "")
    found: UUID | None = import_string(name)(reader, number) if name else None
    return found


def further_faults(connection: Any) -> Iterable[str]:
    """Return what apps above find wrong when the whole trail is verified, a sentence for each fault."""
    for name in getattr(settings, "AUDIT_PROOFS", ()):
        yield from import_string(name)(connection)
