"""Template filters that say sentences, days and moments."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from casebook import words
from casebook.actions.asking import CHANGED, MENDED
from casebook.actions.asking_across import ELSEWHERE
from casebook.actions.queries import NOBODY
from protocol.words import Sentence

register = template.Library()


@register.filter
def said(sentence: Sentence | str | None) -> str:
    """Return a sentence in the reader's language."""
    return words.said(sentence)


@register.filter
def kept_said(sentence: dict[str, object]) -> str:
    """Return a sentence as stored in a row, in the reader's language."""
    return words.said(Sentence.from_json(sentence)) if sentence else ""


@register.filter
def worded(text: str) -> str:
    """Return a title of the protocol in the reader's language."""
    return gettext(text) if text else ""


# What the product itself says in the conversation of a query; all else are words of a person.
OF_THE_PRODUCT = frozenset({MENDED, CHANGED, NOBODY, ELSEWHERE.opened, ELSEWHERE.mended})


@register.filter
def step_said(text: str) -> str:
    """Return what stands at a step of a query: a person's words as they were written, our own in the reader's language."""
    return gettext(text) if text in OF_THE_PRODUCT else text


@register.filter
def unit(stored: str) -> str:
    """Return a unit as a person reads it."""
    return words.unit_in_words(stored)


@register.filter
def powers(text: str) -> str:
    """Return text with the units in it as a person reads them."""
    return words.with_powers(text)


@register.filter
def day(value: date | str | None) -> SafeString | str:
    """Return a day in words."""
    return words.day_shown(value) if value else ""


@register.filter
def plain_day(value: date | str | None) -> str:
    """Return a day, or a month written 2025-03, in words alone, where no element may stand: an attribute, a picture."""
    return words.day_in_words(str(value)) if value else ""


@register.filter
def short_day(value: date) -> str:
    """Return a day without its year, for a picture that has little room."""
    return words.short_day_in_words(value)


@register.filter
def moment(value: datetime | None, zone: ZoneInfo | None = None) -> SafeString | str:
    """Return a moment in words, in the zone of a site."""
    return words.moment_shown(value, zone) if value else ""
