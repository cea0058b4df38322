"""Template tag for what stands against a lock."""

from django import template

from casebook.selectors.locking import Condition
from casebook.words import said
from protocol.words import sentence

register = template.Library()


@register.filter
def condition(asked: Condition) -> str:
    """Return a precondition with its count, in the reader's language."""
    return said(sentence(asked.message, count=asked.count))
