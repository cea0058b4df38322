"""TA: one tumour assessment (scan) with the lesions read on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from protocol import codelists
from protocol.assumptions import SLICE_MAX_MM, TARGET_MIN_MM, TARGETS_IN_ALL, TARGETS_PER_ORGAN
from protocol.crfs.questions import day, measured, yes_no
from protocol.language import (
    Agrees,
    AtMostRows,
    Between,
    Choice,
    CodeList,
    Crf,
    Derived,
    Entry,
    Group,
    NotAbove,
    OneOf,
    Ref,
    Section,
    Severity,
    When,
)
from protocol.words import N_

MRECIST: Final = "mRECIST, Lencioni and Llovet 2010"

_TARGET: Final = When("class", ("target",))
_BASELINE: Final = When("timepoint", ("baseline",))
_EVALUABLE: Final = When("evaluable", ("Y",))

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
        message=N_("Without arterial enhancement the viable diameter is 0 mm, not %(value)s %(unit)s. Check both answers."),
        high=Decimal(0),
        unit="mm",
        given=(When("enhancement", ("absent",)),),
    ),
    NotAbove(
        id="TA.lesions.viable_diameter.whole",
        severity=Severity.SOFT,
        message=N_("The viable diameter %(value)s %(unit)s exceeds the whole diameter %(other)s. Check both."),
        other=Ref("whole_diameter"),
    ),
)

_ROW: Final = (
    Choice(name="class", title=N_("Class"), codes=codelists.LESION_CLASS, source=MRECIST, missing=()),
    Choice(name="organ", title=N_("Organ"), codes=codelists.ORGAN, source=MRECIST),
    Choice(
        name="segment",
        title=N_("Liver segment"),
        codes=codelists.SEGMENT,
        shown_when=When("organ", ("liver",)),
        required=False,
        source="Couinaud 1957",
    ),
    yes_no("evaluable", N_("Evaluable on this scan"), source=MRECIST),
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
    measured(
        "TA",
        "viable_diameter",
        N_("Viable diameter"),
        prefix="lesions.",
        plausible=("0", "300"),
        units=("mm",),
        decimals=1,
        shown_when=_EVALUABLE,
        required_when=_TARGET,
        help=N_("Longest diameter of the enhancing part, not crossing necrosis; of a lymph node the short axis."),
        source=MRECIST,
        checks=_VIABLE_CHECKS,
    ),
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
)

_SCAN: Final = Section(
    N_("Scan"),
    (
        day("TA", "scan_on", N_("Date of scan"), help=N_("The day of the scan, not of the report."), source=MRECIST),
        Choice(name="timepoint", title=N_("Timepoint"), codes=codelists.TIMEPOINT, source=MRECIST, missing=()),
        Choice(
            name="modality",
            title=N_("Modality"),
            codes=codelists.MODALITY,
            source=MRECIST,
            checks=(
                OneOf(
                    id="TA.modality.lipiodol",
                    severity=Severity.SOFT,
                    message=N_("After Lipiodol, CT can miss viable tumour. Add an MRI where possible."),
                    values=("mri",),
                    given=(When("lipiodol", ("Y",)),),
                ),
            ),
        ),
        yes_no(
            "arterial_phase",
            N_("Arterial phase acquired"),
            source=MRECIST,
            checks=(
                OneOf(
                    id="TA.arterial_phase.missing",
                    severity=Severity.SOFT,
                    message=N_("Without an arterial phase the scan is not evaluable. Check the answer."),
                    values=("Y",),
                ),
            ),
        ),
        measured(
            "TA",
            "slice_thickness",
            N_("Slice thickness"),
            units=("mm",),
            required=False,
            source="RECIST 1.1",
            checks=(
                Between(
                    id="TA.slice_thickness.range",
                    severity=Severity.SOFT,
                    message=N_(
                        "Slices of %(value)s %(unit)s are thicker than %(high)s %(limit_unit)s: "
                        "a lesion is then measurable from twice the slice thickness."
                    ),
                    high=Decimal(SLICE_MAX_MM),
                    unit="mm",
                ),
            ),
        ),
        yes_no("lipiodol", N_("Lipiodol in a lesion"), source=MRECIST),
        yes_no("chest_ct", N_("Chest CT done"), source="NCT05349331, eligibility"),
    ),
)

_LESIONS: Final = Section(
    N_("Lesions"),
    (
        Group(
            name="lesions",
            title=N_("Lesions"),
            items=_ROW,
            row_title=N_("Lesion"),
            lesions=True,
            source=MRECIST,
            help=N_("A lesion keeps its number on every scan: T targets, NT non-targets, N new ones."),
            checks=_ROW_CHECKS,
        ),
        Choice(
            name="new_lesion",
            title=N_("New lesion"),
            codes=codelists.NEW_LESION,
            help=N_("The reader's statement for the whole scan."),
            source=MRECIST,
        ),
    ),
)


def _stated(name: str, title: str, codes: CodeList, derivation: str) -> Choice:
    check = Agrees(
        id=f"TA.{name}.computed",
        severity=Severity.SOFT,
        message=N_("The reader says %(value)s, the lesions give %(computed)s. Check the lesions and the statement."),
        derivation=derivation,
    )
    return Choice(
        name=name, title=title, codes=codes, required=False, source=MRECIST, checks=(check,)
    )


_RESPONSE: Final = Section(
    N_("Response"),
    (
        _stated("reader_target", N_("Reader: target response"), codelists.TARGET_RESPONSE, "target_response"),
        _stated("reader_non_target", N_("Reader: non-target response"), codelists.NON_TARGET_RESPONSE, "non_target_response"),
        _stated("reader_overall", N_("Reader: overall response"), codelists.OVERALL_RESPONSE, "overall_response"),
        Derived(
            name="sum_viable",
            title=N_("Sum of viable diameters"),
            derivation="sum_viable",
            units=("mm",),
            source=MRECIST,
        ),
        Derived(
            name="target_response", title=N_("Target response, computed"), derivation="target_response", source=MRECIST
        ),
        Derived(
            name="non_target_response",
            title=N_("Non-target response, computed"),
            derivation="non_target_response",
            source=MRECIST,
        ),
        Derived(
            name="overall_response",
            title=N_("Overall response, computed"),
            derivation="overall_response",
            source=MRECIST,
        ),
    ),
)

TUMOUR_ASSESSMENT: Final = Crf(
    code="TA",
    title=N_("Tumour assessment"),
    source=MRECIST,
    repeats=True,
    dated_by="scan_on",
    entry=Entry.DIRECT,
    critical=True,
    help=N_("One form for each scan. The site reader's signed reading decides."),
    sections=(_SCAN, _LESIONS, _RESPONSE),
)
