"""The fold from items to form fields: one box per item, read by protocol.reading, drawn by one template per kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from casebook.entry.typed import Typed, answer_of, path_of, typed_in
from casebook.words import MISSING_WORDS, box_id, said
from protocol.language import (
    YES_NO,
    Choice,
    Coded,
    CodeList,
    Crf,
    Date,
    Derived,
    Group,
    Item,
    LaboratoryChoice,
    Moment,
    MultiChoice,
    Number,
    PartialDate,
    Text,
    YesNo,
)
from protocol.reading import Unreadable
from protocol.record import BLANK, Answer

MOST_RADIOS = 5  # more choices than that stand in a list to choose from


@dataclass(frozen=True)
class Control:
    """How an item is typed: its template under casebook/entry/, and what never changes about it."""

    template: str
    codes: CodeList | None = None
    boxes: bool = False  # several boxes under one label
    placeholder: str = ""


@singledispatch
def control_for(item: Item) -> Control:
    """Return how an item of this kind is typed. Raises TypeError for a kind nobody has thought of."""
    raise TypeError(f"No form field is defined for {type(item).__name__}.")


@control_for.register
def _date(item: Date) -> Control:
    return Control("date", placeholder="2025-03-31")


@control_for.register
def _partial_date(item: PartialDate) -> Control:
    return Control("date", placeholder="2025-03-31")


@control_for.register
def _moment(item: Moment) -> Control:
    return Control("date", placeholder="2025-03-31 14:05")


@control_for.register
def _number(item: Number) -> Control:
    return Control("number")


@control_for.register
def _choice(item: Choice) -> Control:
    if len(item.codes.codes) > MOST_RADIOS:
        return Control("select", codes=item.codes)
    return Control("radios", codes=item.codes, boxes=True)


@control_for.register
def _yes_no(item: YesNo) -> Control:
    return Control("radios", codes=YES_NO, boxes=True)


@control_for.register
def _multi_choice(item: MultiChoice) -> Control:
    return Control("checkboxes", codes=item.codes, boxes=True)


@control_for.register
def _coded(item: Coded) -> Control:
    return Control("coded")


@control_for.register
def _text(item: Text) -> Control:
    return Control("long_text" if item.long else "text")


@control_for.register
def _laboratory(item: LaboratoryChoice) -> Control:
    return Control("laboratory")


@control_for.register
def _derived(item: Derived) -> Control:
    return Control("derived", boxes=True)


class Cell:
    """What varies at one place of the page; `source` is a page with values, or the skeleton asking for a slot."""

    def __init__(self, source: Any, place: str) -> None:
        self.source = source
        self.place = place

    def __getitem__(self, kind: str) -> str:
        return self.source.get(self.place, kind)

    def chosen(self, kind: str, argument: str) -> str:
        """Return the attribute that marks an option as chosen, or nothing."""
        return self.source.get(self.place, kind, argument)


class AnswerWidget(forms.Widget):
    """The boxes of one item."""

    def __init__(self, item: Item, *, in_row: bool) -> None:
        super().__init__()
        self.item = item
        self.in_row = in_row
        self.control = control_for(item)
        if in_row and self.control.template == "radios":
            self.control = Control("select", codes=self.control.codes)

    def value_from_datadict(self, data: Any, files: object, name: str) -> Typed:
        """Return what every box of the item held."""
        return typed_in(data, name, self.item)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the boxes, with whatever the cell (given as value) says of them."""
        cell: Cell = value
        return render_to_string(
            f"casebook/entry/{self.control.template}.html",
            {
                "item": self.item,
                "name": name,
                "id": box_id(name),
                "cell": cell,
                "control": self.control,
                "options": list(self._options(cell)),
                "units": [(unit, cell.chosen("unit", unit)) for unit in getattr(self.item, "units", ())],
            },
        )

    def _options(self, cell: Cell) -> Iterator[tuple[str, str, str]]:
        if self.control.codes is not None:
            word = "selected" if self.control.template == "select" else "checked"
            for code in self.control.codes.codes:
                yield code.value, _(code.title), cell.chosen(word, code.value)


class AnswerField(forms.Field):
    """Reads the boxes of one item into an Answer."""

    def __init__(self, item: Item, *, before: Answer = BLANK, in_row: bool = False) -> None:
        super().__init__(required=False, label=item.title, widget=AnswerWidget(item, in_row=in_row))
        self.item = item
        self.before = before

    def clean(self, value: Typed) -> Answer:
        """Return the answer that is meant. Raises ValidationError with the sentence that says what to type."""
        try:
            return answer_of(self.item, value, self.before)
        except Unreadable as refused:
            raise ValidationError(said(refused.sentence)) from refused


class EntryForm(forms.Form):
    """One form of the browser for one CRF with these rows; unbound it only draws."""

    def __init__(
        self,
        crf: Crf,
        *,
        data: QueryDict | None = None,
        rows: Mapping[str, Iterable[str]] | None = None,
        before: Mapping[str, Answer] | None = None,
    ) -> None:
        super().__init__(data=data, auto_id=False)
        kept = before or {}
        self.crf = crf
        self.fields = {
            path: AnswerField(item, before=kept.get(path, BLANK), in_row="/" in path)
            for path, item in items_of(crf, rows or {})
            if data is None or not isinstance(item, Derived)
        }


def items_of(crf: Crf, rows: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, Item]]:
    """Yield path and item for everything that is typed or shown, rows included."""
    for item in crf.items:
        if isinstance(item, Group):
            for key in rows.get(item.name, ()):
                yield from ((path_of(item, key, inner), inner) for inner in item.items)
        else:
            yield item.name, item


def condition_of(item: Item) -> str:
    """Return the condition under which the item is shown, as the browser reads it; empty when always."""
    when = item.shown_when
    return json.dumps({"item": when.item, "values": list(when.values)}) if when else ""


def missing_choices(item: Item) -> list[tuple[str, str]]:
    """Return the missing codes an item allows, with their words."""
    return [(missing.value, _(MISSING_WORDS[missing])) for missing in item.missing]
