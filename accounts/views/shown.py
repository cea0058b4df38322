"""What all administration pages do alike: refuse strange fields, show a form again with its errors."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.entry import Entry

E = TypeVar("E", bound=Entry)


class StrangeField(BadRequest):
    """A request carries a field that the form does not have; it is never silently dropped."""


def checked(form: E, request: HttpRequest) -> E:
    """Return the form, once it is sure that nothing else was posted. Raises StrangeField."""
    if strangers := form.strangers(request.POST):
        words = _("This form has no such field, or has it once only: %(fields)s. Nothing was saved.")
        raise StrangeField(words % {"fields": ", ".join(strangers)})
    return form
