"""Checks a form against its definition: what is impossible, what is implausible, what is still missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from protocol.identifiers import holds_identifier
from protocol.language import Check, Crf, Derived, Group, Item, Number, Severity, When
from protocol.performing import Place, referred_answer, rows_of
from protocol.performing_across import perform
from protocol.reading import Unreadable, read
from protocol.record import Answer, Record
from protocol.words import N_, Sentence, has_words, sentence

MISSING_REFUSED: Final = N_("%(title)s cannot be marked as missing. Enter its value.")
MISSING_AND_VALUE: Final = N_("%(title)s has a value and is marked as missing. Keep one of the two.")
NOT_ASKED: Final = N_("%(title)s is not asked here, but has an answer. Clear it, or check the answer it depends on.")
REASON_IDENTIFIER: Final = N_(
    "The reason at %(title)s holds what looks like an identity, telephone or hospital number, a name or an e-mail address. "
    "Remove it: nothing that identifies a person is stored."
)
_NO_RECORD: Final = Record(subject="")
UNKNOWN_ITEM: Final = N_("This form has no item %(path)s. Remove the answer.")


@dataclass(frozen=True)
class Finding:
    """What a check found: its id, HARD or SOFT, the path of the item, and the sentence that says what to do."""

    check_id: str
    severity: Severity
    path: str
    sentence: Sentence


def check(
    crf: Crf, answers: Mapping[str, Answer], record: Record, on: date, *, visit: str = "", complete: bool = True
) -> tuple[Finding, ...]:
    """Return everything the checks of a form find, in the order of the form.

    `record` is what is known besides this form, `on` the day of entry at the site, `visit` the visit of the form,
    `complete` whether its author holds it to be whole.
    """
    places = tuple(_places(crf, answers, record, on, visit, complete=complete))
    return (*_strangers(crf, answers), *(finding for place in places for finding in _at(place)))


def check_again(
    crf: Crf,
    answers: Mapping[str, Answer],
    record: Record,
    on: date,
    *,
    only: Collection[str],
    visit: str = "",
    complete: bool = True,
) -> tuple[Finding, ...]:
    """Return what these checks of a form find, by their ids; nothing else of the form is looked at."""
    places = _places(crf, answers, record, on, visit, complete=complete)
    asked = (place for place in places if any(each.id in only for each in place.item.checks))
    return tuple(finding for place in asked for finding in _at(place) if finding.check_id in only)


def missing_items(crf: Crf, answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return the paths that are required, shown and not answered, and those whose missing code wants its reason."""
    places = (_alone(crf, answers, item, row) for item, row in _spots(crf, answers))
    return tuple(
        place.path for place in places if (place.item.required and _is_missing(place)) or _is_unreasoned(place)
    )


def shown_items(crf: Crf, answers: Mapping[str, Answer]) -> frozenset[str]:
    """Return the paths of all items that are asked, given the answers."""
    return frozenset(
        f"{row}{item.name}"
        for item, row in _spots(crf, answers)
        if item.shown_when is None or _is_shown(_alone(crf, answers, item, row))
    )


def is_asked(crf: Crf, record: Record) -> bool | None:
    """Return whether the CRF is asked of this subject at all; None when that is not known yet."""
    if crf.asked_when is None:
        return True
    answer = referred_answer(crf.asked_when.ref, record)
    return answer.value in crf.asked_when.values if answer.value else None


def _places(
    crf: Crf, answers: Mapping[str, Answer], record: Record, on: date, visit: str, *, complete: bool = True
) -> Iterator[Place]:
    for item, row in _spots(crf, answers):
        yield Place(crf=crf, item=item, row=row, answers=answers, record=record, on=on, visit=visit, complete=complete)


def _spots(crf: Crf, answers: Mapping[str, Answer]) -> Iterator[tuple[Item, str]]:
    """Yield each item with its row, in the order of the form; the items of a group once a row that has answers."""
    for item in crf.items:
        yield item, ""
        if isinstance(item, Group):
            for key in rows_of(item.name, answers):
                row = f"{item.name}/{key}/"
                yield from ((inner, row) for inner in item.items)


def _alone(crf: Crf, answers: Mapping[str, Answer], item: Item, row: str) -> Place:
    """Return a place of which nothing but its own form is known: enough for what is shown and what is missing."""
    return Place(crf=crf, item=item, row=row, answers=answers, record=_NO_RECORD, on=date.min)


def _strangers(crf: Crf, answers: Mapping[str, Answer]) -> Iterator[Finding]:
    for path in answers:
        if crf.find(path) is None:
            yield Finding(f"{crf.code}.unknown-item", Severity.HARD, path, sentence(UNKNOWN_ITEM, path=path))


def _at(place: Place) -> Iterator[Finding]:
    """Yield what is found at one place: first whether it can be kept at all, then what its checks say."""
    if (impossible := _impossible(place)) is not None:
        yield _finding(place, "value", Severity.HARD, impossible)
        return
    if holds_identifier(place.answer.reason):
        yield _finding(place, "reason", Severity.HARD, _titled(REASON_IDENTIFIER, place))
    is_shown = _is_shown(place)
    if not is_shown and not place.answer.is_blank:
        yield _finding(place, "not-asked", Severity.SOFT, _titled(NOT_ASKED, place))
    yield from _checked(place, soft_too=is_shown)


def _checked(place: Place, *, soft_too: bool) -> Iterator[Finding]:
    # What is impossible stays impossible where an item is hidden; what is doubtful is not asked there.
    for asked in place.item.checks:
        if asked.severity is Severity.HARD or soft_too:
            found = _performed(asked, place)
            if found is not None:
                yield Finding(asked.id, asked.severity, place.path, found)


def _performed(asked: Check, place: Place) -> Sentence | None:
    if asked.given and not all(place.holds(condition) for condition in asked.given):
        return None
    return perform(asked, place)


def _impossible(place: Place) -> Sentence | None:
    answer, item = place.answer, place.item
    if answer.is_blank:
        return None
    if answer.missing is not None:
        if answer.value:
            return _titled(MISSING_AND_VALUE, place)
        return None if answer.missing in item.missing else _titled(MISSING_REFUSED, place)
    try:
        # Whatever door an answer came through, it must be one that a person could have typed.
        read(item, f"{answer.comparator}{answer.value}", answer.unit if isinstance(item, Number) else None)
    except Unreadable as refusal:
        return refusal.sentence
    return None


def _is_shown(place: Place) -> bool:
    condition = place.item.shown_when
    return condition is None or (place.holds(condition) and _is_shown_itself(place, condition))


def _is_shown_itself(place: Place, condition: When) -> bool:
    """Return whether the item a condition looks at is shown itself: what is hidden shows nothing."""
    item, _ = place.beside(condition.item)
    return item is None or item.shown_when is None or place.holds(item.shown_when)


def _is_missing(place: Place) -> bool:
    item = place.item
    if isinstance(item, Derived) or not _is_shown(place):
        return False
    if item.required_when is not None and not place.holds(item.required_when):
        return False
    if isinstance(item, Group):
        return not rows_of(item.name, place.answers)
    return place.answer.is_blank


def _is_unreasoned(place: Place) -> bool:
    """Return whether a missing code stands without its reason, of an item that wants one: each of a critical form."""
    wants = place.item.missing_needs_reason or place.crf.critical
    return wants and place.answer.missing is not None and not has_words(place.answer.reason) and _is_shown(place)


def _finding(place: Place, name: str, severity: Severity, found: Sentence) -> Finding:
    row = place.row.partition("/")[0]
    owner = f"{place.crf.code}.{row}.{place.item.name}" if row else f"{place.crf.code}.{place.item.name}"
    return Finding(f"{owner}.{name}", severity, place.path, found)


def _titled(message: str, place: Place) -> Sentence:
    return sentence(message, title=Sentence(place.item.title))
