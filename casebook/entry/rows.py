"""The rows of groups on a page: which are there, which key the next one gets, which were taken off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from casebook.actions.lesions import NAMED
from casebook.models import Form, Lesion, Query
from casebook.selectors.records import answers_of, record_of
from protocol.language import Crf, Group, HasEveryRow
from protocol.record import BLANK, Answer
from protocol.words import N_

KEY = re.compile(r"(T|NT|N)?[0-9]{1,4}")
LESION_KINDS = {"T": N_("Add a target lesion"), "NT": N_("Add a non-target lesion"), "N": N_("Add a new lesion")}
BASELINE = "baseline"
SAVING = ("save", "complete", "next")
LESION_CLASS = {"T": "target", "NT": "non-target", "N": "new"}

Rows = dict[str, tuple[str, ...]]


def groups_of(crf: Crf) -> tuple[Group, ...]:
    """Return the groups of a CRF."""
    return tuple(item for item in crf.items if isinstance(item, Group))


def rows_stored(crf: Crf, answers: Mapping[str, Answer]) -> Rows:
    """Return the keys of the rows that hold answers, in their order."""
    return {group.name: _in_order(_keys(answers, group.name)) for group in groups_of(crf)}


def rows_to_begin_with(crf: Crf, form: Form, stored: Rows) -> Rows:
    """Return the rows of a page that is opened: those stored, every lesion to be read; else those sure to come."""
    begun = dict(stored)
    for group in groups_of(crf):
        if group.lesions:
            begun[group.name] = _in_order({*stored.get(group.name, ()), *lesions_to_read(form, crf, group)})
        elif not form.answers:
            is_sure = group.required and group.shown_when is None
            begun[group.name] = (str(form.last_row + 1),) if is_sure else ()
    return begun


def known_lesions(form: Form) -> dict[str, Lesion]:
    """Return the lesions ever named of the subject by key; also those whose rows were all removed."""
    return {lesion.key: lesion for lesion in Lesion.objects.filter(subject=form.subject_id)}


def lesions_to_read(form: Form, crf: Crf, group: Group) -> set[str]:
    """Return the keys of the lesions that another scan speaks of, at baseline or not after this one.

    A lesion may be added to an earlier scan when this one is complete already: it still has to be read here.
    """
    this = answers_of(form)
    scans = (each for each in record_of(form.subject).forms if each.crf == crf.code and each.id != str(form.pk))
    spoken = {
        key for scan in scans if _comes_before(scan.answers, this, crf) for key in _keys(scan.answers, group.name)
    }
    return spoken & known_lesions(form).keys() if spoken else set()


def _comes_before(other: Mapping[str, Answer], this: Mapping[str, Answer], crf: Crf) -> bool:
    day = _value(this, crf.dated_by)
    is_baseline_of_it = _value(other, "timepoint") == BASELINE != _value(this, "timepoint")
    # Nobody said yet when this scan was: then all that is known is to be read.
    return not day or is_baseline_of_it or "" < _value(other, crf.dated_by) <= day


def _value(answers: Mapping[str, Answer], path: str) -> str:
    return answers.get(path, BLANK).value


def rows_posted(crf: Crf, data: QueryDict) -> Rows:
    """Return the rows that stood on the posted page; a key no page of ours writes is left out."""
    keys = {group.name: data.get(f"{group.name}.rows", "").split() for group in groups_of(crf)}
    return {name: tuple(dict.fromkeys(key for key in found if KEY.fullmatch(key))) for name, found in keys.items()}


def rows_to_keep(crf: Crf, form: Form, before: Mapping[str, Answer], data: QueryDict) -> Rows:
    """Return the rows of a posted page that a save keeps.

    A lesion that is still to be read is offered each time; where a query asks for it already, a row of which nothing
    was read hinders no other correction of a form that was complete.
    """
    rows = rows_posted(crf, data)
    if form.completed_at is None or data.get("act", "save") not in SAVING:
        return rows
    for group in groups_of(crf):
        asking = [check.id for check in group.checks if isinstance(check, HasEveryRow)]
        there = set(_keys(before, group.name))
        unread = {key for key in rows[group.name] if key not in there and _is_unread(group, key, data)}
        if asking and unread and Query.objects.filter(form=form, check_id__in=asking).exists():
            rows[group.name] = tuple(key for key in rows[group.name] if key not in unread & known_lesions(form).keys())
    return rows


def _is_unread(group: Group, key: str, data: QueryDict) -> bool:
    """Return whether nothing is said of the lesion but what its first scan says."""
    paths = (f"{group.name}/{key}/{item.name}" for item in group.items if item.name not in NAMED.values())
    return not any(data.get(path, "").strip() or data.get(f"{path}.missing") for path in paths)


def with_row(rows: Rows, form: Form, group: Group, prefix: str) -> tuple[Rows, str]:
    """Return the rows with one more, and its key: never one that was used before."""
    used = set(rows.get(group.name, ()))
    if group.lesions:
        used |= set(known_lesions(form))
    numbers = [int(key[len(prefix) :]) for key in used if key[len(prefix) :].isdecimal() and key.startswith(prefix)]
    last = 0 if group.lesions else form.last_row
    key = f"{prefix}{max([last, *numbers]) + 1}"
    return rows | {group.name: (*rows.get(group.name, ()), key)}, key


def without_row(rows: Rows, group: str, key: str) -> Rows:
    """Return the rows without this one."""
    return rows | {group: tuple(each for each in rows.get(group, ()) if each != key)}


def removed_rows(crf: Crf, paths: Iterable[str], rows: Rows) -> dict[str, tuple[str, str]]:
    """Return group and key of the rows these paths belonged to and that the page no longer has, by `group/key`."""
    titles = {group.name: group.title for group in groups_of(crf)}
    placed = (path.split("/") for path in paths if path.count("/") == 2)
    return {
        f"{group}/{key}": (titles.get(group, group), key)
        for group, key, _item in placed
        if key not in rows.get(group, ())
    }


def adding_buttons(crf: Crf) -> dict[str, SafeString]:
    """Return for each group the buttons that add a row; they submit, so they work without JavaScript."""
    return {group.name: _buttons(group) for group in groups_of(crf)}


def _buttons(group: Group) -> SafeString:
    kinds = LESION_KINDS if group.lesions else {"": N_("Add a row")}
    return format_html_join(
        " ",
        '<button class="btn btn-outline-secondary btn-sm" name="act" value="add {}/{}">{}</button>',
        ((group.name, prefix, _(words)) for prefix, words in kinds.items()),
    )


def removing_button(place: str) -> SafeString:
    """Return the button that takes a row off the page."""
    return format_html(
        '<button class="btn btn-link btn-sm" name="act" value="drop {}">{}</button>', place, _("Remove this row")
    )


def _keys(answers: Iterable[str], group: str) -> Iterable[str]:
    paths = (path.split("/") for path in answers)
    return dict.fromkeys(parts[1] for parts in paths if len(parts) == 3 and parts[0] == group)


_CLASSES = {"T": 0, "NT": 1, "N": 2, "": 0}


def _in_order(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=lambda key: (_CLASSES.get(key.rstrip("0123456789"), 3), len(key), key)))
