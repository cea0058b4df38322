"""Performs one edit check at one place: a fold over the kinds of Check, so that a new kind cannot be forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from decimal import Decimal
from functools import singledispatch

from protocol.dates import PossibleDays, exactly, hours_between, possible_days
from protocol.derivations import derive
from protocol.language import (
    Agrees,
    AllowedBy,
    AtLeastRows,
    AtMostRows,
    Between,
    Check,
    Crf,
    HasRows,
    Item,
    NotAbove,
    NotAfter,
    NotBefore,
    NotFuture,
    Number,
    OneOf,
    Ref,
    When,
    Which,
    Within,
)
from protocol.record import BLANK, Answer, FormRecord, Record
from protocol.units import Inconvertible, compare
from protocol.values import plain
from protocol.words import Param, Sentence, sentence


@plain(kw_only=True)
class Place:
    """Where a check is performed: an item of a form, in a row of a group or at the top, with all that is known."""

    crf: Crf
    item: Item
    row: str  # "group/key/" or empty
    answers: Mapping[str, Answer]
    record: Record
    on: date
    visit: str = ""
    complete: bool = True
    path: str = field(init=False)
    answer: Answer = field(init=False)  # what was entered here

    def __post_init__(self) -> None:
        # Every check asks for both. The type checker guards them against everybody but this class.
        self.path = f"{self.row}{self.item.name}"  # type: ignore[misc]
        self.answer = self.answers.get(self.path, BLANK)  # type: ignore[misc]

    def beside(self, name: str) -> tuple[Item | None, Answer]:
        """Return item and answer of this name in the same row, or else at the top of the form."""
        for path in (f"{self.row}{name}", name) if self.row else (name,):
            if (item := self.crf.find(path)) is not None:
                return item, self.answers.get(path, BLANK)
        return None, BLANK

    def referred(self, ref: Ref) -> tuple[Item | None, Answer]:
        """Return item and answer that a reference means; a blank answer where nothing is known."""
        if not ref.crf or ref.which is Which.SAME_FORM:
            return self.beside(ref.item)
        return None, referred_answer(ref, self.record, visit=self.visit)

    def holds(self, when: When) -> bool:
        """Return whether the answer beside is one of the values; for several codes, whether one of them is."""
        _, answer = self.beside(when.item)
        return answer.value in when.values or any(part in when.values for part in answer.value.split())


def referred_answer(ref: Ref, record: Record, *, visit: str = "") -> Answer:
    """Return the answer that a reference to another CRF means; BLANK when there is none."""
    forms = [form for form in record.forms if form.crf == ref.crf and not form.answer(ref.item).is_blank]
    if ref.which is Which.SAME_VISIT:
        forms = [form for form in forms if form.visit == visit]
    return _chosen(forms, ref).answer(ref.item) if forms else BLANK


def _chosen(forms: list[FormRecord], ref: Ref) -> FormRecord:
    return forms[0] if ref.which is Which.FIRST else forms[-1]


@singledispatch
def perform(check: Check, place: Place) -> Sentence | None:
    """Return the sentence of what the check finds at this place; None when it finds nothing or cannot tell."""
    raise TypeError(f"No check is performed for {type(check).__name__}.")


@perform.register
def _(check: Between, place: Place) -> Sentence | None:
    if place.answer.number is None:
        return None
    if not (_is_below(check, place) or _is_above(check, place)):
        return None
    return found(check, place, low=_plain(check.low), high=_plain(check.high), limit_unit=check.unit)


def _is_below(check: Between, place: Place) -> bool:
    # ">5" may be anything above 5: only what is certainly outside is found.
    return check.low is not None and ">" not in place.answer.comparator and _compared(check, place, check.low) < 0


def _is_above(check: Between, place: Place) -> bool:
    return check.high is not None and "<" not in place.answer.comparator and _compared(check, place, check.high) > 0


def _compared(check: Between, place: Place, limit: Decimal) -> int:
    answer, unit = place.answer, place.answer.unit
    try:
        return compare(
            answer.number or Decimal(0), unit, limit, check.unit or unit, analyte=_analyte(place.item, unit, check.unit)
        )
    except Inconvertible:
        return 0  # without a factor nothing can be said


def _analyte(item: Item | None, *units: str) -> str:
    if {"mm", "cm"}.issuperset(units):
        return ""
    return item.analyte if isinstance(item, Number) else ""


@perform.register
def _(check: NotAbove, place: Place) -> Sentence | None:
    _, other = place.referred(check.other)
    number, limit = place.answer.number, other.number
    if number is None or limit is None or place.answer.comparator or other.comparator:
        return None
    analyte = _analyte(place.item, place.answer.unit, other.unit)
    try:
        excess = compare(number, place.answer.unit, limit, other.unit, analyte=analyte)
    except Inconvertible:
        return None
    return found(check, place, other=f"{other.value} {other.unit}".strip()) if excess > 0 else None


@perform.register
def _(check: NotFuture, place: Place) -> Sentence | None:
    days = _days(place.answer)
    if days is None or days.is_after(exactly(place.on)) is not True:
        return None
    return found(check, place)


@perform.register
def _(check: NotBefore, place: Place) -> Sentence | None:
    _, other = place.referred(check.other)
    days, other_days = _days(place.answer), _days(other)
    if days is None or other_days is None or days.is_before(other_days) is not True:
        return None
    return found(check, place, other=other.value)


@perform.register
def _(check: NotAfter, place: Place) -> Sentence | None:
    _, other = place.referred(check.other)
    days, other_days = _days(place.answer), _days(other)
    if days is None or other_days is None or days.is_after(other_days) is not True:
        return None
    return found(check, place, other=other.value)


@perform.register
def _(check: Within, place: Place) -> Sentence | None:
    _, other = place.referred(check.other)
    _, explained = place.beside(check.unless)
    hours = hours_between(other.value, place.answer.value)
    if hours is None or hours <= check.hours or explained.value:
        return None
    return found(check, place, other=other.value, most=check.hours)


def _days(answer: Answer) -> PossibleDays | None:
    try:
        return possible_days(answer.value) if answer.value else None
    except ValueError:
        return None


@perform.register
def _(check: OneOf, place: Place) -> Sentence | None:
    if not place.answer.value or place.answer.value in check.values:
        return None
    return found(check, place)


@perform.register
def _(check: AllowedBy, place: Place) -> Sentence | None:
    _, by = place.beside(check.by)
    allowed = dict(check.allowed).get(by.value)
    if not place.answer.value or allowed is None or place.answer.value in allowed:
        return None
    return found(check, place, other=by.value, allowed=allowed)


@perform.register
def _(check: AtMostRows, place: Place) -> Sentence | None:
    counts: dict[str, int] = {}
    for row in rows_of(place.item.name, place.answers).values():
        if all(row.get(name, BLANK).value == value for name, value in check.having):
            per = row.get(check.per, BLANK).value if check.per else ""
            counts[per] = counts.get(per, 0) + 1
    beyond = {per: count for per, count in counts.items() if count > check.most}
    if not beyond:
        return None
    per, count = next(iter(beyond.items()))
    return found(check, place, most=check.most, count=count, per=per)


@perform.register
def _(check: AtLeastRows, place: Place) -> Sentence | None:
    rows = rows_of(place.item.name, place.answers).values()
    kinds = {row[check.per].value for row in rows if check.per in row} - {""}
    if len(rows) >= check.least and len(kinds) >= check.kinds:
        return None
    return found(check, place, least=check.least, kinds=check.kinds, count=len(rows))


@perform.register
def _(check: HasRows, place: Place) -> Sentence | None:
    # Rows come one after the other: that there is none says something only when the form is held to be whole.
    rows = rows_of(place.item.name, place.answers).values()
    if not place.complete or any(all(row.get(i, BLANK).value == v for i, v in check.having) for row in rows):
        return None
    known = rows_before(place, place.item.name)
    return found(check, place, other=", ".join(known)) if known or not check.known_before else None


def rows_before(place: Place, name: str) -> tuple[str, ...]:
    """Return the rows of a group that earlier forms of the CRF have; of all others where the day is not known."""
    dated_by = place.crf.dated_by
    day = place.answers.get(dated_by, BLANK).value
    forms = (form for form in place.record.forms if form.crf == place.crf.code)
    earlier = (form for form in forms if not day or "" < form.answer(dated_by).value <= day)
    return tuple(dict.fromkeys(key for form in earlier for key, _ in form.rows(name)))


@perform.register
def _(check: Agrees, place: Place) -> Sentence | None:
    if not place.answer.value:
        return None
    answers, record = place.answers, place.record
    computed = derive(check.derivation, crf=place.crf.code, answers=answers, record=record, on=place.on).value
    if not computed or computed == place.answer.value:
        return None
    return found(check, place, computed=computed)


def rows_of(group: str, answers: Mapping[str, Answer]) -> dict[str, dict[str, Answer]]:
    """Return the rows of a group by key, each its answers by item name, in the order of entry."""
    rows: dict[str, dict[str, Answer]] = {}
    for path, answer in answers.items():
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == group:
            rows.setdefault(parts[1], {})[parts[2]] = answer
    return rows


def found(check: Check, place: Place, **params: Param) -> Sentence:
    answer = place.answer
    value = f"{answer.comparator}{answer.value}"
    return sentence(check.message, title=Sentence(place.item.title), value=value, unit=answer.unit, **params)


def _plain(limit: Decimal | None) -> Param:
    return "" if limit is None else limit
