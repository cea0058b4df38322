"""Template tags for the report of an import: the words of its kinds and counts."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from casebook.imports.report import KIND_TITLES, Kind

register = template.Library()

KIND_HELP = {
    Kind.REFUSED: _("Nothing of the file is imported until these are mended."),
    Kind.DOUBTFUL: _(
        "Imported as it stands and asked about with a query, left as a person had answered it here, or overwriting a complete form."
    ),
    Kind.DECLARED: _("Not said by the file but by its mapping: units, codes and constants. Nothing was converted."),
    Kind.NOTED: _("Imported; worth knowing."),
}
WOULD_WORDS = {
    "subjects added": _("subjects would be added"),
    "forms saved": _("forms would be saved"),
    "forms unchanged": _("forms would stay unchanged"),
    "values saved": _("values would be saved"),
    "queries opened": _("queries would be opened"),
    "queries closed": _("queries would be closed"),
}
COUNT_WORDS = {
    "rows": _("rows read"),
    "subjects added": _("subjects added"),
    "subjects known": _("subjects known from an earlier import"),
    "forms saved": _("forms saved"),
    "forms unchanged": _("forms unchanged"),
    "values saved": _("values saved"),
    "queries opened": _("queries opened"),
    "queries closed": _("queries closed"),
}


@register.simple_tag
def kind_word(kind: str) -> str:
    """Return what a kind of entry is called."""
    return gettext(KIND_TITLES[Kind(kind)])


@register.simple_tag
def kind_help(kind: str) -> str:
    """Return what a kind of entry means."""
    return str(KIND_HELP[Kind(kind)])


@register.simple_tag
def count_word(name: str, is_done: bool = True) -> str:
    """Return what was counted: in a dry run, as what would be."""
    return str(COUNT_WORDS[name] if is_done else WOULD_WORDS.get(name, COUNT_WORDS[name]))
