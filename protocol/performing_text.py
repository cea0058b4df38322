"""Performs the checks of how a text or a date is written. What they find is not repeated: sentences are kept in events."""

from __future__ import annotations

import re
from datetime import date

from protocol.identifiers import holds_identifier
from protocol.language import InUse, NoFinerThan, NoIdentifier, Spelled
from protocol.performing import Place, perform
from protocol.words import Sentence, sentence


@perform.register
def _(check: NoIdentifier, place: Place) -> Sentence | None:
    if not holds_identifier(place.answer.value):
        return None
    # The text itself stays out of the sentence: sentences are kept in events.
    return sentence(check.message, title=Sentence(place.item.title))


@perform.register
def _(check: NoFinerThan, place: Place) -> Sentence | None:
    parts = [part for part in place.answer.value.partition("T")[0].split("-") if part.isdecimal()]
    return sentence(check.message, title=Sentence(place.item.title)) if len(parts) > check.parts else None


@perform.register
def _(check: Spelled, place: Place) -> Sentence | None:
    if not place.answer.value or re.fullmatch(check.pattern, place.answer.value):
        return None
    return sentence(check.message, title=Sentence(place.item.title))


@perform.register
def _(check: InUse, place: Place) -> Sentence | None:
    versions = place.record.consent_versions
    day = _day(place.beside(check.dated_by)[1].value)
    if not place.answer.value or not versions or day is None:
        return None
    if any(each.version == place.answer.value.strip() and each.effective_from <= day for each in versions):
        return None
    listed = ", ".join(f"{each.version} ({each.effective_from})" for each in versions)
    return sentence(check.message, title=Sentence(place.item.title), on=day, versions=listed)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value.partition("T")[0])
    except ValueError:
        return None


__all__ = ["perform"]
