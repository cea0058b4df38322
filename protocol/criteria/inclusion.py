"""The inclusion criteria: their sentences and, by code, the function that judges each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocol.criteria import blood, consent, person, surgeons, treatment, tumour
from protocol.criteria.history import judged_present
from protocol.criteria.judging import Judge
from protocol.language import Basis, Criterion, Side
from protocol.words import N_

SOURCE: Final = "NCT05349331, eligibility"


def _criterion(
    code: str, title: str, short: str, *, reading: str = "", basis: Basis = Basis.COMPUTED, source: str = SOURCE
) -> Criterion:
    return Criterion(
        code=code, side=Side.INCLUSION, title=title, short=short, basis=basis, source=source, reading=reading
    )


INCLUSION: Final = (
    _criterion(
        "I01",
        N_("Age at consent is 18 years or more."),
        N_("Age ≥ 18 years"),
        reading=N_(
            "Completed years; the 18th birthday passes; a year of birth alone is open in the year of turning 18."
        ),
    ),
    _criterion(
        "I02a",
        N_("Hepatocellular carcinoma is diagnosed clinically or by pathology."),
        N_("HCC diagnosis"),
        basis=Basis.DECLARED,
        reading=N_("A biopsy is not required; the basis is recorded."),
    ),
    _criterion(
        "I02b",
        N_("There is no metastasis outside the liver."),
        N_("No metastasis"),
        basis=Basis.DECLARED,
        reading=N_("At initial staging and at screening. Macrovascular invasion is allowed; a large node is a review."),
    ),
    _criterion(
        "I02c",
        N_("Two liver surgeons held the tumour initially unresectable."),
        N_("Initially unresectable"),
        basis=Basis.JUDGEMENT,
        reading=N_("Two different surgeons, or a dated chart record before treatment that names both and is signed."),
    ),
    _criterion(
        "I03",
        N_("AFP ≥ 400 µg/L or PIVKA-II ≥ 1000 mAU/mL before initial treatment."),
        N_("High marker before"),
        reading=N_("Any value in the window before the first conversion treatment; one marker is enough."),
    ),
    _criterion(
        "I04",
        N_("Initial treatment was arterial therapy combined with targeted and immune checkpoint therapy."),
        N_("Conversion treatment"),
        reading=N_("The list of targeted agents is closed; another agent is a review. Overlapping or sequential."),
    ),
    _criterion(
        "I05",
        N_("The response is a clinical complete response."),
        N_("Clinical complete response"),
        reading=N_("Two scans in CR and two normal pairs of AFP and PIVKA-II, each one month apart."),
    ),
    _criterion(
        "I06",
        N_("Two liver surgeons hold the tumour resectable now."),
        N_("Resectable now"),
        basis=Basis.JUDGEMENT,
        reading=N_("Two different surgeons sign, each alone; disagreement asks for a new round."),
    ),
    _criterion("I07a", N_("Platelets are above 75 × 10⁹/L."), N_("Platelets > 75"), reading=N_("75 itself fails.")),
    _criterion(
        "I07b", N_("Leukocytes are above 3.0 × 10⁹/L."), N_("Leukocytes > 3.0"), reading=N_("3.0 itself fails.")
    ),
    _criterion(
        "I07c", N_("Neutrophils are above 1.5 × 10⁹/L."), N_("Neutrophils > 1.5"), reading=N_("1.5 itself fails.")
    ),
    _criterion(
        "I08a",
        N_("Bilirubin is at most 1.5 × ULN."),
        N_("Bilirubin ≤ 1.5 ULN"),
        reading=N_("Total bilirubin; the limit itself passes."),
    ),
    _criterion(
        "I08b",
        N_("Transaminases are at most 3 × ULN."),
        N_("ALT, AST ≤ 3 ULN"),
        reading=N_("ALT and AST, both; the limit itself passes."),
    ),
    _criterion(
        "I09a",
        N_("There is no ascites."),
        N_("No ascites"),
        reading=N_("Any grade fails, also on imaging alone; trace fluid held not significant is a review."),
    ),
    _criterion(
        "I09b",
        N_("Coagulation is normal."),
        N_("Normal coagulation"),
        reading=N_("INR, APTT and PT where measured within the laboratory's upper limit."),
    ),
    _criterion("I09c", N_("Albumin is at least 30 g/L."), N_("Albumin ≥ 30"), reading=N_("30 itself passes.")),
    _criterion(
        "I10",
        N_("The Child-Pugh class is A."),
        N_("Child-Pugh A"),
        reading=N_("Computed in the unit reported: 5 and 6 points pass, 7 fails."),
    ),
    _criterion(
        "I11", N_("Creatinine is below 1.5 × ULN."), N_("Creatinine < 1.5 ULN"), reading=N_("Exactly 1.5 × ULN fails.")
    ),
    _criterion("I12", N_("The ECOG performance status is 0 or 1."), N_("ECOG 0–1"), basis=Basis.DECLARED),
    _criterion(
        "I13",
        N_("Life expectancy is more than 3 months."),
        N_("Life expectancy"),
        basis=Basis.JUDGEMENT,
        reading=N_("The investigator's signed judgement."),
    ),
    _criterion(
        "I14",
        N_("Informed consent is signed before any study-specific procedure."),
        N_("Consent"),
        source="ICH E6(R3) 2.8",
        reading=N_("In the version in force at the site; on the same day the times decide."),
    ),
)

INCLUSION_JUDGES: Final[Mapping[str, Judge]] = {
    "I01": consent.judge_age,
    "I02a": tumour.judge_diagnosis,
    "I02b": tumour.judge_no_metastasis,
    "I02c": surgeons.judge_initially_unresectable,
    "I03": treatment.judge_initial_markers,
    "I04": treatment.judge_first_line,
    "I05": tumour.judge_response,
    "I06": surgeons.judge_resectable_now,
    "I07a": blood.judge_platelets,
    "I07b": blood.judge_leukocytes,
    "I07c": blood.judge_neutrophils,
    "I08a": blood.judge_bilirubin,
    "I08b": blood.judge_transaminases,
    "I09a": blood.judge_ascites,
    "I09b": blood.judge_coagulation,
    "I09c": blood.judge_albumin,
    "I10": blood.judge_child_pugh,
    "I11": blood.judge_creatinine,
    "I12": person.judge_ecog,
    "I13": judged_present("life_expectancy_over_3m"),
    "I14": consent.judge_consent,
}
