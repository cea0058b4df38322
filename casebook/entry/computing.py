"""Computed values of a form, in words: always the server's own functions, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from casebook.models import Form
from casebook.selectors.records import record_of
from casebook.selectors.standing import day_at
from casebook.words import said
from protocol.derivations import derive
from protocol.derivations_base import Derivation
from protocol.language import Crf, Derived
from protocol.record import Answer


def computed_values(form: Form, crf: Crf, answers: Mapping[str, Answer], *, at: datetime) -> dict[str, str]:
    """Return what is computed from these answers and the rest of the casebook, by path; what is not known says why."""
    wanted = [item for item in crf.items if isinstance(item, Derived)]
    if not wanted:
        return {}
    record, on = record_of(form.subject), day_at(form.site, at)
    found = {item.name: derive(item.derivation, crf=crf.code, answers=answers, record=record, on=on) for item in wanted}
    return {name: in_words(derivation) for name, derivation in found.items()}


def in_words(derivation: Derivation) -> str:
    """Return a computed value with its unit, or why it is not known."""
    if derivation.value:
        value = _(derivation.value) if derivation.in_words else derivation.value
        return f"{value} {derivation.unit}".strip()
    if derivation.why is None:
        return ""
    return _("not known yet: %(why)s") % {"why": said(derivation.why)}
