"""What all administration pages do alike: refuse strange fields, show a form again with its errors."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.entry import Entry, StrangeField

E = TypeVar("E", bound=Entry)


def checked(form: E, request: HttpRequest) -> E:
    """Return the form, once it is sure that nothing else was posted. Raises StrangeField."""
    if strangers := form.strangers(request.POST):
        words = _("This page has no such field, or it came twice: %(fields)s. Nothing was saved.")
        raise StrangeField(words % {"fields": ", ".join(strangers)})
    return form
