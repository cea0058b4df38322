"""Binds a constant of `protocol.assumptions` to its reading."""

from __future__ import annotations

from protocol import assumptions
from protocol.language import Assumption


def assumed(code: str, title: str, reading: str, section: str, tag: str = "J") -> Assumption:
    """Return the assumption behind the constant of this name. Raises AttributeError when there is none.

    Tags: V read at a source, M well-known standard, J an assumption of this trial.
    """
    value = getattr(assumptions, code)
    return Assumption(code=code, title=title, value=_said(value), reading=reading, tag=tag, section=section)


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(str(part) for part in value)
        case _:
            return str(value)
