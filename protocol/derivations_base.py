"""What every derived value is: a value with its unit, or why it is not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.record import Answer
from protocol.words import Param, Sentence, sentence

Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Derivation:
    """A computed value with its unit; an empty value says why it is not known yet.

    A value `in_words` is English that a page says in the language of its reader.
    """

    value: str = ""
    unit: str = ""
    why: Sentence | None = None
    in_words: bool = False


def not_known(message: str, **params: Param) -> Derivation:
    """Return that a value is not known, and why."""
    return Derivation(why=sentence(message, **params))
