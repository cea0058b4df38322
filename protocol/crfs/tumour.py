"""TA: one tumour assessment (scan) with the lesions read on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from protocol import codelists_response as codelists
from protocol.assumptions import SLICE_MAX_MM
from protocol.codelists import CONVERSION
from protocol.crfs.lesion_rows import LESIONS
from protocol.crfs.lesion_size import BASELINE, MRECIST
from protocol.crfs.questions import asks_for, day, measured, not_after_death, yes_no
from protocol.language import (
    Agrees,
    Between,
    Check,
    Choice,
    CodeList,
    Crf,
    Derived,
    Entry,
    HasForm,
    NotAfterFirst,
    OneOf,
    Section,
    Severity,
    When,
)
from protocol.words import N_


def _told(name: str, *given: When) -> HasForm:
    return asks_for(
        "TA",
        name,
        "recurrence",
        N_(
            "The scan shows progression, but the casebook tells of none. "
            "Add “Recurrence or progression”, or correct the reading."
        ),
        "RP",
        *given,
        not_at=("SCR",),
    )


DISAGREES: Final = N_("The reader says %(value)s, the lesions give %(computed)s. Check the lesions and the statement.")

_SCAN: Final = Section(
    N_("Scan"),
    (
        day(
            "TA",
            "scan_on",
            N_("Date of scan"),
            help=N_("The day of the scan, not of the report."),
            source=MRECIST,
            checks=(
                not_after_death("TA", "scan_on"),
                NotAfterFirst(
                    id="TA.scan_on.baseline",
                    severity=Severity.SOFT,
                    message=N_(
                        "The baseline is the last imaging before conversion therapy, which had begun by %(other)s; this "
                        "scan is of %(value)s and is judged as a follow-up. Check the timepoint and both dates."
                    ),
                    crf="PT",
                    item="started_on",
                    having=(When("kind", CONVERSION),),
                    given=(BASELINE,),
                ),
            ),
        ),
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
        LESIONS,
        Choice(
            name="new_lesion",
            title=N_("New lesion"),
            codes=codelists.NEW_LESION,
            help=N_("The reader's statement for the whole scan."),
            source=MRECIST,
            checks=(
                _told("new_lesion", When("new_lesion", ("yes",))),
                Agrees(id="TA.new_lesion.computed", severity=Severity.SOFT, message=DISAGREES, derivation="new_lesion"),
            ),
        ),
    ),
)


def _stated(name: str, title: str, codes: CodeList, derivation: str, *more: Check) -> Choice:
    check = Agrees(
        id=f"TA.{name}.computed",
        severity=Severity.SOFT,
        message=DISAGREES,
        derivation=derivation,
    )
    return Choice(name=name, title=title, codes=codes, required=False, source=MRECIST, checks=(check, *more))


_RESPONSE: Final = Section(
    N_("Response"),
    (
        _stated("reader_target", N_("Reader: target response"), codelists.TARGET_RESPONSE, "target_response"),
        _stated(
            "reader_non_target", N_("Reader: non-target response"), codelists.NON_TARGET_RESPONSE, "non_target_response"
        ),
        _stated(
            "reader_overall",
            N_("Reader: overall response"),
            codelists.OVERALL_RESPONSE,
            "overall_response",
            _told("reader_overall", When("reader_overall", ("PD",)), When("new_lesion", ("no", "equivocal"))),
        ),
        Derived(
            name="sum_viable",
            title=N_("Sum of viable diameters"),
            derivation="sum_viable",
            units=("mm",),
            source=MRECIST,
        ),
        Derived(
            name="baseline_sum",
            title=N_("Sum of viable diameters at baseline"),
            derivation="baseline_sum",
            units=("mm",),
            source=MRECIST,
        ),
        Derived(
            name="nadir",
            title=N_("Smallest sum before this scan (nadir)"),
            derivation="nadir",
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
        Derived(name="new_lesion_status", title=N_("New lesion, computed"), derivation="new_lesion", source=MRECIST),
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
    help=N_("One form for each scan, as the site's reader reported it."),
    sections=(_SCAN, _LESIONS, _RESPONSE),
)
