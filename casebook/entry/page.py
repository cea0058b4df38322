"""What one page of one form shows at each place: what is typed, what is said of it, what is computed and hidden."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from casebook.actions.lesions import NAMED
from casebook.entry.fields import items_of
from casebook.entry.layout import ENTRY, draw_form, draw_row
from casebook.entry.skeleton import drawn
from casebook.entry.typed import EMPTY, Typed, as_typed, is_blank
from casebook.marks import mark_of
from casebook.words import answer_in_words, box_id, day_in_words, unit_in_words
from protocol.language import Crf, Date, Derived, Group, Item, Moment, MultiChoice, Number, PartialDate
from protocol.record import BLANK, Answer

NOTHING = mark_safe("")
BETWEEN_DAY_AND_TIME = re.compile(r"(?<=\d)T(?=\d)")
INVALID = mark_safe(' aria-invalid="true"')


@dataclass
class Notes:
    """What is said of one item beside it."""

    errors: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    queries: list[Any] = field(default_factory=list)
    comments: list[Any] = field(default_factory=list)
    unexplained: list[Any] = field(default_factory=list)  # key and words of explanations whose query is closed
    asks_reason: bool = False
    old: str = ""
    reason: str = ""


SILENT = Notes()


@dataclass(kw_only=True)
class Page:
    """The source a skeleton is filled from. `rows` names the keys of each group in the order of the page."""

    crf: Crf
    base: str
    typed: Mapping[str, Typed] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    computed: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)  # what is known of an item from other forms, by path
    notes: Mapping[str, Notes] = field(default_factory=dict)
    laboratories: Iterable[tuple[str, str]] = ()
    adding: Mapping[str, SafeString] = field(default_factory=dict)
    removing: Callable[[str], SafeString] | None = None
    verified: Collection[str] = ()
    may_ask: bool = False
    may_comment: bool = False
    zone: ZoneInfo | None = None
    mode: str = ENTRY
    drawn_rows: dict[str, SafeString] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.items: dict[str, Item] = dict(items_of(self.crf, self.rows))
        self.counts = self._counts()

    def filled(self) -> SafeString:
        """Return the sections of the form, drawn from the skeleton."""
        skeletons = drawn(self.crf, mode=self.mode)
        for group, row in skeletons.rows.items():
            self.drawn_rows[group] = _joined(row.for_row(key).filled(self) for key in self.rows.get(group, ()))
        return skeletons.form.filled(self)

    def drawn_anew(self) -> SafeString:
        """Return the same without a skeleton: the proof that nothing was frozen which varies."""
        for group in (item for item in self.crf.items if isinstance(item, Group)):
            keys = self.rows.get(group.name, ())
            self.drawn_rows[group.name] = _joined(draw_row(self.crf, group, key, self, mode=self.mode) for key in keys)
        return draw_form(self.crf, self, mode=self.mode)

    def get(self, place: str, kind: str, argument: str = "") -> str:
        """Return what stands at a place. Raises LookupError for a kind that no template should ask for."""
        return getattr(self, f"_{kind}")(place, argument)

    def _counts(self) -> dict[str, str]:
        counts: dict[str, str] = {}
        for number, section in enumerate(self.crf.sections, 1):
            names = {item.name for item in section.items}
            asked = [
                path
                for path, item in self.items.items()
                if path.partition("/")[0] in names and path in self.shown and not isinstance(item, Derived)
            ]
            done = sum(not is_blank(self._at(path)) for path in asked)
            counts[f"section {number}"] = _("%(done)s of %(all)s answered") % {"done": done, "all": len(asked)}
        return counts

    def _at(self, path: str) -> Typed:
        return self.typed.get(path, EMPTY)

    def _base(self, place: str, argument: str) -> str:
        return self.base

    def _answered(self, place: str, argument: str) -> str:
        return self.counts[place]

    def _value(self, path: str, argument: str) -> str:
        item, text = self.items[path], self._at(path).text
        if isinstance(item, Derived):
            return self.computed.get(path, "")
        # Typed either way, day and time are shown apart.
        return BETWEEN_DAY_AND_TIME.sub(" ", text) if isinstance(item, Moment) else text

    def _selected(self, path: str, code: str) -> str:
        return " selected" if self._at(path).text.strip() == code else ""

    def _checked(self, path: str, code: str) -> str:
        text = self._at(path).text
        is_chosen = code in text.split() if isinstance(self.items[path], MultiChoice) else code == text.strip()
        return " checked" if is_chosen else ""

    def _unanswered(self, path: str, argument: str) -> str:
        return "" if self._at(path).text.strip() else " checked"

    def _unit(self, path: str, unit: str) -> str:
        return " selected" if self._at(path).unit == unit else ""

    def _other_unit(self, path: str, argument: str) -> str:
        item, unit = self.items[path], self._at(path).unit
        if not unit or (isinstance(item, Number) and unit in item.units):
            return ""
        return format_html('<option value="{}" selected>{}</option>', unit, unit_in_words(unit))

    def _missing(self, path: str, missing: str) -> str:
        return " selected" if self._at(path).missing == missing else ""

    def _reason(self, path: str, argument: str) -> str:
        return self._at(path).reason

    def _open(self, path: str, argument: str) -> str:
        typed = self._at(path)
        return " open" if typed.missing or typed.reason else ""

    def _hidden(self, path: str, argument: str) -> str:
        # What has an error, a question, rows or a value is never hidden: nobody could find it.
        stays = path in self.shown or path in self.notes or self.rows.get(path) or not is_blank(self._at(path))
        return "" if stays else " hidden"

    def _invalid(self, path: str, argument: str) -> str:
        return INVALID if self.notes.get(path, SILENT).errors else ""

    def _state(self, path: str, argument: str) -> str:
        notes = self.notes.get(path, SILENT)
        words = [
            (bool(notes.errors), " has-error"),
            (bool(notes.queries or notes.findings), " has-query"),
            (notes.asks_reason, " changed"),
            (bool(self.answers.get(path, BLANK).declared), " declared"),
        ]
        return "".join(word for holds, word in words if holds)

    def _echo(self, path: str, argument: str) -> str:
        # Said back as it was understood, so that a mistyped month is seen before it is saved.
        understood = self.answers.get(path, BLANK).value
        if understood and isinstance(self.items[path], Date | PartialDate | Moment):
            return day_in_words(understood)
        return ""

    def _said(self, path: str, argument: str) -> str:
        item = self.items[path]
        if isinstance(item, Derived):
            return self.computed.get(path, "") or "—"
        return answer_in_words(item, self.answers.get(path, BLANK)) or "—"

    def _laboratories(self, path: str, argument: str) -> str:
        kept = self._at(path).text
        known = dict(self.laboratories)
        if kept and kept not in known:
            known[kept] = kept
        options = ((code, " selected" if code == kept else "", name) for code, name in known.items())
        return format_html_join("", '<option value="{}"{}>{}</option>', options)

    def _notes(self, path: str, argument: str) -> str:
        notes = self.notes.get(path)
        declared = self.answers.get(path, BLANK).declared
        verified = mark_of("verified") if path in self.verified else NOTHING
        if path in self.beside:
            verified = format_html('<p class="help">{}</p>', self.beside[path]) + verified
        if notes is None and not declared:
            return verified
        context = {"notes": notes or SILENT, "path": path, "id": box_id(path), "declared": declared}
        context["zone"] = self.zone
        return verified + render_to_string("casebook/entry/notes.html", context)

    def _ask(self, path: str, argument: str) -> str:
        place = escape(path)
        return _joined(f'<a href="{address}{place}/">{word}</a>' for address, word in self._links)

    @cached_property
    def _links(self) -> list[tuple[str, str]]:
        """Address, up to the path of an item, and word of the links beside every item; both escaped."""
        ask = (escape(f"{self.base}queries/ask/"), escape(_("Ask a query")))
        remark = (escape(f"{self.base}comments/"), escape(_("Comment")))
        return [ask] * self.may_ask + [remark] * self.may_comment

    def _rows(self, group: str, argument: str) -> str:
        if not self.rows.get(group):
            return format_html('<p class="quiet">{}</p>', _("No row yet."))
        return self.drawn_rows[group]

    def _keys(self, group: str, argument: str) -> str:
        return " ".join(self.rows.get(group, ()))

    def _adding(self, group: str, argument: str) -> str:
        return self.adding.get(group, NOTHING)

    def _about(self, row: str, argument: str) -> str:
        unread = format_html(' <span class="quiet">{}</span>', _("not yet read on this scan"))
        button = self.removing(row) if self.removing and self.mode == ENTRY else NOTHING
        return (unread if self._is_unread(row) else NOTHING) + button

    def _is_unread(self, row: str) -> bool:
        group = self.crf.item(row.partition("/")[0])
        if not isinstance(group, Group) or not group.lesions:
            return False
        # What it is and where it lies is known from other scans; everything else is read on this one.
        paths = (f"{row}/{item.name}" for item in group.items if item.name not in NAMED.values())
        return all(self.answers.get(path, BLANK).is_blank for path in paths)


def as_page_typed(crf: Crf, answers: Mapping[str, Answer], rows: Mapping[str, tuple[str, ...]]) -> dict[str, Typed]:
    """Return what the boxes show of stored answers."""
    return {path: as_typed(item, answers.get(path, BLANK)) for path, item in items_of(crf, rows)}


def _joined(drawings: Iterable[str]) -> SafeString:
    return mark_safe("".join(drawings))  # noqa: S308 -- each is safe by itself
