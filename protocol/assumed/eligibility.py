"""How windows and single criteria are read."""

from __future__ import annotations

from typing import Final

from protocol.assumed.reading import assumed
from protocol.words import N_

WINDOWS: Final = (
    assumed(
        "LAB_WINDOW_DAYS",
        N_("Window of laboratory values, days"),
        N_("The latest valid value from so many days before randomization until randomization."),
        "4",
    ),
    assumed(
        "IMAGING_WINDOW_DAYS",
        N_("Window of imaging, days"),
        N_("The latest imaging is at most so old at randomization."),
        "4",
    ),
    assumed("ECG_WINDOW_DAYS", N_("Window of the ECG, days"), N_("Counted back from randomization."), "4"),
    assumed("ECOG_WINDOW_DAYS", N_("Window of the ECOG status, days"), N_("Counted back from randomization."), "4"),
    assumed("VITALS_WINDOW_DAYS", N_("Window of the vital signs, days"), N_("Counted back from randomization."), "4"),
    assumed(
        "CHILD_PUGH_WINDOW_DAYS",
        N_("Window of the clinical Child-Pugh items, days"),
        N_("The same window as the laboratory values they are added to."),
        "4",
    ),
    assumed(
        "PREGNANCY_WINDOW_DAYS",
        N_("Window of the pregnancy test, days"),
        N_('"Within 7 days before enrollment", read as before randomization; day 7 itself passes.'),
        "4",
        "V:seed",
    ),
    assumed(
        "SURGEON_WINDOW_DAYS",
        N_("Window of the present surgeons' evaluations, days"),
        N_("Both surgeons evaluate within so many days before randomization."),
        "4",
    ),
    assumed(
        "JUDGEMENT_WINDOW_DAYS",
        N_("Window of history and investigator's judgements, days"),
        N_("They are asked anew when older; the trial record gives no limit."),
        "4",
    ),
    assumed(
        "INITIAL_MARKER_WINDOW_DAYS",
        N_("Window of the markers before first treatment, days"),
        N_("Any value in this time before the first conversion treatment may reach the threshold."),
        "4",
    ),
    assumed(
        "CARDIOVASCULAR_MONTHS",
        N_("Look-back for cardiovascular events, calendar months"),
        N_('"Within the first 12 months of the study" is read as the 12 months before randomization.'),
        "4",
    ),
)

READINGS: Final = (
    assumed(
        "COAGULATION_NCS_MAX_RATIO",
        N_("Largest coagulation deviation open to review, × ULN"),
        N_(
            '"Normal coagulation" is read as within the laboratory\'s range; a deviation up to this ratio that the investigator '
            "holds not clinically significant is a review."
        ),
        "4",
    ),
    assumed(
        "GROWTH_FACTOR_DAYS",
        N_("Growth factor or transfusion before a blood count, days"),
        N_("Given within this time it is flagged, not refused."),
        "4",
    ),
    assumed(
        "ALBUMIN_INFUSION_DAYS",
        N_("Albumin infusion before the albumin value, days"),
        N_("Given within this time it is flagged, not refused."),
        "4",
    ),
    assumed(
        "QTC_METHOD",
        N_("Correction of the QT interval"),
        N_("The trial record names none; the mean of the tracings is used where repeated. Bazett is shown beside."),
        "3.6",
    ),
    assumed(
        "CHILD_PUGH_PREFERS_INR",
        N_("Child-Pugh uses the INR where INR and PT both exist"),
        N_("Otherwise the seconds of prolongation are scored."),
        "3.1",
    ),
    assumed(
        "CHOLESTATIC_BILIRUBIN",
        N_("Bilirubin variant of Child-Pugh for cholestatic disease"),
        N_("Off; if on, it holds only where the aetiology is cholestatic."),
        "3.1",
    ),
    assumed(
        "BEVACIZUMAB_PAUSE_DAYS",
        N_("Bevacizumab before randomization or surgery, days"),
        N_("A shorter pause is a soft check."),
        "7",
    ),
    assumed(
        "TKI_PAUSE_DAYS",
        N_("Tyrosine kinase inhibitor before randomization or surgery, days"),
        N_("A shorter pause is a soft check."),
        "7",
    ),
)
