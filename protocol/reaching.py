"""Which checks look at which other forms, told from the definitions: what a change must be looked at again for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from protocol.language import (
    Agrees,
    AsFirst,
    Check,
    ClearOf,
    Crf,
    Group,
    HasEveryRow,
    HasForm,
    HasRows,
    KnownBefore,
    NotAfterFirst,
    NoTwin,
    Severity,
    Steady,
    Which,
)
from protocol.trial import TRIAL

ANY: Final = ""  # whatever item of the form
# The forms that a derivation reads besides the one it stands in; one that is not named may read every form.
READ_BY_DERIVATION: Final[Mapping[str, tuple[str, ...]]] = {
    "child_pugh_class": ("CH", "CO"),
    "new_lesion": ("TA", "PT"),
    "target_response": ("TA", "PT"),
    "non_target_response": ("TA", "PT"),
    "overall_response": ("TA", "PT"),
    "lesions_without_row": ("TA", "PT"),
}


def reads(check: Check, own: Crf) -> frozenset[tuple[str, str]]:
    """Return CRF and item of every answer of other forms that the check looks at; ANY where it is the whole form."""
    match check:
        case HasForm(crf=crf):
            return frozenset({(crf, ANY)})
        case ClearOf(crf=crf) | NotAfterFirst(crf=crf):
            return frozenset({(crf, ANY)})
        case NoTwin(items=items):
            return frozenset((own.code, item) for item in items)
        case Steady() | AsFirst() | HasEveryRow() | KnownBefore():
            return frozenset({(own.code, ANY)})
        case HasRows(known_before=True):
            return frozenset({(own.code, ANY)})
        case Agrees(derivation=name):
            return frozenset((crf, ANY) for crf in READ_BY_DERIVATION.get(name, _all_crfs()))
    other = getattr(check, "other", None)
    if other is not None and other.crf and other.which is not Which.SAME_FORM:
        return frozenset({(other.crf, other.item)})
    return frozenset()


def readers_of(changed: str, items: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Return, by CRF, the ids of the soft checks that look at one of these items of the CRF `changed`."""
    found: dict[str, set[str]] = {}
    for crf, item, check_id in _readers().get(changed, ()):
        if item == ANY or item in items:
            found.setdefault(crf, set()).add(check_id)
    return {crf: frozenset(ids) for crf, ids in found.items()}


@cache
def computing_checks() -> frozenset[str]:
    """Return the ids of the checks that compare an answer with what is computed."""
    return frozenset(check.id for crf in TRIAL.crfs for check in _checks_of(crf) if isinstance(check, Agrees))


@cache
def _readers() -> Mapping[str, tuple[tuple[str, str, str], ...]]:
    by_crf: dict[str, list[tuple[str, str, str]]] = {}
    for own in TRIAL.crfs:
        for check in _checks_of(own):
            if check.severity is Severity.SOFT:
                for crf, item in sorted(reads(check, own)):
                    by_crf.setdefault(crf, []).append((own.code, item, check.id))
    return {crf: tuple(found) for crf, found in by_crf.items()}


def _checks_of(crf: Crf) -> Iterator[Check]:
    for item in crf.items:
        yield from item.checks
        if isinstance(item, Group):
            yield from (check for inner in item.items for check in inner.checks)


def _all_crfs() -> tuple[str, ...]:
    return tuple(crf.code for crf in TRIAL.crfs)
