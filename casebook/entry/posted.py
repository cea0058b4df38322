"""What a person posted of one form: what every box held, which answers it means, which could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import QueryDict

from casebook.entry.fields import EntryForm, items_of
from casebook.entry.rows import LESION_CLASS, Rows, groups_of, rows_stored, rows_to_keep
from casebook.entry.settling import given_in, with_rows_anew
from casebook.entry.typed import EMPTY, Typed, as_typed, typed_in
from casebook.hiding import unasked
from casebook.models import Form
from casebook.selectors.history import answers_at
from casebook.selectors.records import answers_of
from protocol.language import Crf, Derived, Item
from protocol.record import BLANK, Answer

MOST_PAGES = 50  # one page more for each row that is added; nobody adds so many before a save


@dataclass(frozen=True, kw_only=True)
class Posted:
    """One posted page. `before` is what the page showed, `answers` what is meant; `errors` by path where unreadable."""

    typed: Mapping[str, Typed]
    rows: Rows
    before: Mapping[str, Answer]
    answers: Mapping[str, Answer]
    errors: Mapping[str, list[str]]
    based_on: int
    key: str
    reasons: Mapping[str, str]
    reason_for_all: str

    @property
    def changed(self) -> tuple[str, ...]:
        """The paths whose answer is not what the page showed."""
        return tuple(path for path, answer in self.answers.items() if answer != self.before.get(path, BLANK))


def posted(crf: Crf, form: Form, data: QueryDict) -> Posted:
    """Return what was posted; never raises for what a person can type."""
    based_on = _number(data.get("based_on", ""))
    before = answers_shown(form, based_on)
    rows = rows_to_keep(crf, form, before, data) | _rows_left_out(crf, before, data)
    given = given_in(data)
    page = EntryForm(crf, data=data, rows=rows, before=before)
    errors = {path: [str(each) for each in said] for path, said in page.errors.items()}
    answers = {
        path: answer if given is not None or is_sent(data, path) else before.get(path, BLANK)
        for path, answer in page.cleaned_data.items()
        if given is None or path in given
    }
    if given is not None:
        rows, answers = with_rows_anew(form, data, rows, answers)
    removed = {} if given is not None else _removed(crf, before, rows)
    taken_off = _taken_off(crf, data, before | answers | removed)
    answers |= dict.fromkeys(taken_off, BLANK)
    whole = data.get("why", "").strip()
    return Posted(
        typed={
            path: EMPTY if path in taken_off else _typed(data, path, item, before)
            for path, item in items_of(crf, rows)
            if not isinstance(item, Derived)
        },
        rows=rows,
        before=before,
        answers=answers | removed,
        errors=errors,
        based_on=based_on,
        key=data.get("key", "")[:64],
        reasons=_reasons(data, answers | removed, whole),
        reason_for_all=whole,
    )


def answers_shown(form: Form, version: int) -> dict[str, Answer]:
    """Return the answers of the version a page showed; the present ones where the trail does not know it."""
    if version != form.version and (found := answers_at(form, version)) is not None:
        return found
    return answers_of(form)


def is_sent(data: QueryDict, path: str) -> bool:
    """Whether the page spoke of this item at all; one whose boxes were left out keeps its answer.

    Check boxes that are all empty send nothing: the page says beside them that they stood there.
    """
    return path in data or f"{path}.shown" in data or bool(data.get(f"{path}.missing"))


def _rows_left_out(crf: Crf, before: Mapping[str, Answer], data: QueryDict) -> Rows:
    return {name: keys for name, keys in rows_stored(crf, before).items() if f"{name}.rows" not in data}


def _typed(data: QueryDict, path: str, item: Item, before: Mapping[str, Answer]) -> Typed:
    if path in before and not is_sent(data, path):
        return as_typed(item, before[path])
    return typed_in(data, path, item)


def _taken_off(crf: Crf, data: QueryDict, answers: Mapping[str, Answer]) -> frozenset[str]:
    """Return the paths whose value the person confirmed to take off, as far as they are still not asked."""
    confirmed = set(data.getlist("take_off"))
    return frozenset(confirmed.intersection(unasked(crf, answers))) if confirmed else frozenset()


def _removed(crf: Crf, before: Mapping[str, Answer], rows: Rows) -> dict[str, Answer]:
    gone = {
        f"{group.name}/{key}/"
        for group in groups_of(crf)
        for key in rows_stored(crf, before)[group.name]
        if key not in rows.get(group.name, ())
    }
    return {path: BLANK for path in before if any(path.startswith(row) for row in gone)}


def _reasons(data: QueryDict, answers: Mapping[str, Answer], whole: str) -> dict[str, str]:
    said = {path: data.get(f"{path}.why", "").strip() or whole for path in answers}
    return {path: reason for path, reason in said.items() if reason}


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def pages_of(data: QueryDict) -> tuple[str, ...]:
    """Return the keys of the pages whose typing this page shows, as it says."""
    return tuple(page[:64] for page in data.get("continues", "").split()[:MOST_PAGES])


def as_uuid(text: str) -> UUID | None:
    """Return the identifier that was sent, or None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def typed_for_new_lesion(group: str, key: str) -> dict[str, Typed]:
    """Return what a new lesion row begins with: the class that its number says."""
    code = LESION_CLASS.get(key.rstrip("0123456789"), "")
    return {f"{group}/{key}/class": Typed(code)} if code else {}
