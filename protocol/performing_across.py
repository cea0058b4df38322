"""Performs the checks that look at other forms of the casebook. Known besides: what `Record` holds, this form left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from protocol.dates import possible_days
from protocol.derivations import derive
from protocol.language import AsFirst, ClearOf, HasEveryRow, HasForm, KnownBefore, NotAfterFirst, NoTwin, Steady, When
from protocol.performing import Place, found, rows_before, rows_of
from protocol.performing_text import perform
from protocol.record import BLANK, Answer, FormRecord
from protocol.units import Inconvertible, compare
from protocol.words import Sentence


@perform.register
def _(check: HasForm, place: Place) -> Sentence | None:
    # Forms come one after the other: that one is not there says something only when this one is held to be whole.
    if not place.complete or not place.answer.value or place.visit in check.not_at:
        return None
    there = (form for form in place.record.forms if form.crf == check.crf)
    if any(not check.having or any(_holds(form, when) for when in check.having) for form in there):
        return None
    return found(check, place)


@perform.register
def _(check: NoTwin, place: Place) -> Sentence | None:
    own = tuple(_folded(place.answers.get(item, BLANK)) for item in check.items)
    if not all(own):
        return None
    for form in place.record.forms:
        if form.crf == place.crf.code and tuple(_folded(form.answer(item)) for item in check.items) == own:
            return found(check, place, other=form.repeat)
    return None


def _folded(answer: Answer) -> str:
    return " ".join(answer.value.casefold().split())


@perform.register
def _(check: Steady, place: Place) -> Sentence | None:
    before = _before(place)
    number, earlier = place.answer.number, before.number
    if number is None or earlier is None or place.answer.comparator or before.comparator:
        return None
    margin = earlier * check.percent / Decimal(100)
    try:
        # Compared in the unit entered now; the margin is in the unit of then.
        above = compare(number, place.answer.unit, earlier + margin, before.unit, analyte="") > 0
        below = compare(number, place.answer.unit, earlier - margin, before.unit, analyte="") < 0
    except Inconvertible:
        return None
    if not (above or below):
        return None
    return found(check, place, other=f"{before.value} {before.unit}".strip(), percent=check.percent)


def _before(place: Place) -> Answer:
    """Return the answer at this item of the form of the CRF dated last before this one; BLANK where there is none."""
    dated_by = place.crf.dated_by
    day = place.answers.get(dated_by, BLANK).value
    dated = [
        (form.answer(dated_by).value, number, form)
        for number, form in enumerate(place.record.forms)
        if form.crf == place.crf.code and not form.answer(place.item.name).is_blank
    ]
    earlier = [each for each in dated if day and "" < each[0] < day]
    return max(earlier)[2].answer(place.item.name) if earlier else BLANK


@perform.register
def _(check: AsFirst, place: Place) -> Sentence | None:
    dated_by = place.crf.dated_by
    day = place.answers.get(dated_by, BLANK).value
    dated = [
        (form.answer(dated_by).value, form.repeat, form.answer(place.path).value)
        for form in place.record.forms
        if form.crf == place.crf.code and form.answer(place.path).value
    ]
    first = min((each for each in dated if day and "" < each[0] < day), default=None)
    if first is None or not place.answer.value or first[2] == place.answer.value:
        return None
    return found(check, place, other=first[2], on=first[0])


@perform.register
def _(check: HasEveryRow, place: Place) -> Sentence | None:
    # Rows come one after the other: one that is not there says something only when the form is held to be whole.
    if not place.complete or not rows_of(place.item.name, place.answers):
        return None
    left = derive(check.derivation, crf=place.crf.code, answers=place.answers, record=place.record, on=place.on).value
    return found(check, place, other=left) if left else None


@perform.register
def _(check: KnownBefore, place: Place) -> Sentence | None:
    group, _, rest = place.row.partition("/")
    known, key = rows_before(place, group), rest.strip("/")
    if not place.answer.value or not known or key in known:
        return None
    return found(check, place, other=", ".join(known))


@perform.register
def _(check: ClearOf, place: Place) -> Sentence | None:
    day = possible_days(place.answer.value).day if _is_day(place.answer.value) else None
    if day is None:
        return None
    for form in _having(place.record.forms, check.crf, check.having):
        if check.ongoing and form.answer(check.ongoing).value == "Y":
            return found(check, place, other=_name(form), days=check.days)
        other = form.answer(check.item).value
        latest = possible_days(other).latest if _is_day(other) else None
        if latest is not None and latest <= day < latest + timedelta(days=check.days):
            return found(check, place, other=f"{_name(form)}, {other}", days=check.days)
    return None


@perform.register
def _(check: NotAfterFirst, place: Place) -> Sentence | None:
    day = possible_days(place.answer.value).earliest if _is_day(place.answer.value) else None
    said = [form.answer(check.item).value for form in _having(place.record.forms, check.crf, check.having)]
    others = [latest for each in said if _is_day(each) and (latest := possible_days(each).latest) is not None]
    if day is None or not others or day <= min(others):
        return None
    return found(check, place, other=min(others).isoformat())


def _name(form: FormRecord) -> str:
    """Return what names the form best in a sentence: agent or kind, else its number."""
    return next((form.answer(item).value for item in ("targeted_agent", "kind") if form.answer(item).value), form.crf)


def _is_day(text: str) -> bool:
    try:
        possible_days(text)
    except ValueError:
        return False
    return bool(text)


def _having(forms: Iterable[FormRecord], crf: str, having: tuple[When, ...]) -> Iterator[FormRecord]:
    yield from (form for form in forms if form.crf == crf and all(_holds(form, when) for when in having))


def _holds(form: FormRecord, when: When) -> bool:
    answer = form.answer(when.item)
    return any(value == answer.value or value in answer.value.split() for value in when.values)


__all__ = ["perform"]
