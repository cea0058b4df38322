"""Datasets of forms: one row per form, one column per item and part; a group of rows is a table of its own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from secrets import token_hex
from typing import Any

from django.db.models import F, Func, QuerySet, TextField
from django.db.models.fields.json import KT

from accounts.models import Site, User
from casebook.models import Form, Subject
from casebook.selectors.records import records_of
from casebook.selectors.sight import NOT_SHOWN, REVEALING_ITEMS, arm_hidden_at
from casebook.selectors.standing import day_at
from exports.columns import VALUE, Column, columns_of, derived_items, groups_of
from exports.selectors import forms_of_crf
from paper.tables import Joined
from protocol.derivations import derive
from protocol.language import Crf, Derived
from protocol.record import Answer, FormRecord

# What every row of a form begins with, and where it is read.
FORM_COLUMNS = {
    "subject": "subject__number",
    "site": "site__code",
    "synthetic": "subject__synthetic",
    "visit": "visit__code",
    "visit_repeat": "visit__repeat",
    "repeat": "repeat",
    "state": "state",
    "not_done_reason": "not_done_reason",
    "version": "version",
    "protocol_version": "protocol_version",
    "completed_at": "completed_at",
    "signed": "is_signed",
}
BOOLEANS, MOMENTS = frozenset({"synthetic", "signed"}), frozenset({"completed_at"})
NOT_TEXT = tuple(place for place, name in enumerate(FORM_COLUMNS) if name in BOOLEANS | MOMENTS)
SITE = list(FORM_COLUMNS).index("site")
ROW_KEY = "row"
BOOLEAN_SQL = "CASE %(expressions)s WHEN true THEN 'Y' WHEN false THEN 'N' END"
MOMENT_SQL = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
JOINED_SQL = "array_to_string(ARRAY[%(expressions)s]::text[], '{mark}', '')"
AT_ONCE = 2000  # rows read from the database at a time: memory stays flat
RECORDS_AT_ONCE = 100  # casebooks held in memory at a time, for computed values


@dataclass(frozen=True)
class Table:
    """A dataset with a name, a header and rows that are read while they are written."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]


def tables_of(user: User, crf: Crf, sites: Sequence[Site], *, at: datetime) -> Iterator[Table]:
    """Yield the table of a CRF, and one for each of its groups."""
    yield form_table(user, crf, sites, at=at)
    for group in groups_of(crf):
        yield group_table(user, crf, group.name, sites)


def form_table(user: User, crf: Crf, sites: Sequence[Site], *, at: datetime) -> Table:
    """Return the table of a CRF; a computed value is named `derived_…`, as it stands at `at`."""
    columns, derived = columns_of(crf), derived_items(crf)
    header = [*FORM_COLUMNS, *(column.name for column in columns), *(f"derived_{item.name}" for item in derived)]
    forms = forms_of_crf(user, crf.code, sites)
    rows = _with_derived(forms, crf, columns, derived, at=at) if derived else _plain(forms, columns)
    return Table(crf.code, header, _without_arm(rows, crf, columns, _unseeing(user, sites)))


def _unseeing(user: User, sites: Sequence[Site]) -> frozenset[str]:
    hidden = arm_hidden_at(user)
    return frozenset(site.code for site in sites if site.pk in hidden)


def _without_arm(
    rows: Iterable[Sequence[object]], crf: Crf, columns: Sequence[Column], unseeing: frozenset[str]
) -> Iterable[Sequence[object]]:
    """Return the rows; what tells the arm is said to be hidden, be it answered or not, where the arm may not be seen."""
    names = REVEALING_ITEMS.get(crf.code, frozenset())
    telling = [(len(FORM_COLUMNS) + number, each.part) for number, each in enumerate(columns) if each.item in names]
    return _hiding(rows, telling, unseeing) if telling and unseeing else rows


def _hiding(
    rows: Iterable[Sequence[object]], telling: Sequence[tuple[int, str]], unseeing: frozenset[str]
) -> Iterator[Sequence[object]]:
    for row in rows:
        cells = list(row)
        if cells[SITE] in unseeing:
            for place, part in telling:
                cells[place] = NOT_SHOWN.value if part == VALUE else ""
        yield cells


def group_table(user: User, crf: Crf, group: str, sites: Sequence[Site]) -> Table:
    """Return the table of the rows of one group, each with the key it keeps for ever."""
    columns = columns_of(crf, group)
    header = [*FORM_COLUMNS, ROW_KEY, *(column.name for column in columns)]
    return Table(f"{crf.code}_{group}", header, _rows_of_group(forms_of_crf(user, crf.code, sites), group, columns))


def _plain(forms: QuerySet[Form], columns: Sequence[Column]) -> Joined:
    """Return the rows as the database joins them: a cell that is handed over by itself costs more than its text."""
    mark = f"\x1f{token_hex(2)}"  # drawn anew, so that nobody can have typed it
    begin = (_said_by_database(name, place) for name, place in FORM_COLUMNS.items())
    asked = (KT(f"answers__{column.item}__{column.part}") for column in columns)
    joined = Func(*begin, *asked, template=JOINED_SQL.format(mark=mark), output_field=TextField())
    return Joined(forms.values_list(joined, flat=True).iterator(chunk_size=AT_ONCE), mark)


def _said_by_database(name: str, place: str) -> F | Func:
    """Return what `said` makes of a cell."""
    if name in BOOLEANS:
        return Func(F(place), template=BOOLEAN_SQL, output_field=TextField())
    if name in MOMENTS:
        return Func(F(place), template=MOMENT_SQL, output_field=TextField())
    return F(place)


def _rows_of_group(forms: QuerySet[Form], group: str, columns: Sequence[Column]) -> Iterator[Sequence[object]]:
    for *said, answers in forms.values_list(*FORM_COLUMNS.values(), "answers").iterator(chunk_size=AT_ONCE):
        form = FormRecord(id="", crf="", answers={path: Answer.from_json(each) for path, each in answers.items()})
        for key, row in form.rows(group):
            yield (*_said(said), key, *(_part(row.get(column.item), column.part) for column in columns))


def _part(answer: Answer | None, part: str) -> str:
    return "" if answer is None else str(getattr(answer, part) or "")


def _with_derived(
    forms: QuerySet[Form], crf: Crf, columns: Sequence[Column], derived: Sequence[Derived], *, at: datetime
) -> Iterator[Sequence[object]]:
    asked = forms.values_list(*FORM_COLUMNS.values(), "answers", "subject")
    rows = asked.iterator(chunk_size=AT_ONCE)
    while batch := list(islice(rows, RECORDS_AT_ONCE)):
        subjects = {subject.pk: subject for subject in _subjects(row[-1] for row in batch)}
        records = records_of(subjects.values())
        for *said, answers, pk in batch:
            found = {path: Answer.from_json(each) for path, each in answers.items()}
            record, on = records[pk], day_at(subjects[pk].site, at)
            computed = [
                derive(item.derivation, crf=crf.code, answers=found, record=record, on=on).value for item in derived
            ]
            yield (*_said(said), *(_part(found.get(column.item), column.part) for column in columns), *computed)


def _subjects(pks: Iterable[Any]) -> QuerySet[Subject]:
    return Subject.objects.filter(pk__in=set(pks)).select_related("site")


def _said(cells: Sequence[object]) -> list[object]:
    """Return what a row of a form begins with, and what follows; only these few cells are no text or number yet."""
    found = list(cells)
    for place in NOT_TEXT:
        found[place] = said(found[place])
    return found


def said(cell: object) -> object:
    """Return the cell as a dataset writes it: Y or N, a moment in UTC, a document as JSON."""
    match cell:
        case bool():
            return "Y" if cell else "N"
        case datetime():
            return f"{cell.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
        case dict() | list():
            return json.dumps(cell, ensure_ascii=False, sort_keys=True)
    return cell
