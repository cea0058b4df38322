"""The lesions of a candidate over all scans: one row for each lesion, one column for each scan, the sums below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from casebook.words import value_in_words
from protocol.assessments import Assessment, at_baseline
from protocol.crfs.tumour import TUMOUR_ASSESSMENT
from protocol.facts import day_of
from protocol.language import Group
from protocol.lesions import Reading, Scan, scan_of, state_of
from protocol.mrecist import State
from protocol.record import FormRecord, Record
from protocol.words import N_

NOTHING_SAID = "–"
IN_WORDS = {
    State.GONE: N_("no enhancement"),
    State.NOT_EVALUABLE: N_("not evaluable"),
    State.PROGRESSED: N_("progressed"),
    State.UNREAD: N_("not read"),
}
_GROUP = next(item for item in TUMOUR_ASSESSMENT.items if isinstance(item, Group) and item.lesions)
_ITEMS = {item.name: item for item in _GROUP.items}


@dataclass(frozen=True)
class Row:
    """One line of the table: what it is about, where it lies, and what each scan says."""

    title: str
    place: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class LesionTable:
    """The scans by day with their forms, the lesions, and what is computed of each scan."""

    scans: tuple[tuple[date, str, bool], ...] = ()  # day, form, whether it is the baseline
    lesions: tuple[Row, ...] = ()
    computed: tuple[Row, ...] = ()


def lesion_table(record: Record, assessments: Sequence[Assessment]) -> LesionTable:
    """Return the lesions over the baseline that is in force and every later scan; empty without both."""
    if not assessments:
        return LesionTable()
    columns = [*_baseline(record.complete_forms("TA"), assessments[0].on), *assessments]
    keys = sorted({reading.key for each in columns for reading in each.scan.readings}, key=_order)
    return LesionTable(
        scans=tuple((each.on, each.scan.form.id, each.scan.is_baseline) for each in columns),
        lesions=tuple(_row(key, [each.scan for each in columns]) for key in keys),
        computed=tuple(_computed(columns)),
    )


def _baseline(forms: Sequence[FormRecord], before: date) -> list[Assessment]:
    dated = [(on, form) for form in forms if (on := day_of(form.answer("scan_on").value)) and on < before]
    scans = [scan for on, form in dated if (scan := scan_of(form, on)).is_baseline]
    return [at_baseline(max(scans, key=lambda scan: scan.order))] if scans else []


def _order(key: str) -> tuple[int, int, str]:
    kind = key.rstrip("0123456789")
    return ("T", "NT", "N").index(kind) if kind in ("T", "NT", "N") else 3, len(key), key


def _row(key: str, scans: Sequence[Scan]) -> Row:
    readings = [next((each for each in scan.readings if each.key == key), None) for scan in scans]
    first = next(each for each in readings if each is not None)
    cells = (_cell(reading, scan) for reading, scan in zip(readings, scans, strict=True))
    return Row(title=f"{key}, {_words(first, 'class')}", place=_place(first), cells=tuple(cells))


def _cell(reading: Reading | None, scan: Scan) -> str:
    if reading is None:
        return NOTHING_SAID
    state, diameter = state_of(reading, scan)
    if state is State.ENHANCING:
        return f"{diameter} mm" if diameter is not None else _("enhancing")
    return _(IN_WORDS[state])


def _place(reading: Reading) -> str:
    said = (_words(reading, name) for name in ("organ", "segment"))
    return ", ".join(word for word in said if word)


def _words(reading: Reading, name: str) -> str:
    value = reading.said(name)
    return value_in_words(_ITEMS[name], value) if value else ""


def _computed(columns: Sequence[Assessment]) -> Iterator[Row]:
    said: Mapping[str, tuple[object, ...]] = {
        _("Sum of viable diameters, mm"): tuple(each.sum_viable for each in columns),
        _("Smallest sum before (nadir), mm"): tuple(each.nadir for each in columns),
        _("Target response"): tuple(each.target for each in columns),
        _("Non-target response"): tuple(each.non_target for each in columns),
        _("New lesion"): tuple(_(each.new.value) if each.new else None for each in columns),
        _("Overall response"): tuple(each.overall for each in columns),
        _("Progression dates from"): tuple(each.progressed_on for each in columns),
        _("The reader's own overall response"): tuple(each.scan.said("reader_overall") or None for each in columns),
    }
    for title, values in said.items():
        if any(value is not None for value in values):
            yield Row(title, "", tuple(NOTHING_SAID if value is None else str(value) for value in values))
