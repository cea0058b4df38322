"""The exclusion criteria (they pass when absent): their sentences and, by code, the function that judges each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocol.criteria import history, other_treatment, person
from protocol.criteria.history import absent_ever, absent_now, declared_as, judged_absent, no_event
from protocol.criteria.judging import Judge
from protocol.language import Basis, Criterion, Side
from protocol.words import N_

SOURCE: Final = "NCT05349331, eligibility"
LAST_YEAR: Final = N_("In the 12 calendar months before randomization; a partial date that allows both is open.")


def _criterion(code: str, title: str, short: str, *, reading: str = "", basis: Basis = Basis.DECLARED) -> Criterion:
    return Criterion(
        code=code, side=Side.EXCLUSION, title=title, short=short, basis=basis, source=SOURCE, reading=reading
    )


EXCLUSION: Final = (
    _criterion(
        "E01",
        N_("Antitumour treatment other than arterial, targeted and immune therapy."),
        N_("Other treatment"),
        reading=N_("Ever; traditional medicine with an antitumour label is a review."),
    ),
    _criterion("E02a", N_("Myocardial infarction in the last 12 months."), N_("Infarction"), reading=LAST_YEAR),
    _criterion("E02b", N_("Severe or unstable angina in the last 12 months."), N_("Angina"), reading=LAST_YEAR),
    _criterion("E02c", N_("Coronary artery bypass grafting in the last 12 months."), N_("Bypass"), reading=LAST_YEAR),
    _criterion("E02d", N_("Congestive heart failure in the last 12 months."), N_("Heart failure"), reading=LAST_YEAR),
    _criterion(
        "E02e", N_("Stroke or transient ischaemic attack in the last 12 months."), N_("Stroke"), reading=LAST_YEAR
    ),
    _criterion("E02f", N_("Pulmonary embolism in the last 12 months."), N_("Pulmonary embolism"), reading=LAST_YEAR),
    _criterion("E02g", N_("Ongoing arrhythmia of CTCAE grade 2 or more."), N_("Arrhythmia")),
    _criterion(
        "E02h",
        N_("QTc above 450 ms in men or 470 ms in women."),
        N_("QTc"),
        basis=Basis.COMPUTED,
        reading=N_("Fridericia, mean of the tracings; 450 and 470 themselves pass."),
    ),
    _criterion("E03", N_("Renal insufficiency that needs dialysis."), N_("Dialysis")),
    _criterion(
        "E04", N_("Serious dysfunction of another important organ."), N_("Organ dysfunction"), basis=Basis.JUDGEMENT
    ),
    _criterion(
        "E05",
        N_("A second primary malignancy, ever."),
        N_("Second malignancy"),
        reading=N_("Strict: the trial record has no exception for skin or in-situ cancers."),
    ),
    _criterion("E06", N_("A brain or leptomeningeal lesion, known or new."), N_("Brain lesion")),
    _criterion("E07a", N_("Haemophilia or a bleeding tendency."), N_("Bleeding tendency"), basis=Basis.JUDGEMENT),
    _criterion(
        "E07b",
        N_("Anticoagulation in therapeutic dose."),
        N_("Anticoagulation"),
        reading=N_("A prophylactic dose is allowed; direct anticoagulants in therapeutic dose are not."),
    ),
    _criterion("E08a", N_("Pregnant or lactating."), N_("Pregnant, lactating")),
    _criterion(
        "E08b",
        N_("No negative pregnancy test in the last 7 days in a woman of childbearing potential."),
        N_("Pregnancy test"),
        basis=Basis.COMPUTED,
        reading=N_("A test 7 days before passes, an older one fails, a missing one is open."),
    ),
    _criterion(
        "E09",
        N_("Previous organ transplantation."),
        N_("Transplant"),
        reading=N_("Cornea or bone marrow alone is a review."),
    ),
    _criterion("E10", N_("Known HIV infection."), N_("HIV"), reading=N_("A test is not required.")),
    _criterion(
        "E11",
        N_("Allergy to a chemotherapy drug."),
        N_("Drug allergy"),
        reading=N_("Tolerated since is a review."),
    ),
    _criterion(
        "E12",
        N_("Another serious condition, in the investigator's judgement."),
        N_("Other condition"),
        basis=Basis.JUDGEMENT,
        reading=N_("An explicit, signed no is needed."),
    ),
)

EXCLUSION_JUDGES: Final[Mapping[str, Judge]] = {
    "E01": other_treatment.judge_other_treatment,
    "E02a": no_event("myocardial_infarction"),
    "E02b": no_event("angina"),
    "E02c": no_event("bypass"),
    "E02d": no_event("heart_failure"),
    "E02e": no_event("stroke"),
    "E02f": no_event("pulmonary_embolism"),
    "E02g": history.judge_arrhythmia,
    "E02h": history.judge_qtc,
    "E03": absent_now("dialysis"),
    "E04": judged_absent("organ_dysfunction"),
    "E05": absent_ever("second_malignancy"),
    "E06": absent_ever("brain_lesion"),
    "E07a": judged_absent("bleeding_tendency"),
    "E07b": declared_as("anticoagulation", history.ANTICOAGULATION),
    "E08a": person.judge_pregnancy,
    "E08b": person.judge_pregnancy_test,
    "E09": declared_as("transplant", history.TRANSPLANT),
    "E10": declared_as("hiv", history.HIV),
    "E11": history.judge_allergy,
    "E12": judged_absent("other_condition"),
}
