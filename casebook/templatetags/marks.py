"""Template tags for states and icons."""

from django import template
from django.utils.safestring import SafeString

from casebook.marks import icon_of, mark_of

register = template.Library()


@register.simple_tag
def mark(state: str) -> SafeString:
    """Draw a state with icon, word and colour."""
    return mark_of(str(state))


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon; a word must stand beside it."""
    return icon_of(name)
