"""The answer of a rule, and the exception that carries a refusal to the person who asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from protocol.words import Param, Sentence, sentence


@dataclass(frozen=True)
class Decision:
    """Whether something may be done, and when not, why: in one full sentence that says what to do."""

    allowed: bool
    why: Sentence | None = None

    def __bool__(self) -> bool:
        return self.allowed


YES = Decision(allowed=True)


def no(message: str, **params: Param) -> Decision:
    """Return a refusal; the message is a whole sentence, marked with N_ where it stands."""
    return Decision(allowed=False, why=sentence(message, **params))


class Refusal(Exception):
    """A rule said no. The sentence is shown to the person; nothing was changed."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(why.english())
        self.sentence = why

    @classmethod
    def of(cls, decision: Decision, **fields: Any) -> Refusal:
        """Return the refusal of a decision that said no; a child's own fields are passed on."""
        if decision.why is None:
            raise ValueError("Expected a decision that says why not, got one without a sentence.")
        return cls(decision.why, **fields)
