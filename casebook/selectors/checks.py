"""Every check of the definitions, and how often it fired and how often that changed a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from protocol.language import Agrees, Check, Crf, Group, HasRows, Item, Which
from protocol.trial import TRIAL


def checks_of(crf: Crf) -> Iterator[tuple[Item, Check]]:
    """Yield every check that the definition of a CRF names, with its item."""
    for item in crf.items:
        yield from ((item, check) for check in item.checks)
        if isinstance(item, Group):
            yield from ((inner, check) for inner in item.items for check in inner.checks)


def looks_across(check: Check) -> bool:
    """Whether what the check finds depends on other forms too."""
    other = getattr(check, "other", None)
    refers = other is not None and bool(other.crf) and other.which is not Which.SAME_FORM
    return refers or isinstance(check, Agrees) or (isinstance(check, HasRows) and check.known_before)


ACROSS: Final = tuple(sorted({c.id for crf in TRIAL.crfs for _item, c in checks_of(crf) if looks_across(c)}))
