"""Sentences that are written once in English and translated where a person reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from protocol.values import plain


def N_(text: str) -> str:
    """Return the text unchanged; the catalogue finds it by this mark."""
    return text


def has_words(text: str) -> bool:
    """Return whether there is anything to read in a text: a letter, a figure or a Chinese sign."""
    return any(sign.isalnum() for sign in text)


# What stands between the members of a list; Chinese has a mark of its own.
BETWEEN = N_(", ")
DAY_OR_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?")


@plain()
class Sentence:
    """A complete sentence with named placeholders; without placeholders it is a translatable term."""

    message: str
    params: tuple[tuple[str, Param], ...] = ()

    def english(self) -> str:
        """Return the sentence in English."""
        return self.rendered(lambda text: text)

    def rendered(self, translate: Callable[[str], str], *, day: Callable[[str], str] = str) -> str:
        """Return the sentence in the language of `translate`, nested terms included; its days and moments by `day`."""
        text = translate(self.message)
        if not self.params:
            return text
        return text % {name: _shown(value, translate, day) for name, value in self.params}

    def to_json(self) -> dict[str, Any]:
        """Return what an event stores of the sentence: the message and its parameters."""
        return {"message": self.message, "params": {name: _kept(value) for name, value in self.params}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Sentence:
        """Return the sentence that `to_json` kept; numbers and dates come back as text."""
        return cls(kept["message"], tuple((name, _found(value)) for name, value in kept["params"].items()))


Param = str | int | Decimal | date | Sentence | tuple["Param", ...]


def sentence(message: str, **params: Param) -> Sentence:
    """Return a sentence; a parameter that is itself words is given as a Sentence."""
    return Sentence(message, tuple(params.items()))


def messages_of(said: Param) -> Iterator[str]:
    """Yield the messages of a sentence and of every sentence inside it: its kind, without days and numbers."""
    match said:
        case Sentence():
            yield said.message
            for _name, value in said.params:
                yield from messages_of(value)
        case tuple():
            for part in said:
                yield from messages_of(part)


def _shown(value: Param, translate: Callable[[str], str], day: Callable[[str], str] = str) -> str:
    match value:
        case Sentence():
            return value.rendered(translate, day=day)
        case tuple():
            return translate(BETWEEN).join(_shown(part, translate, day) for part in value)
        case date():
            return day(value.isoformat())
        case str() if DAY_OR_MOMENT.fullmatch(value):  # as a day comes back that was kept
            return day(value)
        case _:
            return str(value)


def _kept(value: Param) -> Any:
    if type(value) is str:  # most are
        return value
    match value:
        case Sentence():
            return value.to_json()
        case tuple():
            return [_kept(part) for part in value]
        case int():
            return value
        case _:
            return _shown(value, str)


def _found(value: Any) -> Param:
    match value:
        case {"message": str()}:
            return Sentence.from_json(value)
        case list():
            return tuple(_found(part) for part in value)
        case int():
            return value
        case _:
            return str(value)
