"""The rows of a tumour assessment: one lesion each, with the checks of its reading."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from protocol import codelists_response as codelists
from protocol.assumptions import NODE_OTHER_MM, NODE_PORTA_HEPATIS_MM, TARGET_MIN_MM, TARGETS_IN_ALL, TARGETS_PER_ORGAN
from protocol.crfs.questions import measured, yes_no
from protocol.language import (
    AsFirst,
    AtMostRows,
    Between,
    Check,
    Choice,
    Group,
    HasRows,
    NotAbove,
    Number,
    OneOf,
    Ref,
    Severity,
    When,
)
from protocol.words import N_

MRECIST: Final = "mRECIST, Lencioni and Llovet 2010"

_TARGET: Final = When("class", ("target",))
_BASELINE: Final = When("timepoint", ("baseline",))
_EVALUABLE: Final = When("evaluable", ("Y",))
SAME: Final = N_(
    "%(title)s of this lesion is %(other)s on the scan of %(on)s, here %(value)s. "
    "A lesion stays the same on every scan: check both, or give this one a number of its own."
)
NODE_TOO_SMALL: Final = N_(
    "A lymph node is a target from %(low)s %(limit_unit)s in its short axis at baseline; this one has %(value)s "
    "%(unit)s. It is kept, and judged as a non-target lesion."
)


def _same(item: str) -> AsFirst:
    return AsFirst(id=f"TA.lesions.{item}.same", severity=Severity.SOFT, message=SAME)


def _node(name: str, organ: str, low: int) -> Between:
    given = (_TARGET, _BASELINE, When("organ", (organ,)))
    return Between(
        id=f"TA.lesions.viable_diameter.{name}",
        severity=Severity.SOFT,
        message=NODE_TOO_SMALL,
        low=Decimal(low),
        unit="mm",
        given=given,
    )


def _fit(item: str, message: str, *values: str) -> OneOf:
    return OneOf(
        id=f"TA.lesions.{item}.target",
        severity=Severity.SOFT,
        message=message,
        values=values,
        given=(_TARGET, _BASELINE),
    )


def viable_diameter(crf: str, prefix: str, *, required_when: When, checks: tuple[Check, ...] = ()) -> Number:
    """Return the item that every reader measures: the longest enhancing diameter of a lesion, in mm."""
    return measured(
        crf,
        "viable_diameter",
        N_("Viable diameter"),
        prefix=prefix,
        plausible=("0", "300"),
        units=("mm",),
        decimals=1,
        shown_when=_EVALUABLE,
        required_when=required_when,
        help=N_("Longest diameter of the enhancing part, not crossing necrosis; of a lymph node the short axis."),
        source=MRECIST,
        checks=checks,
    )


_VIABLE_CHECKS: Final = (
    Between(
        id="TA.lesions.viable_diameter.target",
        severity=Severity.SOFT,
        message=N_(
            "A target lesion measures at least %(low)s %(limit_unit)s at baseline; this one has %(value)s %(unit)s. "
            "It is kept, and judged as a non-target lesion."
        ),
        low=Decimal(TARGET_MIN_MM),
        unit="mm",
        given=(_TARGET, _BASELINE),
    ),
    Between(
        id="TA.lesions.viable_diameter.absent",
        severity=Severity.SOFT,
        message=N_(
            "Without arterial enhancement the viable diameter is 0 mm, not %(value)s %(unit)s. Check both answers."
        ),
        high=Decimal(0),
        unit="mm",
        given=(When("enhancement", ("absent",)),),
    ),
    _node("node_porta_hepatis", "lymph node porta hepatis", NODE_PORTA_HEPATIS_MM),
    _node("node_other", "lymph node other", NODE_OTHER_MM),
    NotAbove(
        id="TA.lesions.viable_diameter.whole",
        severity=Severity.SOFT,
        message=N_("The viable diameter %(value)s %(unit)s exceeds the whole diameter %(other)s. Check both."),
        other=Ref("whole_diameter"),
    ),
)

_ROW: Final = (
    Choice(
        name="class",
        title=N_("Class"),
        codes=codelists.LESION_CLASS,
        source=MRECIST,
        missing=(),
        checks=(_same("class"),),
    ),
    Choice(
        name="organ",
        title=N_("Organ"),
        codes=codelists.ORGAN,
        source=MRECIST,
        checks=(
            _fit(
                "organ",
                N_("A tumour thrombus cannot be measured. It is kept, and judged as a non-target lesion."),
                "liver",
                "lymph node porta hepatis",
                "lymph node other",
                "other",
            ),
            _same("organ"),
        ),
    ),
    Choice(
        name="segment",
        title=N_("Liver segment"),
        codes=codelists.SEGMENT,
        shown_when=When("organ", ("liver",)),
        required=False,
        source="Couinaud 1957",
        checks=(_same("segment"),),
    ),
    yes_no(
        "delineated",
        N_("Well delineated, measurable again"),
        shown_when=_TARGET,
        required=False,
        help=N_("Asked of the baseline. Infiltrative or ill-defined tumour is no target lesion."),
        source=MRECIST,
        checks=(
            _fit(
                "delineated",
                N_(
                    "An infiltrative or ill-defined lesion is no target. It is kept, and judged as a non-target lesion."
                ),
                "Y",
            ),
        ),
    ),
    yes_no(
        "evaluable",
        N_("Evaluable on this scan"),
        source=MRECIST,
        checks=(
            _fit(
                "evaluable",
                N_("A target lesion is evaluable at baseline. It is kept, and judged as a non-target lesion."),
                "Y",
            ),
        ),
    ),
    Choice(
        name="enhancement",
        title=N_("Arterial enhancement"),
        codes=codelists.ENHANCEMENT,
        shown_when=_EVALUABLE,
        source=MRECIST,
        checks=(
            OneOf(
                id="TA.lesions.enhancement.target",
                severity=Severity.SOFT,
                message=N_("A target lesion enhances in the arterial phase at baseline. Check its class."),
                values=("present",),
                given=(_TARGET, _BASELINE),
            ),
        ),
    ),
    viable_diameter("TA", "lesions.", required_when=_TARGET, checks=_VIABLE_CHECKS),
    measured(
        "TA",
        "whole_diameter",
        N_("Whole diameter"),
        prefix="lesions.",
        plausible=("0", "300"),
        units=("mm",),
        decimals=1,
        shown_when=_EVALUABLE,
        required=False,
        source=MRECIST,
    ),
    Choice(
        name="non_target_status",
        title=N_("Status of the non-target lesion"),
        codes=codelists.NON_TARGET_STATUS,
        shown_when=When("class", ("non-target",)),
        required=False,
        source=MRECIST,
    ),
    Choice(
        name="new_pattern",
        title=N_("Pattern of the new lesion"),
        codes=codelists.NEW_PATTERN,
        shown_when=When("class", ("new",)),
        source=MRECIST,
    ),
    Choice(
        name="confirmed_by",
        title=N_("Confirmed by"),
        codes=codelists.CONFIRMED_BY,
        shown_when=When("class", ("new",)),
        required=False,
        source=MRECIST,
    ),
)

_ROW_CHECKS: Final = (
    AtMostRows(
        id="TA.lesions.targets-per-organ",
        severity=Severity.SOFT,
        message=N_(
            "At most %(most)s target lesions are chosen per organ; %(per)s has %(count)s. "
            "All are kept, the first ones are judged as targets."
        ),
        most=TARGETS_PER_ORGAN,
        having=(("class", "target"),),
        per="organ",
        given=(_BASELINE,),
    ),
    AtMostRows(
        id="TA.lesions.targets-in-all",
        severity=Severity.SOFT,
        message=N_(
            "At most %(most)s target lesions are chosen in all; there are %(count)s. "
            "All are kept, the first ones are judged as targets."
        ),
        most=TARGETS_IN_ALL,
        having=(("class", "target"),),
        given=(_BASELINE,),
    ),
    AtMostRows(
        id="TA.lesions.new-denied",
        severity=Severity.SOFT,
        message=N_("The reader says no new lesion, but %(count)s is listed as new. Check both answers."),
        most=0,
        having=(("class", "new"),),
        given=(When("new_lesion", ("no",)),),
    ),
    HasRows(
        id="TA.lesions.new-not-listed",
        severity=Severity.SOFT,
        message=N_("The reader says that there is a new lesion, but none is listed. Add a row for it."),
        having=(("class", "new"),),
        given=(When("new_lesion", ("yes", "equivocal")),),
    ),
    HasRows(
        id="TA.lesions.none_at_baseline",
        severity=Severity.SOFT,
        message=N_(
            "The baseline scan is complete without a lesion, so no later scan can be judged against it. "
            "Add a row for every lesion, or explain why there is none."
        ),
        given=(_BASELINE,),
    ),
    HasRows(
        id="TA.lesions.none_read",
        severity=Severity.SOFT,
        message=N_(
            "Earlier scans show %(other)s, and no lesion is read on this one. "
            "Open the form, fill in the row of each lesion, and save the changes."
        ),
        known_before=True,
        given=(When("timepoint", ("follow-up",)),),
    ),
)

LESIONS: Final = Group(
    name="lesions",
    title=N_("Lesions"),
    items=_ROW,
    row_title=N_("Lesion"),
    lesions=True,
    source=MRECIST,
    help=N_("A lesion keeps its number on every scan: T targets, NT non-targets, N new ones."),
    checks=_ROW_CHECKS,
)
