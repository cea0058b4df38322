"""MK, HE, CH, CO: the blood results. Every value is compared with the range of its laboratory on its day."""

from __future__ import annotations

from typing import Any, Final

from protocol.crfs.questions import FAR_OFF_COUNT, TRIAL_RECORD, free_text, laboratory, measured, sampled_on, yes_no
from protocol.language import Crf, Item, NotAbove, Ref, Section, Severity
from protocol.words import N_

CELLS: Final = ("10^9/L", "/µL")
GRAMS: Final = ("g/L", "g/dL")
ENZYME: Final = ("U/L",)


def _drawn(crf: str) -> Section:
    return Section(N_("Sample"), (sampled_on(crf), laboratory()))


def _count(name: str, title: str, *, plausible: tuple[str, str], **more: Any) -> Item:
    return measured(
        "HE",
        name,
        title,
        plausible=plausible,
        far_off=FAR_OFF_COUNT,
        units=CELLS,
        analyte=name,
        comparators=True,
        source=TRIAL_RECORD,
        **more,
    )


def _chemistry(name: str, title: str, analyte: str, units: tuple[str, ...], plausible: tuple[str, str]) -> Item:
    return measured(
        "CH",
        name,
        title,
        plausible=plausible,
        units=units,
        analyte=analyte,
        comparators=True,
        source=TRIAL_RECORD,
    )


def _optional(name: str, title: str, analyte: str, units: tuple[str, ...], plausible: tuple[str, str]) -> Item:
    checks = (_NOT_ABOVE_TOTAL,) if name == "direct_bilirubin" else ()
    return measured(
        "CH",
        name,
        title,
        plausible=plausible,
        units=units,
        analyte=analyte,
        comparators=True,
        required=False,
        source="Trial list, edition 1",
        checks=checks,
    )


def _method(name: str, title: str) -> Item:
    return free_text(
        "MK",
        name,
        title,
        required=False,
        missing=(),
        max_length=60,  # as long as a reference range names it
        help=N_("As the report or the laboratory names it. Values of two methods are not compared with each other."),
        source="CDISC LB",
    )


_NOT_ABOVE_TOTAL: Final = NotAbove(
    id="CH.direct_bilirubin.total",
    severity=Severity.SOFT,
    message=N_("Direct bilirubin %(value)s %(unit)s exceeds total bilirubin %(other)s. Check both values and units."),
    other=Ref("bilirubin"),
)

_NOT_ABOVE_LEUKOCYTES: Final = NotAbove(
    id="HE.neutrophils.leukocytes",
    severity=Severity.SOFT,
    message=N_("Neutrophils %(value)s %(unit)s exceed leukocytes %(other)s. Check both values and units."),
    other=Ref("leukocytes"),
)

MARKERS: Final = Crf(
    code="MK",
    title=N_("Tumour markers"),
    source="NCT05349331, eligibility",
    repeats=True,
    dated_by="sampled_on",
    critical=True,
    help=N_(
        "One form for each draw. Enter value and unit as reported; a comparator such as <0.61 belongs to the value."
    ),
    sections=(
        _drawn("MK"),
        Section(
            N_("Markers"),
            (
                measured(
                    "MK",
                    "afp",
                    N_("AFP"),
                    plausible=("0", "2000000"),
                    units=("ng/mL", "µg/L", "IU/mL"),
                    analyte="AFP",
                    comparators=True,
                    source=TRIAL_RECORD,
                ),
                _method("afp_method", N_("AFP, method of the assay")),
                yes_no(
                    "afp_valid",
                    N_("AFP result is valid"),
                    required=False,
                    help=N_("No where the sample was haemolysed or the laboratory withdrew the result."),
                    source=TRIAL_RECORD,
                ),
                measured(
                    "MK",
                    "pivka",
                    N_("PIVKA-II"),
                    plausible=("0", "2000000"),
                    units=("mAU/mL", "ng/mL"),
                    analyte="PIVKA-II",
                    comparators=True,
                    help=N_("mAU/mL and ng/mL are never converted into each other."),
                    source=TRIAL_RECORD,
                ),
                _method("pivka_method", N_("PIVKA-II, method of the assay")),
                yes_no(
                    "pivka_valid",
                    N_("PIVKA-II result is valid"),
                    required=False,
                    help=N_("No where the sample was haemolysed or the laboratory withdrew the result."),
                    source=TRIAL_RECORD,
                ),
            ),
        ),
    ),
)

HAEMATOLOGY: Final = Crf(
    code="HE",
    title=N_("Haematology"),
    source="NCT05349331, eligibility",
    repeats=True,
    dated_by="sampled_on",
    critical=True,
    sections=(
        _drawn("HE"),
        Section(
            N_("Blood count"),
            (
                _count("platelets", N_("Platelets"), plausible=("5", "1500")),
                _count("leukocytes", N_("Leukocytes"), plausible=("0.3", "150")),
                _count("neutrophils", N_("Neutrophils"), plausible=("0.05", "120"), checks=(_NOT_ABOVE_LEUKOCYTES,)),
                measured(
                    "HE",
                    "haemoglobin",
                    N_("Haemoglobin"),
                    plausible=("30", "230"),
                    units=GRAMS,
                    analyte="haemoglobin",
                    comparators=True,
                    source="Trial list, edition 1",
                ),
                measured(
                    "HE",
                    "mcv",
                    N_("Mean corpuscular volume"),
                    plausible=("50", "150"),
                    units=("fL",),
                    analyte="MCV",
                    required=False,
                    source="Trial list, edition 1",
                ),
                yes_no(
                    "growth_factor_14d",
                    N_("Growth factor or transfusion within 14 days before the sample"),
                    required=False,
                    source="Trial list, edition 1",
                ),
            ),
        ),
    ),
)

CHEMISTRY: Final = Crf(
    code="CH",
    title=N_("Chemistry"),
    source="NCT05349331, eligibility",
    repeats=True,
    dated_by="sampled_on",
    critical=True,
    sections=(
        _drawn("CH"),
        Section(
            N_("Liver and kidney"),
            (
                _chemistry("bilirubin", N_("Total bilirubin"), "total bilirubin", ("µmol/L", "mg/dL"), ("1", "1000")),
                _optional(
                    "direct_bilirubin",
                    N_("Direct bilirubin"),
                    "direct bilirubin",
                    ("µmol/L", "mg/dL"),
                    ("0", "800"),
                ),
                _chemistry("albumin", N_("Albumin"), "albumin", GRAMS, ("10", "65")),
                _chemistry("alt", N_("ALT"), "ALT", ENZYME, ("1", "5000")),
                _chemistry("ast", N_("AST"), "AST", ENZYME, ("1", "5000")),
                _chemistry("creatinine", N_("Creatinine"), "creatinine", ("µmol/L", "mg/dL"), ("10", "2000")),
                _optional("ggt", N_("GGT"), "GGT", ENZYME, ("1", "5000")),
                _optional("alp", N_("Alkaline phosphatase"), "ALP", ENZYME, ("5", "5000")),
                _optional("total_protein", N_("Total protein"), "total protein", GRAMS, ("20", "120")),
                yes_no(
                    "albumin_infusion_7d",
                    N_("Albumin infusion within 7 days before the sample"),
                    required=False,
                    source="Trial list, edition 1",
                ),
            ),
        ),
    ),
)

COAGULATION: Final = Crf(
    code="CO",
    title=N_("Coagulation"),
    source="NCT05349331, eligibility",
    repeats=True,
    dated_by="sampled_on",
    critical=True,
    sections=(
        _drawn("CO"),
        Section(
            N_("Coagulation"),
            (
                measured("CO", "inr", N_("INR"), plausible=("0.5", "15"), analyte="INR", source=TRIAL_RECORD),
                measured(
                    "CO",
                    "pt",
                    N_("Prothrombin time"),
                    plausible=("5", "150"),
                    units=("s",),
                    analyte="PT",
                    source=TRIAL_RECORD,
                ),
                measured(
                    "CO",
                    "pt_prolonged",
                    N_("Prothrombin time over control"),
                    plausible=("0", "100"),
                    units=("s",),
                    required=False,
                    help=N_("Only where no INR is reported."),
                    source="Pugh 1973",
                ),
                measured(
                    "CO",
                    "aptt",
                    N_("APTT"),
                    plausible=("10", "200"),
                    units=("s",),
                    analyte="APTT",
                    source=TRIAL_RECORD,
                ),
                yes_no(
                    "not_significant",
                    N_("A deviation is judged not clinically significant"),
                    required=False,
                    help=N_("The investigator's judgement, where a value lies outside the range."),
                    source=TRIAL_RECORD,
                ),
            ),
        ),
    ),
)
