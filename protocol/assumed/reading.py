"""Binds a constant of `protocol.assumptions` to its reading."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocol import assumptions
from protocol.language import Assumption

# What the tags of values read at a source (V) point to.
SOURCES: Final[Mapping[str, str]] = {
    "seed": "the public trial record, NCT05349331",
    "S5": "mRECIST as tabulated in PMC5771991, Table 4",
    "S6": "mRECIST as tabulated in doi 10.1186/s40364-021-00306-8, Table 2",
    "S8": "RECIST 1.1, Eisenhauer 2009",
    "S45": "reporting rule of a hospital in Guangzhou, gy120.net, article 5979",
}


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
