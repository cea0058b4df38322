"""Why the response of a scan is what it is, or is not known, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from protocol.assumptions import EQUIVOCAL_REPEAT_MAX_DAYS, EQUIVOCAL_REPEAT_MIN_DAYS
from protocol.lesions import Classes, Scan
from protocol.mrecist import NO, Category, New, Seen, returned
from protocol.words import N_, Sentence, sentence


def reasons_of(
    scan: Scan,
    classes: Classes,
    *,
    baseline_sum: Decimal | None,
    unread: Sequence[str],
    known: Sequence[Seen],
    statuses: Mapping[str, New | None],
    new: New | None,
) -> tuple[Sentence, ...]:
    """Return what a reader should know of the response of a scan: first why lesions are no targets."""
    reasons = list(classes.why_not.values())
    if baseline_sum is None:
        reasons.append(sentence(N_("The target lesions of the baseline are not all measured.")))
    if unread:
        reasons.append(sentence(N_("Not yet read on this scan: %(lesions)s."), lesions=tuple(unread)))
    if scan.said("arterial_phase") == "N":
        reasons.append(sentence(N_("Without an arterial phase the scan is not evaluable.")))
    unclear = tuple([key for key, status in statuses.items() if status is None])
    if unclear:
        reasons.append(
            sentence(N_("Size and pattern are not entered for the new finding %(lesions)s."), lesions=unclear)
        )
    elif new is None:
        reasons.append(sentence(N_("Whether there is a new lesion is not answered.")))
    for lesion in known:
        if lesion.was_gone and (back := returned(lesion)) is not NO:
            reasons.append(_of_return(lesion, back))
    return tuple(reasons)


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
