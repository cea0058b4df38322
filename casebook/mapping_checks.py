"""Whether a mapping fits the trial: every fault of it in a sentence, before any row is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from casebook.mapping import ASKED, ColumnPlan, FormPlan, Mapping, MappingRefused, UnitRange
from protocol.language import (
    Choice,
    Coded,
    Crf,
    Derived,
    Group,
    Item,
    LaboratoryChoice,
    MultiChoice,
    Number,
    Trial,
    YesNo,
)
from protocol.words import N_, Sentence, sentence

YES_AND_NO = ("Y", "N")


def demand_fit(mapping: Mapping, trial: Trial) -> None:
    """Raise MappingRefused with a sentence for everything in the mapping that the trial does not know."""
    if faults := tuple(faults_of(mapping, trial)):
        raise MappingRefused(faults)


def faults_of(mapping: Mapping, trial: Trial) -> Iterator[Sentence]:
    """Yield a sentence for each fault."""
    yield from _faults_of_file(mapping)
    for form in mapping.forms:
        yield from _faults_of_form(form, mapping, trial)
    yield from _said_twice(mapping)
    for column in mapping.columns:
        yield from _faults_of_column(column, mapping, trial)


def _faults_of_file(mapping: Mapping) -> Iterator[Sentence]:
    try:
        # Tried, as Python also names ways of packing bytes (base64) and encodings that encode nothing.
        "a".encode(mapping.encoding)
    except (LookupError, ValueError):
        yield sentence(N_("The mapping names an unknown encoding: %(name)s."), name=mapping.encoding)
    if len(mapping.delimiter) != 1:
        yield sentence(N_("The delimiter is one character, not “%(text)s”."), text=mapping.delimiter)
    for name in sorted(mapping.ignore & mapping.known_columns):
        yield sentence(N_("The mapping both uses and ignores the column %(column)s."), column=name)


def _faults_of_form(form: FormPlan, mapping: Mapping, trial: Trial) -> Iterator[Sentence]:
    crf = _crf(trial, form.crf)
    if crf is None:
        yield sentence(N_("The mapping names a CRF that does not exist: %(crf)s."), crf=form.crf)
        return
    if crf.log and form.visit:
        yield sentence(N_("CRF %(crf)s belongs to the subject; it takes no visit."), crf=form.crf)
    if not crf.log and form.visit not in {visit.code for visit in trial.visits}:
        message = N_("Form %(form)s needs a visit of the schedule; “%(visit)s” is none.")
        yield sentence(message, form=form.name, visit=form.visit)
    for path, value in form.constants:
        if _item(crf, path) is None:
            yield _no_such_item(form, path)
        elif value.startswith(ASKED) and value.removeprefix(ASKED) not in dict(mapping.asked):
            message = N_("The constant %(value)s of form %(form)s is not named under [asked].")
            yield sentence(message, value=value, form=form.name)


def _said_twice(mapping: Mapping) -> Iterator[Sentence]:
    places = [(column.form, column.path) for column in mapping.columns]
    places += [(form.name, path) for form in mapping.forms for path, _ in form.constants]
    for form, path in sorted({place for place in places if places.count(place) > 1}):
        yield sentence(N_("The mapping answers item %(item)s of form %(form)s twice."), item=path, form=form)


def _faults_of_column(column: ColumnPlan, mapping: Mapping, trial: Trial) -> Iterator[Sentence]:
    form = {form.name: form for form in mapping.forms}.get(column.form)
    if form is None:
        message = N_("Column %(column)s goes to a form that the mapping does not have: %(form)s.")
        yield sentence(message, column=column.column, form=column.form)
        return
    crf = _crf(trial, form.crf)
    item = _item(crf, column.path) if crf else None
    if crf is not None and item is None:
        yield _no_such_item(form, column.path)
    if item is not None:
        yield from _faults_of_units(column, item)
        yield from _faults_of_codes(column, item)


def _faults_of_units(column: ColumnPlan, item: Item) -> Iterator[Sentence]:
    known = item.units if isinstance(item, Number) else ()
    declared = [unit for unit in (column.unit, *(each.unit for each in column.units)) if unit]
    if known and not declared and not column.unit_column:
        message = N_("Column %(column)s has no unit; declare one of: %(units)s.")
        yield sentence(message, column=column.column, units=tuple(known))
    for unit in declared:
        if unit not in known:
            message = N_("Column %(column)s is declared in %(unit)s, which is not a unit of %(item)s: %(units)s.")
            yield sentence(message, column=column.column, unit=unit, item=column.path, units=tuple(known) or "–")
    if sum(map(bool, (column.unit, column.units, column.unit_column))) > 1:
        yield sentence(N_("Column %(column)s declares its unit in more than one way."), column=column.column)
    yield from _overlaps(column)


def _overlaps(column: ColumnPlan) -> Iterator[Sentence]:
    ordered = sorted(column.units, key=_start)
    for lower, upper in pairwise(ordered):
        if lower.below is None or upper.at_least is None or upper.at_least < lower.below:
            message = N_("Two ranges of units of column %(column)s overlap: %(lower)s and %(upper)s.")
            yield sentence(message, column=column.column, lower=lower.unit, upper=upper.unit)


def _start(each: UnitRange) -> tuple[bool, float]:
    return (each.at_least is not None, float(each.at_least or 0))


def _faults_of_codes(column: ColumnPlan, item: Item) -> Iterator[Sentence]:
    known = codes_of(item)
    if known is None:
        return
    for _, ours in column.codes or ():
        for code in ours.split():
            if code not in known and ours not in known:
                message = N_("Column %(column)s is mapped to “%(code)s”, which is not a code of %(item)s: %(known)s.")
                yield sentence(message, column=column.column, code=code, item=column.path, known=tuple(known))


def codes_of(item: Item) -> tuple[str, ...] | None:
    """Return the codes an item takes, or None for one that takes none."""
    match item:
        case Choice() | Coded() | MultiChoice():
            return tuple(code.value for code in item.codes.codes)
        case YesNo():
            return YES_AND_NO
        case _:
            return None


def laboratories_of(mapping: Mapping, trial: Trial) -> Iterable[str]:
    """Return the laboratories that a mapping declares, so that an unknown one is noticed before the rows are."""
    for form in mapping.forms:
        crf = _crf(trial, form.crf)
        for path, value in form.constants:
            if crf is not None and isinstance(_item(crf, path), LaboratoryChoice):
                yield value


def _crf(trial: Trial, code: str) -> Crf | None:
    return {crf.code: crf for crf in trial.crfs}.get(code)


def _item(crf: Crf, path: str) -> Item | None:
    """Return the item that a value can be entered at, or None."""
    try:
        item = crf.item(path)
    except KeyError:
        return None
    return None if isinstance(item, Derived | Group) else item


def _no_such_item(form: FormPlan, path: str) -> Sentence:
    message = N_("CRF %(crf)s has no item “%(item)s” that a value can be entered at.")
    return sentence(message, crf=form.crf, item=path)
