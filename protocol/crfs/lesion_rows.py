"""The rows of a tumour assessment: one lesion each, with the checks of its reading."""

from __future__ import annotations

from typing import Final

from protocol import codelists_response as codelists
from protocol.assumptions import TARGETS_IN_ALL, TARGETS_PER_ORGAN
from protocol.crfs.lesion_size import (
    BASELINE,
    EVALUABLE,
    MRECIST,
    TARGET,
    VIABLE_CHECKS,
    viable_diameter,
)
from protocol.crfs.questions import measured, yes_no
from protocol.language import (
    AsFirst,
    AtMostRows,
    Choice,
    Group,
    HasEveryRow,
    HasRows,
    KnownBefore,
    OneOf,
    Severity,
    When,
)
from protocol.words import N_

SAME: Final = N_(
    "%(title)s of this lesion is %(other)s on the scan of %(on)s, here %(value)s. "
    "A lesion stays the same on every scan: check both, or give this one a number of its own."
)


NEW: Final = When("class", ("new",))
FOLLOW_UP: Final = When("timepoint", ("follow-up",))


def _same(item: str) -> AsFirst:
    return AsFirst(id=f"TA.lesions.{item}.same", severity=Severity.SOFT, message=SAME)


def _fit(item: str, message: str, *values: str) -> OneOf:
    return OneOf(
        id=f"TA.lesions.{item}.target",
        severity=Severity.SOFT,
        message=message,
        values=values,
        given=(TARGET, BASELINE),
    )


_ROW: Final = (
    Choice(
        name="class",
        title=N_("Class"),
        codes=codelists.LESION_CLASS,
        source=MRECIST,
        missing=(),
        checks=(
            _same("class"),
            KnownBefore(
                id="TA.lesions.class.unknown",
                severity=Severity.SOFT,
                message=N_(
                    "This lesion is entered as %(value)s, but no earlier scan has it; they have %(other)s. "
                    "Enter it as a new lesion, or add it to the baseline if it was there."
                ),
                given=(When("class", ("target", "non-target")), FOLLOW_UP),
            ),
        ),
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
        shown_when=TARGET,
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
        shown_when=EVALUABLE,
        source=MRECIST,
        checks=(
            OneOf(
                id="TA.lesions.enhancement.target",
                severity=Severity.SOFT,
                message=N_("A target lesion enhances in the arterial phase at baseline. Check its class."),
                values=("present",),
                given=(TARGET, BASELINE),
            ),
        ),
    ),
    viable_diameter("TA", "lesions.", required_when=TARGET, checks=VIABLE_CHECKS),
    measured(
        "TA",
        "whole_diameter",
        N_("Whole diameter"),
        prefix="lesions.",
        plausible=("0", "300"),
        units=("mm",),
        decimals=1,
        shown_when=EVALUABLE,
        required=False,
        source=MRECIST,
    ),
    Choice(
        name="non_target_status",
        title=N_("Status of the non-target lesion"),
        codes=codelists.NON_TARGET_STATUS,
        shown_when=When("class", ("target", "non-target")),
        required=False,
        help=N_("Of a target lesion only where it is judged as a non-target one, as the third of an organ is."),
        source=MRECIST,
    ),
    Choice(
        name="new_pattern",
        title=N_("Pattern of the new lesion"),
        codes=codelists.NEW_PATTERN,
        shown_when=NEW,
        required_when=When("enhancement", ("present",)),
        help=N_("Not asked of a finding that is no longer seen: no arterial enhancement, 0 mm."),
        source=MRECIST,
    ),
    Choice(
        name="confirmed_by",
        title=N_("Confirmed by"),
        codes=codelists.CONFIRMED_BY,
        shown_when=NEW,
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
        given=(BASELINE,),
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
        given=(BASELINE,),
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
        given=(BASELINE,),
    ),
    HasRows(
        id="TA.lesions.none_read",
        severity=Severity.SOFT,
        message=N_(
            "Earlier scans show %(other)s, and no lesion is read on this one. "
            "Open the form, fill in the row of each lesion, and save the changes."
        ),
        known_before=True,
        given=(FOLLOW_UP,),
    ),
    HasEveryRow(
        id="TA.lesions.without_row",
        severity=Severity.SOFT,
        message=N_(
            "Known from earlier scans and not read on this one: %(other)s. Add the row of each lesion and read it; "
            "one that is no longer seen has no arterial enhancement, 0 mm."
        ),
        derivation="lesions_without_row",
        given=(FOLLOW_UP,),
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
