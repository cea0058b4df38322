"""New findings over the scans: what each means, which of them are still to be read, and what a scan shows of them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from protocol.lesions import Reading, Scan, new_status, size_of
from protocol.mrecist import EQUIVOCAL, NO, YES, New, Seen, returned

_DECLARED: Final = {each.value: each for each in New}  # a stored code that is on no list leaves it open
READERS_OWN: Final = ""  # the key under which an equivocal finding stands that the reader declared without a row


@dataclass(kw_only=True)
class NewFindings:
    """What the scans so far have shown that the baseline does not know; it grows from scan to scan."""

    known: frozenset[str]  # the lesions of the baseline
    first_size: dict[str, Decimal] = field(default_factory=dict)
    open_since: dict[str, date] = field(default_factory=dict)  # those that no row has shown to be none

    def omitted_at(self, readings: Mapping[str, Reading]) -> dict[str, date]:
        """Return the open findings that have no row, by the day of the scan that showed them first."""
        if not self.open_since:
            return {}
        return {key: first_on for key, first_on in self.open_since.items() if key not in readings}

    def at(self, scan: Scan, readings: Mapping[str, Reading], omitted: Mapping[str, date]) -> dict[str, New | None]:
        """Return what each finding of a scan means; one that is not read is not known, which is never the same as gone."""
        statuses: dict[str, New | None] = {}
        if omitted:
            # Without an arterial phase nothing can be read: the finding stays as doubtful as it was.
            statuses = dict.fromkeys(omitted, EQUIVOCAL if scan.said("arterial_phase") == "N" else None)
        for key, reading in readings.items():
            if key in self.known:
                continue
            size = size_of(reading)
            if size is not None:
                self.first_size.setdefault(key, size)
            # A lesion that the baseline does not know is new, whatever class it was entered with.
            statuses[key] = new_status(reading, first_size=self.first_size.get(key))
        return statuses

    def remember(self, scan: Scan, statuses: Mapping[str, New | None]) -> None:
        """Keep which findings are still to be read on the next scan."""
        for key, status in statuses.items():
            if status is NO:
                self.open_since.pop(key, None)
            else:
                self.open_since.setdefault(key, scan.on)


def new_of(scan: Scan, statuses: Mapping[str, New | None]) -> New | None:
    """Return whether a scan shows new disease; None where that is not known."""
    said = scan.said("new_lesion")
    declared = _DECLARED.get(said)
    if not statuses:
        return declared
    if YES in statuses.values():
        return YES
    if None in statuses.values() or (said and declared is None):
        return None
    # The rows decide; a reader who declares more than they show leaves it open until a repeat scan.
    is_doubtful = EQUIVOCAL in statuses.values() or declared in (YES, EQUIVOCAL)
    return EQUIVOCAL if is_doubtful else NO


def equivocal_of(known: Sequence[Seen], statuses: Mapping[str, New | None], new: New | None) -> frozenset[str]:
    """Return the findings of a scan that demand a repeat scan."""
    keys = {key for key, status in statuses.items() if status is EQUIVOCAL}
    keys.update([lesion.key for lesion in known if lesion.was_gone and returned(lesion) is EQUIVOCAL])
    if new is EQUIVOCAL and not keys:
        keys.add(READERS_OWN)
    return frozenset(keys)
