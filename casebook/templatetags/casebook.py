"""Template tags for titles of forms and visits, and for the boxes of a form."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from casebook.models import Form, Visit
from casebook.words import box_id, title_of
from casebook.words import visit_title as visit_in_words

register = template.Library()

STEP_WORDS = {"answer": _("Answer"), "close": _("Close"), "reopen": _("Reopen"), "cancel": _("Cancel the query")}


@register.simple_tag
def form_title(form: Form) -> str:
    """Return the title of a form."""
    return title_of(form)


@register.simple_tag
def visit_title(visit: Visit | None) -> str:
    """Return the title of a visit."""
    return visit_in_words(visit)


@register.simple_tag
def step_word(step: str) -> str:
    """Return the word on the button of a step of a query."""
    return str(STEP_WORDS[step])


register.filter("box_id", box_id)
