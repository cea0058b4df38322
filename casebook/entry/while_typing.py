"""What a page says while somebody types: only what their values compute to, and nothing that is read for drawing."""

from __future__ import annotations

from casebook.entry.computing import computed_values
from casebook.entry.page import Page
from casebook.entry.sheet import Sheet
from casebook.selectors.sight import without_arm


def typed_page(sheet: Sheet) -> Page:
    """Return the page without queries, laboratories and buttons: what computes is asked for at every pause."""
    return Page(
        crf=sheet.crf,
        base="",
        typed=sheet.typed,
        answers=without_arm(sheet.answers, sheet.form, sheet.user),
        rows=sheet.rows,
        shown=sheet.shown,
        computed=computed_values(sheet.form, sheet.crf, sheet.answers, at=sheet.at),
    )
