"""The crispy layout of a CRF: sections as fieldsets, items in one column, rows of groups as boxes of their own."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, LayoutObject
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from casebook.entry.fields import Cell, EntryForm, condition_of, control_for, missing_choices
from casebook.entry.typed import path_of
from casebook.words import box_id
from protocol.language import Crf, Derived, Group, Item, Missing, Section

ENTRY, READING = "entry", "reading"


class ItemBox(LayoutObject):
    """One item: label above, boxes, unit beside, help and notes below."""

    def __init__(self, item: Item, path: str, *, mode: str) -> None:
        self.item = item
        self.path = path
        self.mode = mode

    def render(self, form: EntryForm, context: Any, template_pack: str = "", **more: Any) -> SafeString:
        """Return the item drawn with the cell of the page or of the skeleton."""
        cell = Cell(context["source"], self.path)
        field = form[self.path].field
        read_only = self.mode == READING
        return render_to_string(
            f"casebook/entry/{'item_read' if read_only else 'item'}.html",
            {
                "item": self.item,
                "path": self.path,
                "id": box_id(self.path),
                "cell": cell,
                "page": Cell(context["source"], ""),
                "boxes": field.widget.control.boxes,
                "drawn": "" if read_only else field.widget.render(self.path, cell),
                "derived": isinstance(self.item, Derived),
                "shown_when": condition_of(self.item),
                "missing": [(value, word, cell.chosen("missing", value)) for value, word in missing_choices(self.item)],
            },
        )


class RowBox(LayoutObject):
    """One row of a group."""

    def __init__(self, group: Group, key: str, *, mode: str) -> None:
        self.group = group
        self.key = key
        self.fields = [ItemBox(item, path_of(group, key, item), mode=mode) for item in group.items]

    def render(self, form: EntryForm, context: Any, template_pack: str = "", **more: Any) -> SafeString:
        """Return the row with its items."""
        return render_to_string(
            "casebook/entry/row.html",
            {
                "group": self.group,
                "key": self.key,
                "cell": Cell(context["source"], f"{self.group.name}/{self.key}"),
                "drawn": self.get_rendered_fields(form, context, template_pack),
            },
        )


class GroupBox(LayoutObject):
    """A group with however many rows the page has."""

    def __init__(self, group: Group, *, section: Section, mode: str) -> None:
        self.group = group
        self.mode = mode
        self.has_title = group.title != section.title  # a section that is one group says it once

    def render(self, form: EntryForm, context: Any, template_pack: str = "", **more: Any) -> SafeString:
        """Return the group; its rows come from the cell."""
        cell = Cell(context["source"], self.group.name)
        return render_to_string(
            "casebook/entry/group.html",
            {
                "group": self.group,
                "cell": cell,
                "has_title": self.has_title,
                "may_add": self.mode == ENTRY,
                "shown_when": condition_of(self.group),
            },
        )


class SectionBox(LayoutObject):
    """A section as a fieldset with its count of answers."""

    def __init__(self, section: Section, number: int, *, mode: str) -> None:
        self.section = section
        self.number = number
        self.may_rest = mode == ENTRY and sum(Missing.NOT_DONE in item.missing for item in section.items) > 2
        self.fields = [
            GroupBox(item, section=section, mode=mode)
            if isinstance(item, Group)
            else ItemBox(item, item.name, mode=mode)
            for item in section.items
        ]

    def render(self, form: EntryForm, context: Any, template_pack: str = "", **more: Any) -> SafeString:
        """Return the fieldset."""
        return render_to_string(
            "casebook/entry/section.html",
            {
                "section": self.section,
                "number": self.number,
                "may_rest": self.may_rest,
                "cell": Cell(context["source"], f"section {self.number}"),
                "drawn": self.get_rendered_fields(form, context, template_pack),
            },
        )


def draw_form(crf: Crf, source: Any, *, mode: str) -> SafeString:
    """Return all sections of the CRF, everything that varies asked of `source`."""
    boxes = (SectionBox(section, number, mode=mode) for number, section in enumerate(crf.sections, 1))
    return _draw(EntryForm(crf), Layout(*boxes), source)


def draw_row(crf: Crf, group: Group, key: str, source: Any, *, mode: str) -> SafeString:
    """Return one row of a group."""
    return _draw(EntryForm(crf, rows={group.name: (key,)}), Layout(RowBox(group, key, mode=mode)), source)


def _draw(form: EntryForm, layout: Layout, source: Any) -> SafeString:
    helper = FormHelper(form)
    helper.layout = layout
    helper.render_unmentioned_fields = False
    # Not through crispy's page template: its space saver would also reach into the text of a person.
    return mark_safe(helper.render_layout(form, Context({"source": source})).strip())  # noqa: S308 -- drawn by templates


__all__ = ["ENTRY", "READING", "control_for", "draw_form", "draw_row"]
