"""MH: the history that the exclusion criteria ask for."""

from __future__ import annotations

from typing import Final

from protocol import codelists
from protocol.crfs.questions import TRIAL_RECORD, day, free_text, if_yes, partial_day, yes_no
from protocol.language import Choice, Crf, Item, Section
from protocol.words import N_

LATEST_EVENT: Final = N_("The latest event. Write the month as UNK, as in 2024-UNK, when it cannot be found out.")


def _event(name: str, title: str, on_title: str) -> tuple[Item, Item]:
    return (
        yes_no(name, title, source=TRIAL_RECORD),
        partial_day("MH", f"{name}_on", on_title, shown_when=if_yes(name), help=LATEST_EVENT, source=TRIAL_RECORD),
    )


_TREATMENT: Final = Section(
    N_("Other antitumour treatment, ever"),
    (
        yes_no(
            "other_treatment",
            N_("Antitumour treatment other than arterial, targeted or checkpoint inhibitor"),
            help=N_("Such as radiotherapy, ablation, resection, systemic chemotherapy or cell therapy."),
            source=TRIAL_RECORD,
        ),
        free_text(
            "MH",
            "other_treatment_text",
            N_("Which treatment"),
            shown_when=if_yes("other_treatment"),
            source=TRIAL_RECORD,
        ),
        yes_no(
            "tcm_antitumour",
            N_("Traditional Chinese medicine with antitumour label"),
            source=TRIAL_RECORD,
        ),
    ),
)

_HEART: Final = Section(
    N_("Heart and vessels"),
    (
        *_event("myocardial_infarction", N_("Myocardial infarction"), N_("Date of myocardial infarction")),
        *_event("angina", N_("Severe or unstable angina"), N_("Date of angina")),
        *_event("bypass", N_("Coronary artery bypass grafting"), N_("Date of bypass grafting")),
        *_event("heart_failure", N_("Congestive heart failure"), N_("Date of heart failure")),
        *_event("stroke", N_("Stroke or transient ischaemic attack"), N_("Date of stroke or attack")),
        *_event("pulmonary_embolism", N_("Pulmonary embolism"), N_("Date of pulmonary embolism")),
        yes_no("arrhythmia", N_("Ongoing arrhythmia"), source=TRIAL_RECORD),
        Choice(
            name="arrhythmia_grade",
            title=N_("CTCAE grade of the arrhythmia"),
            codes=codelists.CTCAE_GRADE,
            shown_when=if_yes("arrhythmia"),
            source="CTCAE v5.0, 27 Nov 2017",
        ),
        Choice(
            name="anticoagulation",
            title=N_("Anticoagulation now"),
            codes=codelists.ANTICOAGULATION,
            help=N_("Coumarins, heparins or direct anticoagulants, by the highest dose given."),
            source=TRIAL_RECORD,
        ),
    ),
)

_OTHER: Final = Section(
    N_("Other conditions"),
    (
        yes_no("dialysis", N_("Peritoneal dialysis or haemodialysis needed"), source=TRIAL_RECORD),
        yes_no(
            "second_malignancy",
            N_("Second primary malignancy, ever"),
            help=N_("Any, also cured, in situ or of the skin."),
            source=TRIAL_RECORD,
        ),
        free_text(
            "MH",
            "second_malignancy_text",
            N_("Which malignancy, and when"),
            shown_when=if_yes("second_malignancy"),
            source=TRIAL_RECORD,
        ),
        yes_no("brain_lesion", N_("Brain or leptomeningeal lesion, known or new"), source=TRIAL_RECORD),
        Choice(name="transplant", title=N_("Transplant, ever"), codes=codelists.TRANSPLANT, source=TRIAL_RECORD),
        Choice(
            name="hiv",
            title=N_("HIV"),
            codes=codelists.HIV,
            help=N_("A test is not required."),
            source=TRIAL_RECORD,
        ),
        yes_no("chemotherapy_allergy", N_("Allergy to a chemotherapy drug"), source=TRIAL_RECORD),
        free_text(
            "MH", "allergy_agent", N_("Which drug"), shown_when=if_yes("chemotherapy_allergy"), source=TRIAL_RECORD
        ),
        yes_no(
            "tolerated_since",
            N_("Tolerated since"),
            shown_when=if_yes("chemotherapy_allergy"),
            source=TRIAL_RECORD,
        ),
    ),
)

HISTORY: Final = Crf(
    code="MH",
    title=N_("Medical history"),
    source="NCT05349331, eligibility",
    dated_by="taken_on",
    critical=True,
    sections=(
        Section(N_("History"), (day("MH", "taken_on", N_("Date taken"), source=TRIAL_RECORD),)),
        _TREATMENT,
        _HEART,
        _OTHER,
    ),
)
