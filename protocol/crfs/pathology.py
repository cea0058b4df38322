"""PA: what the pathologist saw in the specimen, and the pathological complete response."""

from __future__ import annotations

from typing import Final

from protocol import codelists_surgery as codelists
from protocol.crfs.questions import TRIAL_RECORD, day, measured, not_before, yes_no
from protocol.crfs.surgery import BEFORE_OPERATION, FIRST_OPERATION
from protocol.language import Choice, Crf, Derived, Ref, Section, When
from protocol.words import N_

PATHOLOGY_GUIDE: Final = "China Liver Cancer guideline, 2022 edition"

_SPECIMEN: Final = Section(
    N_("Specimen"),
    (
        day(
            "PA",
            "operated_on",
            N_("Date of operation"),
            source=TRIAL_RECORD,
            missing=(),
            checks=(not_before("PA", "operated_on", "operation", BEFORE_OPERATION, FIRST_OPERATION),),
        ),
        day(
            "PA",
            "reported_on",
            N_("Date of report"),
            source=TRIAL_RECORD,
            checks=(not_before("PA", "reported_on", "operated", BEFORE_OPERATION, Ref("operated_on")),),
        ),
        yes_no(
            "sampling_adequate",
            N_("Sampling adequate"),
            help=N_("The whole former tumour was embedded, or enough of it to exclude viable cells."),
            source=PATHOLOGY_GUIDE,
        ),
        yes_no(
            "beds_resected",
            N_("Every former lesion bed resected"),
            help=N_("All lesions of the baseline, also those no longer seen."),
            source=TRIAL_RECORD,
        ),
    ),
)

_TUMOUR: Final = Section(
    N_("Tumour"),
    (
        Choice(
            name="viable_tumour",
            title=N_("Viable tumour"),
            codes=codelists.VIABLE_TUMOUR,
            help=N_("On the stained sections, in any bed."),
            source=TRIAL_RECORD,
        ),
        measured(
            "PA",
            "viable_percent",
            N_("Viable part of the tumour bed"),
            percent=True,
            units=("%",),
            shown_when=When("viable_tumour", ("present",)),
            source=PATHOLOGY_GUIDE,
        ),
        Choice(name="margin", title=N_("Margin"), codes=codelists.MARGIN, source=TRIAL_RECORD),
        measured(
            "PA",
            "margin_mm",
            N_("Width of the margin"),
            plausible=("0", "100"),
            units=("mm",),
            required=False,
            source=PATHOLOGY_GUIDE,
        ),
        Choice(
            name="mvi",
            title=N_("Microvascular invasion"),
            codes=codelists.MICROVASCULAR_INVASION,
            source=PATHOLOGY_GUIDE,
        ),
        Choice(
            name="differentiation",
            title=N_("Differentiation"),
            codes=codelists.DIFFERENTIATION,
            source=PATHOLOGY_GUIDE,
        ),
        Derived(
            name="pcr",
            title=N_("Pathological complete response"),
            derivation="pcr",
            help=N_("Every former lesion bed resected, margin R0, sampling adequate, and no viable tumour cell."),
            source=TRIAL_RECORD,
        ),
    ),
)

PATHOLOGY: Final = Crf(
    code="PA",
    title=N_("Pathology"),
    source="NCT05349331, outcome measures",
    log=True,
    repeats=True,
    expected=False,
    dated_by="reported_on",
    after_randomization=True,
    reveals_arm=True,
    critical=True,
    help=N_("One line for each report on a specimen; a corrected report corrects its line."),
    sections=(_SPECIMEN, _TUMOUR),
)
