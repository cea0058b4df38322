"""Template tags for candidates: the name of a source form, the name of a task."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

from casebook.models import Form
from eligibility.candidate import source_title
from protocol.roles import Task

register = template.Library()


@register.filter
def source(form: Form) -> str:
    """Return form and visit that a value comes from."""
    return source_title(form)


@register.filter
def task(code: str) -> str:
    """Return what a task is called."""
    return gettext(Task(code).title)
