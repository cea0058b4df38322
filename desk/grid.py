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
from casebook.words import day_shown
from desk.selectors.beside import ARM_TITLES, Beside
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


def rows_of(
    subjects: Iterable[Subject], cells: Mapping[UUID, Mapping[str, Cell]], columns: list[str], found: Beside
) -> SafeString:
    """Return the body rows of the grid. Every number is an int, every word is escaped once for all cells."""
    states = {state: _state_parts(state) for state in WORST_FIRST}
    said = _Said(found)
    stages = {stage.value: escape(str(stage.label)) for stage in Stage}
    casebook = reverse("casebook", args=[UUID(int=0)])
    synthetic = escape(_("synthetic"))
    drawn = []
    for subject in subjects:
        address = casebook.replace(str(UUID(int=0)), str(subject.pk))
        drawn.append(
            f'<tr><th scope="row"><a href="{address}">{escape(subject.number)}</a>'
            f"{f' <small>{synthetic}</small>' if subject.synthetic else ''}</th>"
            f"<td>{escape(subject.site.code)}</td><td>{stages[found.stages[subject.pk]]}{said.left(subject)}</td>{said.of(subject)}"
        )
        row = cells.get(subject.pk, {})
        for code in columns:
            cell = row.get(code)
            drawn.append(EMPTY_CELL if cell is None else _cell(cell, code, address, states[cell.state]))
        drawn.append("</tr>")
    return mark_safe("".join(drawn))  # noqa: S308 -- every part above is escaped or a number


class _Said:
    """Draws what stands beside the cells; every word is escaped once for all rows."""

    def __init__(self, found: Beside) -> None:
        self.found = found
        self.arms = {code: escape(_(title)) for code, title in ARM_TITLES.items()}
        self.titles = {code: escape(column_title(code)) for code in VISITS}
        self.overdue = _state_parts("overdue")

    def of(self, subject: Subject) -> str:
        """Return the cells of arm, next visit and overdue visits; that of the arm only where some arm may be known."""
        arm = f"<td>{self.arms.get(self.found.arms.get(subject.pk, ''), '')}</td>" if self.found.shows_arms else ""
        return f"{arm}<td>{self._next(subject)}</td>{self._overdue(subject)}"

    def left(self, subject: Subject) -> str:
        """Return why no visit follows any more; empty where visits go on."""
        why = self.found.left.get(subject.pk, "")
        return f' <span class="quiet">{escape(_(why))}</span>' if why else ""

    def _next(self, subject: Subject) -> str:
        visit = self.found.next.get(subject.pk)
        if visit is None:
            return ""
        return (
            f'{self.titles.get(visit.code, escape(visit.code))} <span class="quiet">{day_shown(visit.target_on)}</span>'
        )

    def _overdue(self, subject: Subject) -> str:
        count = self.found.overdue.get(subject.pk, 0)
        if not count:
            return '<td class="number">0</td>'
        tone, drawn = self.overdue
        return f'<td class="number"><span class="mark {tone}"{drawn} {count}</span></td>'


def _cell(cell: Cell, code: str, address: str, parts: tuple[str, str]) -> str:
    tone, drawn = parts
    _state, done, expected, queries = cell
    counted = f" {done}/{expected}" if expected else ""
    asked = f"<sup>{queries}</sup>" if queries else ""
    return f'<td class="cell {tone}"><a href="{address}#visit-{code}"{drawn}{counted}{asked}</a></td>'


def _state_parts(state: str) -> tuple[str, str]:
    mark = MARKS[state]
    word = escape(str(mark.word))
    return f"tone-{mark.tone}", f' title="{word}">{icon_of(mark.icon)}<span class="visually-hidden">{word}</span>'
