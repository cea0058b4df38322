"""Draws the status grid. 1,500 cells stand on one page, so a cell is one line of text, put together by hand and escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.urls import reverse
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from casebook.marks import MARKS, WORST_FIRST, icon_of
from casebook.models import Subject
from casebook.states import Stage
from desk.selectors.grid import LOG, VISITS, Cell

EMPTY_CELL = '<td class="cell"></td>'


def head_of(columns: Iterable[str]) -> SafeString:
    """Return the head cells of the visit columns."""
    titles = [(code, column_title(code)) for code in columns]
    return format_html_join("", '<th scope="col" class="cell"><abbr title="{1}">{0}</abbr></th>', titles)


def column_title(code: str) -> str:
    """Return the title of a visit column; of a visit that only another protocol version knows, its code."""
    if code == LOG:
        return _("Log forms")
    return _(VISITS[code].title) if code in VISITS else code


def rows_of(subjects: Iterable[Subject], cells: Mapping[UUID, Mapping[str, Cell]], columns: list[str]) -> SafeString:
    """Return the body rows of the grid. Every number is an int, every word is escaped once for all cells."""
    states = {state: _state_parts(state) for state in WORST_FIRST}
    stages = {stage.value: escape(str(stage.label)) for stage in Stage}
    casebook = reverse("casebook", args=[UUID(int=0)])
    synthetic = escape(_("synthetic"))
    drawn = []
    for subject in subjects:
        address = casebook.replace(str(UUID(int=0)), str(subject.pk))
        drawn.append(
            f'<tr><th scope="row"><a href="{address}">{escape(subject.number)}</a>'
            f"{f' <small>{synthetic}</small>' if subject.synthetic else ''}</th>"
            f"<td>{escape(subject.site.code)}</td><td>{stages[subject.stage]}</td>"
        )
        row = cells.get(subject.pk, {})
        for code in columns:
            cell = row.get(code)
            drawn.append(EMPTY_CELL if cell is None else _cell(cell, code, address, states[cell.state]))
        drawn.append("</tr>")
    return mark_safe("".join(drawn))  # noqa: S308 -- every part above is escaped or a number


def _cell(cell: Cell, code: str, address: str, parts: tuple[str, str]) -> str:
    tone, drawn = parts
    queries = f"<sup>{cell.queries}</sup>" if cell.queries else ""
    return (
        f'<td class="cell {tone}"><a href="{address}#visit-{code}"{drawn} {cell.done}/{cell.expected}{queries}</a></td>'
    )


def _state_parts(state: str) -> tuple[str, str]:
    mark = MARKS[state]
    word = escape(str(mark.word))
    return f"tone-{mark.tone}", f' title="{word}">{icon_of(mark.icon)}<span class="visually-hidden">{word}</span>'
