"""Gathers the numbers that the rules decide by, so that the fingerprint covers them too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import ModuleType
from typing import Final

from protocol import (
    assessments,
    child_pugh,
    comparing,
    derivations_followup,
    happenings,
    imaging,
    lesions,
    markers,
    mrecist,
    pairs,
    qtc,
    ranges,
    response,
    scores,
    staging,
    units,
)
from protocol.criteria import blood, consent, history, judging, person, surgeons, treatment, tumour

RULES: Final[tuple[ModuleType, ...]] = (
    assessments,
    child_pugh,
    comparing,
    derivations_followup,
    happenings,
    imaging,
    lesions,
    markers,
    mrecist,
    pairs,
    qtc,
    ranges,
    response,
    scores,
    staging,
    units,
    blood,
    consent,
    history,
    judging,
    person,
    surgeons,
    treatment,
    tumour,
)


def limits() -> Iterator[tuple[str, str]]:
    """Yield (name, value) of every limit the rule modules define; a plain text is wording and no limit."""
    for module in RULES:
        # Annotations name what a module defines itself, not what it imports.
        for name in sorted(getattr(module, "__annotations__", {})):
            value = getattr(module, name)
            if name.isupper() and _is_limit(value):
                yield f"{module.__name__}.{name}", _spelled(value)


def _is_limit(value: object) -> bool:
    match value:
        case bool() | int() | Decimal():
            return True
        case tuple():
            return all(_is_limit(part) or isinstance(part, str) for part in value)
        case Mapping():
            return all(_is_limit(part) for part in value.values())
        case _:
            return False


def _spelled(value: object) -> str:
    match value:
        case tuple():
            return f"({', '.join(_spelled(part) for part in value if not _is_sentence(part))})"
        case Mapping():
            return f"{{{', '.join(f'{key}: {_spelled(part)}' for key, part in sorted(value.items()))}}}"
        case _:
            return str(value)


def _is_sentence(part: object) -> bool:
    return isinstance(part, str) and part.endswith(".")
