"""Reads what a person typed into an answer, or says in a sentence what to type instead. Nothing is guessed."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import singledispatch
from typing import Final

from protocol.language import (
    YES_NO,
    Choice,
    Coded,
    CodeList,
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
from protocol.reading_dates import DateUnreadable, read_day, read_moment, read_partial
from protocol.reading_numbers import NumberUnreadable, read_number
from protocol.record import BLANK, Answer
from protocol.searching import exactly_named, nearest
from protocol.units import same_unit
from protocol.words import N_, Param, Sentence, sentence

LABORATORY_MAX_LENGTH: Final = 100

UNKNOWN_CODE: Final = N_("%(title)s: %(value)s is not on the list. Choose one of: %(allowed)s.")
NOT_FOUND: Final = N_("%(title)s: nothing on the list is called %(value)s. Search by another word of the term.")
NOT_EXACT: Final = N_("%(title)s: %(value)s is not on the list as it stands. The nearest are: %(allowed)s. Choose one.")
UNIT_MISSING: Final = N_("%(title)s: give the unit (%(allowed)s).")
UNIT_UNKNOWN: Final = N_("%(title)s: %(unit)s is not a unit of this item. Choose one of: %(allowed)s.")
NO_UNIT: Final = N_("%(title)s has no unit. Enter the number without %(unit)s.")
TOO_LONG: Final = N_("%(title)s holds %(length)s characters; shorten it to %(most)s.")
CONTROL: Final = N_("%(title)s holds a control character that cannot be kept. Remove it and type the text again.")
ONE_LINE: Final = N_("%(title)s takes one line. Remove the line breaks.")
COMPUTED: Final = N_("%(title)s is computed and cannot be entered. Enter the values it is computed from.")
ROWS: Final = N_("%(title)s has rows. Enter each value in its row.")


class Unreadable(Exception):
    """What was typed cannot be kept as it stands. `sentence` says what to do."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.english())
        self.sentence = why


def read(item: Item, text: str, unit: str | None = None) -> Answer:
    """Return the answer a person means by a text, its value canonical; a blank text is BLANK. Raises Unreadable."""
    _refuse_control(item, text)
    plain = text.strip()
    if not plain:
        return BLANK
    return _read(item, plain, unit or "")


@singledispatch
def _read(item: Item, text: str, unit: str) -> Answer:
    raise TypeError(f"No reading is defined for {type(item).__name__}.")


@_read.register
def _(item: Date, text: str, unit: str) -> Answer:
    return _dated(item, text, read_day)


@_read.register
def _(item: PartialDate, text: str, unit: str) -> Answer:
    return _dated(item, text, read_partial)


@_read.register
def _(item: Moment, text: str, unit: str) -> Answer:
    return _dated(item, text, read_moment)


def _dated(item: Item, text: str, reader: Callable[[str], str]) -> Answer:
    try:
        return Answer(value=reader(_machine(text)))
    except DateUnreadable as refusal:
        raise _unreadable(item, refusal.message, **refusal.params) from refusal


@_read.register
def _(item: Number, text: str, unit: str) -> Answer:
    try:
        comparator, value = read_number(_machine(text), decimals=item.decimals, comparators=item.comparators)
    except NumberUnreadable as refusal:
        raise _unreadable(item, refusal.message, **refusal.params) from refusal
    return Answer(value=value, unit=_unit(item, unit), comparator=comparator)


def _unit(item: Number, unit: str) -> str:
    unit = unit.strip()
    if not item.units:
        if unit:
            raise _unreadable(item, NO_UNIT, unit=_shown(unit))
        return ""
    if not unit:
        raise _unreadable(item, UNIT_MISSING, allowed=item.units)
    found = same_unit(unit, item.units)
    if found is None:
        raise _unreadable(item, UNIT_UNKNOWN, unit=_shown(unit), allowed=item.units)
    return found


@_read.register
def _(item: Choice, text: str, unit: str) -> Answer:
    return Answer(value=_code(item, text, item.codes))


@_read.register
def _(item: Coded, text: str, unit: str) -> Answer:
    code = exactly_named(item.codes, _machine(text))
    if code is not None:
        return Answer(value=code.value)
    near = tuple(each.value for each in nearest(item.codes, _machine(text)))
    raise _unreadable(item, NOT_EXACT if near else NOT_FOUND, value=_shown(text), allowed=near)


@_read.register
def _(item: YesNo, text: str, unit: str) -> Answer:
    spelled = {"yes": "Y", "no": "N"}.get(text.casefold(), text)
    return Answer(value=_code(item, spelled, YES_NO))


@_read.register
def _(item: MultiChoice, text: str, unit: str) -> Answer:
    chosen = {_code(item, part, item.codes) for part in text.replace(",", " ").replace(";", " ").split()}
    return Answer(value=" ".join(code.value for code in item.codes.codes if code.value in chosen))


def _code(item: Item, text: str, codes: CodeList) -> str:
    wanted = _machine(text).casefold()
    for code in codes.codes:
        if code.value.casefold() == wanted:
            return code.value
    allowed = tuple(code.value for code in codes.codes)
    raise _unreadable(item, UNKNOWN_CODE, value=_shown(text), allowed=allowed)


@_read.register
def _(item: Text, text: str, unit: str) -> Answer:
    if not item.long and "\n" in text:
        raise _unreadable(item, ONE_LINE)
    return Answer(value=_kept(item, text, item.max_length))


@_read.register
def _(item: LaboratoryChoice, text: str, unit: str) -> Answer:
    if "\n" in text:
        raise _unreadable(item, ONE_LINE)
    return Answer(value=_kept(item, text, LABORATORY_MAX_LENGTH))


@_read.register
def _(item: Derived, text: str, unit: str) -> Answer:
    raise _unreadable(item, COMPUTED)


@_read.register
def _(item: Group, text: str, unit: str) -> Answer:
    raise _unreadable(item, ROWS)


def _kept(item: Item, text: str, most: int) -> str:
    # Composed characters, so that what looks the same is stored the same.
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    if len(composed) > most:
        raise _unreadable(item, TOO_LONG, length=len(composed), most=most)
    return composed


def _machine(text: str) -> str:
    """Return a number, date or code in plain digits and signs: an input method may give full-width ones."""
    return unicodedata.normalize("NFKC", text).strip()


# Overrides of the writing direction let a text look like another one.
_DIRECTIONS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _refuse_control(item: Item, text: str) -> None:
    if text.isprintable():
        return  # holds no sign of any kind that is refused; nearly every text of every save is
    plain = text.replace("\r\n", "\n")
    if any(_is_control(sign) for sign in plain):
        raise _unreadable(item, CONTROL)


def _is_control(sign: str) -> bool:
    # Cs: half a surrogate pair has no UTF-8 bytes, so no database takes it.
    return sign in _DIRECTIONS or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t")


def _unreadable(item: Item, message: str, **params: Param) -> Unreadable:
    return Unreadable(sentence(message, title=Sentence(item.title), **params))


def _shown(text: str) -> str:
    """Return what was typed, short enough for a sentence."""
    return text if len(text) <= 40 else text[:39] + "…"
