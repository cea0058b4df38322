"""Template filters that say a reference range."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from casebook.models import ReferenceRange
from casebook.words import plain

register = template.Library()


@register.filter
def limit(number: Decimal | None) -> str:
    """Return a limit without the zeros that the column adds; a dash where there is none."""
    return plain(number) or "–"


@register.filter
def ages(held: ReferenceRange) -> str:
    """Return the ages a range holds for, empty for all."""
    if held.age_from is None and held.age_to is None:
        return ""
    if held.age_to is None:
        return _("from age %(age)s") % {"age": held.age_from}
    if held.age_from is None:
        return _("up to age %(age)s") % {"age": held.age_to}
    return _("age %(start)s to %(to)s") % {"start": held.age_from, "to": held.age_to}
