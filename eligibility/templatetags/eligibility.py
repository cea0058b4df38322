"""Template tags for candidates: the name of a source form, the name of a task."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext

from casebook.marks import MARKS
from casebook.models import Form
from eligibility.candidate import source_title
from eligibility.candidate_rows import missing_in_words
from eligibility.missing import Missing
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


@register.filter
def mark_word(kind: str) -> str:
    """Return the word of a mark, for paper."""
    return str(MARKS[kind].word)


@register.filter
def missing_said(missing: Missing) -> str:
    """Return what is still needed, of whom, and between which days, in one line."""
    return missing_in_words(missing)
