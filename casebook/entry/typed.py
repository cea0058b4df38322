"""What stands in the boxes of one item, exactly as typed, and its way to an answer and back."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict

from protocol.language import Group, Item, Missing, Moment, MultiChoice
from protocol.reading import Unreadable, read
from protocol.record import BLANK, Answer
from protocol.words import N_, Sentence, sentence

BOTH: str = N_("%(title)s has a value and also a reason why there is none. Keep one of the two.")
NO_SUCH_REASON: str = N_("%(title)s: %(missing)s is no reason for a missing value. Choose one from the list.")


@dataclass(frozen=True)
class Typed:
    """The boxes of one item: text with its comparator, unit, why there is no value and the reason for that."""

    text: str = ""
    unit: str = ""
    missing: str = ""
    reason: str = ""


EMPTY = Typed()


def typed_in(data: QueryDict, path: str, item: Item) -> Typed:
    """Return what was posted for the item at a path."""
    texts = data.getlist(path)
    text = " ".join(filter(None, texts)) if isinstance(item, MultiChoice) else (texts or [""])[-1]
    return Typed(
        text=text,
        unit=data.get(f"{path}.unit", ""),
        missing=data.get(f"{path}.missing", ""),
        reason=data.get(f"{path}.reason", ""),
    )


def as_typed(item: Item, answer: Answer) -> Typed:
    """Return what would have to be typed to give this answer."""
    value = answer.value.replace("T", " ") if isinstance(item, Moment) else answer.value
    missing = answer.missing.value if answer.missing else ""
    return Typed(f"{answer.comparator}{value}", answer.unit, missing, answer.reason)


def answer_of(item: Item, typed: Typed, before: Answer) -> Answer:
    """Return the answer that is meant. What was not touched stays the very answer it was. Raises Unreadable."""
    if _same(item, typed, as_typed(item, before)):
        return before  # keeps what no box shows: the method, and what an import declared
    if typed.missing:
        return _missing(item, typed)
    return read(item, typed.text, typed.unit or None)


def _same(item: Item, typed: Typed, kept: Typed) -> bool:
    # The first unit is offered, so a unit beside an empty box says nothing.
    if not typed.text.strip() and not kept.text:
        return (typed.missing, typed.reason.strip()) == (kept.missing, kept.reason)
    return typed == kept


def _missing(item: Item, typed: Typed) -> Answer:
    title = Sentence(item.title)
    if typed.text.strip():
        raise Unreadable(sentence(BOTH, title=title))
    if typed.missing not in item.missing:
        raise Unreadable(sentence(NO_SUCH_REASON, title=title, missing=typed.missing[:40]))
    return Answer(missing=Missing(typed.missing), reason=typed.reason.strip())


def is_blank(typed: Typed) -> bool:
    """Whether nothing was said in these boxes."""
    return not typed.text.strip() and not typed.missing


def path_of(group: Group, key: str, item: Item) -> str:
    """Return the path of an item in a row."""
    return f"{group.name}/{key}/{item.name}"


__all__ = ["BLANK", "EMPTY", "Typed", "answer_of", "as_typed", "is_blank", "path_of", "typed_in"]
