"""Why the response of a scan is what it is, or is not known, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from protocol.assumptions import EQUIVOCAL_REPEAT_MAX_DAYS, EQUIVOCAL_REPEAT_MIN_DAYS
from protocol.lesions import Classes, Scan, why_unclear
from protocol.mrecist import NO, Category, New, Seen, returned
from protocol.words import N_, Sentence, sentence

NOT_READ_AGAIN: Final = N_(
    "The new finding %(lesion)s of %(on)s is not read on this scan. "
    "Give it a row here, also where it is no longer seen: no arterial enhancement, 0 mm."
)

LATE_BASELINE: Final = N_(
    "The scan of %(on)s is entered as the baseline, but conversion therapy had begun by %(begun)s: "
    "it is judged as a follow-up."
)


def reasons_of(
    scan: Scan,
    classes: Classes,
    *,
    baseline_sum: Decimal | None,
    unread: Sequence[str],
    known: Sequence[Seen],
    statuses: Mapping[str, New | None],
    omitted: Mapping[str, date],
    new: New | None,
) -> tuple[Sentence, ...]:
    """Return what a reader should know of the response of a scan: first why lesions are no targets."""
    reasons = [*late_baseline(scan), *classes.why_not.values()]
    if baseline_sum is None:
        reasons.append(sentence(N_("The target lesions of the baseline are not all measured.")))
    if unread:
        reasons.append(sentence(N_("Not yet read on this scan: %(lesions)s."), lesions=tuple(unread)))
    if scan.said("arterial_phase") == "N":
        reasons.append(sentence(N_("Without an arterial phase the scan is not evaluable.")))
    for key, first_on in omitted.items():
        if statuses[key] is None:
            reasons.append(sentence(NOT_READ_AGAIN, lesion=key, on=first_on))
    unclear = [key for key, status in statuses.items() if status is None and key not in omitted]
    if unclear:
        reasons.extend(_why_unclear(scan, unclear))
    elif new is None and not omitted:
        reasons.append(sentence(N_("Whether there is a new lesion is not answered.")))
    for lesion in known:
        if lesion.was_gone and (back := returned(lesion)) is not NO:
            reasons.append(_of_return(lesion, back))
    return tuple(reasons)


def late_baseline(scan: Scan) -> tuple[Sentence, ...]:
    """Return that a scan entered as the baseline is none."""
    return () if scan.late_for is None else (sentence(LATE_BASELINE, on=scan.on, begun=scan.late_for),)


def _why_unclear(scan: Scan, keys: Sequence[str]) -> Iterator[Sentence]:
    by_message: dict[str, list[str]] = {}
    for reading in scan.readings:
        if reading.key in keys:
            by_message.setdefault(why_unclear(reading), []).append(reading.key)
    for message, lesions in by_message.items():
        yield sentence(message, lesions=tuple(lesions))


def repeat_of(scan: Scan, equivocal: frozenset[str], overall: Category | None) -> tuple[Sentence, ...]:
    """Return when a doubtful finding is looked at again; of a progression nothing is in doubt."""
    if not equivocal or overall in (None, Category.PD):
        return ()
    first = scan.on + timedelta(days=EQUIVOCAL_REPEAT_MIN_DAYS)
    last = scan.on + timedelta(days=EQUIVOCAL_REPEAT_MAX_DAYS)
    return (
        sentence(
            N_("An equivocal finding demands a repeat scan, between %(first)s and %(last)s."), first=first, last=last
        ),
    )


def _of_return(lesion: Seen, back: New) -> Sentence:
    if back is New.YES:
        return sentence(N_("%(lesion)s was gone and enhances again: progression."), lesion=lesion.key)
    return sentence(
        N_("%(lesion)s was gone and enhances again below the size of progression: repeat the scan."), lesion=lesion.key
    )
