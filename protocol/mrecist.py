"""Tumour response at one assessment by mRECIST for HCC: the categories, and the tables that combine them.

Sources: Lencioni and Llovet, Semin Liver Dis 2010; KLCA-NCC guideline 2022, table 11; RECIST 1.1 (Eisenhauer 2009) for
what mRECIST leaves open. Diameters are those of the viable (arterially enhancing) part, in mm, exact decimals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from protocol.assumptions import PD_ABS_MM, REAPPEAR_MIN_MM
from protocol.values import plain
from protocol.words import N_


class Category(StrEnum):
    """A response. IR/SD: enhancement persists in a non-target; NED: no disease; NA: no such lesion at baseline."""

    CR = "CR"
    PR = "PR"
    SD = "SD"
    PD = "PD"
    IR_SD = "IR/SD"
    NON_CR_NON_PD = "NON-CR/NON-PD"
    NE = "NE"
    NED = "NED"
    NA = "NA"


class New(StrEnum):
    """Whether a finding is new malignant disease; equivocal demands a repeat scan."""

    NO = N_("no")
    YES = N_("yes")
    EQUIVOCAL = N_("equivocal")


class State(StrEnum):
    """How one lesion stands at one assessment; UNREAD is not yet entered, which is never the same as gone."""

    GONE = "gone"
    ENHANCING = "enhancing"
    NOT_EVALUABLE = "not evaluable"
    PROGRESSED = "progressed"
    UNREAD = "unread"


# By their own names, for every lesion of every scan asks for them: Python 3.11 runs a function for each `State.GONE`.
GONE, ENHANCING, NOT_EVALUABLE, PROGRESSED, UNREAD = State
NO, YES, EQUIVOCAL = New
CR, PD, NE, NA = Category.CR, Category.PD, Category.NE, Category.NA


@plain()
class Seen:
    """One lesion at one assessment; `was_gone` when an earlier assessment showed it without enhancement."""

    key: str
    state: State
    diameter: Decimal | None = None
    was_gone: bool = False
    thrombus: bool = False


# Growth of a fifth over the smallest earlier sum is progression, shrinkage by three tenths of the baseline a partial
# response, both inclusive. Percentages are whole numbers: the comparison stays exact.
PD_PERCENT_OF_NADIR: Final = 120
PR_PERCENT_OF_BASELINE: Final = 70
NOTHING: Final = Decimal(0)
NOT_READ: Final = frozenset({NOT_EVALUABLE, UNREAD})
ALL_GONE: Final = frozenset({GONE})


def has_grown(current: Decimal, nadir: Decimal) -> bool:
    """Return whether the sum grew from the nadir by enough to be progression."""
    return current * 100 >= nadir * PD_PERCENT_OF_NADIR and current - nadir >= PD_ABS_MM


def returned(lesion: Seen) -> New:
    """Return whether a lesion that once was gone is back: PR and SD no longer exist for it."""
    if not lesion.was_gone:
        return NO
    if lesion.state is PROGRESSED:
        return YES
    if lesion.state is not ENHANCING:
        return NO
    if lesion.thrombus or (lesion.diameter is not None and lesion.diameter >= REAPPEAR_MIN_MM):
        return YES
    return EQUIVOCAL


def target_response(*, baseline: Decimal, nadir: Decimal, lesions: Sequence[Seen]) -> Category:
    """Return the response of the target lesions; what was not read counts as not evaluable here."""
    if not lesions:
        return NA
    back = [returned(lesion) for lesion in lesions if lesion.was_gone]
    if YES in back:
        return PD
    total = total_of(lesions)
    states = {lesion.state for lesion in lesions}
    if not states.isdisjoint(NOT_READ):
        return PD if nadir > 0 and has_grown(total, nadir) else NE
    if states == ALL_GONE:
        return CR
    if nadir > 0 and has_grown(total, nadir):
        return PD
    if EQUIVOCAL in back:
        return NE
    return Category.PR if total * 100 <= baseline * PR_PERCENT_OF_BASELINE else Category.SD


def total_of(lesions: Iterable[Seen]) -> Decimal:
    """Return the sum of the diameters; one that is not known adds nothing."""
    total = NOTHING
    for lesion in lesions:
        if lesion.diameter:
            total += lesion.diameter
    return total


def non_target_response(lesions: Iterable[Seen]) -> Category:
    """Return the response of the non-target lesions; markers play no part in it."""
    seen = tuple(lesions)
    if not seen:
        return NA
    states = {lesion.state for lesion in seen}
    if PROGRESSED in states or YES in [returned(lesion) for lesion in seen if lesion.was_gone]:
        return PD
    if ENHANCING in states:
        return Category.IR_SD
    return CR if states == ALL_GONE else NE


_WITHOUT_TARGET: Final = {
    CR: CR,
    Category.IR_SD: Category.NON_CR_NON_PD,
    NE: NE,
    NA: Category.NED,
}


def overall_response(target: Category, non_target: Category, new: New) -> Category:
    """Return the overall response; an equivocal new lesion counts as none here and is flagged by the caller."""
    if PD in (target, non_target) or new is YES:
        return PD
    if target is NA:
        return _WITHOUT_TARGET[non_target]
    if target is CR and non_target not in (CR, NA):
        return Category.PR
    return target
