"""Every setting the trial record leaves open: a named constant for the code, and its reading for people.

The name of a constant is the code of its assumption. Nothing here is a hidden default: `docs/assumptions.md` lists it all.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from protocol.language import Assumption
from protocol.words import N_

# Response (mRECIST) and clinical complete response
PD_ABS_MM: Final = 0
TOO_SMALL_MM: Final = 5
TARGET_MIN_MM: Final = 10
TARGETS_PER_ORGAN: Final = 2
TARGETS_IN_ALL: Final = 5
REAPPEAR_MIN_MM: Final = 10
NEW_LESION_MIN_MM: Final = 10
NODE_PORTA_HEPATIS_MM: Final = 20
NODE_OTHER_MM: Final = 15
NODE_CR_BELOW_MM: Final = 10
SLICE_MAX_MM: Final = 5
EQUIVOCAL_REPEAT_MIN_DAYS: Final = 28
EQUIVOCAL_REPEAT_MAX_DAYS: Final = 56
IMG_MIN_DAYS: Final = 28
IMG_MAX_DAYS: Final = 42
MARKER_MIN_DAYS: Final = 28
MARKER_MAX_DAYS: Final = 42
MARKER_SAME_DAY_DAYS: Final = 3
PAIR_GAP_DAYS: Final = 14
MARKER_AGE_DAYS: Final = 14

# Windows before the day judged for (the day of randomization)
LAB_WINDOW_DAYS: Final = 14
IMAGING_WINDOW_DAYS: Final = 28
ECG_WINDOW_DAYS: Final = 28
ECOG_WINDOW_DAYS: Final = 7
VITALS_WINDOW_DAYS: Final = 7
CHILD_PUGH_WINDOW_DAYS: Final = 14
PREGNANCY_WINDOW_DAYS: Final = 7
SURGEON_WINDOW_DAYS: Final = 28
JUDGEMENT_WINDOW_DAYS: Final = 28
INITIAL_MARKER_WINDOW_DAYS: Final = 90
CARDIOVASCULAR_MONTHS: Final = 12

# Readings of single criteria
COAGULATION_NCS_MAX_RATIO: Final = Decimal("1.2")
GROWTH_FACTOR_DAYS: Final = 14
ALBUMIN_INFUSION_DAYS: Final = 7
QTC_METHOD: Final = "Fridericia"
CHILD_PUGH_PREFERS_INR: Final = True
CHOLESTATIC_BILIRUBIN: Final = False
BEVACIZUMAB_PAUSE_DAYS: Final = 42
TKI_PAUSE_DAYS: Final = 7

# Randomization
ALLOCATION_METHOD: Final = "permuted blocks"
ARM_SHARES: Final = (1, 1)
BLOCK_SIZES: Final = (4, 6)
MINIMISATION_PROBABILITY: Final = Decimal("0.80")
STRATA_CODES: Final = ("MVI", "HAI")
EXPECTED_SUBJECTS: Final = 60

# Schedule
IMAGING_VISIT_WINDOW_DAYS: Final = 7
LATE_VISIT_WINDOW_DAYS: Final = 14
FINAL_VISIT_AFTER_DAYS: Final = 28
SURGERY_WITHIN_DAYS: Final = 28
SURGERY_GRACE_DAYS: Final = 14
POD30_WINDOW_DAYS: Final = 7
POD90_WINDOW_DAYS: Final = 14
SURVIVAL_CONTACT_MONTHS: Final = 3
EARLY_SCAN_AFTER_SURGERY_DAYS: Final = 28
CONTACT_ATTEMPTS: Final = 3
CONTACT_KINDS: Final = 2

# Endpoints and safety
PFS_COUNTS_DEATH: Final = True
PFS_COUNTS_INTRAOPERATIVE: Final = True
SAE_REPORT_HOURS: Final = 24
AE_AFTER_INTERVENTION_DAYS: Final = 30


def _a(code: str, value: object, title: str, reading: str, *, section: str, tag: str = "J") -> Assumption:
    return Assumption(code=code, title=title, value=_said(value), reading=reading, tag=tag, section=section)


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(str(part) for part in value)
        case _:
            return str(value)


RESPONSE: Final = (
    _a("PD_ABS_MM", PD_ABS_MM, N_("Absolute increase asked for progression, mm"),
       N_("The original mRECIST has no 5 mm rule; set 5 for the rule of RECIST 1.1."), section="1.2", tag="M/J"),
    _a("TOO_SMALL_MM", TOO_SMALL_MM, N_("Diameter of an enhancing lesion too small to measure, mm"),
       N_("The default of RECIST 1.1."), section="1.2", tag="V:S8"),
    _a("TARGET_MIN_MM", TARGET_MIN_MM, N_("Smallest viable diameter of a target lesion, mm"),
       N_("Longest diameter of the arterially enhancing part, at baseline; 10 itself qualifies."), section="1.1", tag="V:S5"),
    _a("TARGETS_PER_ORGAN", TARGETS_PER_ORGAN, N_("Most target lesions per organ"),
       N_("A further one is saved with a query and judged as non-target."), section="1.1", tag="V:S6"),
    _a("TARGETS_IN_ALL", TARGETS_IN_ALL, N_("Most target lesions in all"),
       N_("A further one is saved with a query and judged as non-target."), section="1.1", tag="V:S6"),
    _a("REAPPEAR_MIN_MM", REAPPEAR_MIN_MM, N_("Re-enhancement after complete response that is progression, mm"),
       N_("Mirrors the size asked of a new lesion; smaller is equivocal; set 0 for the strict reading."), section="1.6"),
    _a("NEW_LESION_MIN_MM", NEW_LESION_MIN_MM, N_("Smallest new intrahepatic nodule that is progression, mm"),
       N_("With typical pattern; smaller or atypical is equivocal until growth, pattern or biopsy decides."),
       section="1.4", tag="M"),
    _a("NODE_PORTA_HEPATIS_MM", NODE_PORTA_HEPATIS_MM, N_("Short axis of a malignant node at the porta hepatis, mm"),
       N_("At or above the value the node is malignant."), section="1.1", tag="V:S6"),
    _a("NODE_OTHER_MM", NODE_OTHER_MM, N_("Short axis of a malignant node elsewhere, mm"),
       N_("At or above the value the node is malignant."), section="1.1", tag="V:S6"),
    _a("NODE_CR_BELOW_MM", NODE_CR_BELOW_MM, N_("Short axis below which a node is in complete response, mm"),
       N_("The rule of RECIST 1.1."), section="1.2", tag="V:S8"),
    _a("SLICE_MAX_MM", SLICE_MAX_MM, N_("Thickest slice for which 10 mm is measurable, mm"),
       N_("Thicker slices ask for twice their thickness; the form is saved with a query."), section="1.1", tag="V:S8"),
    _a("EQUIVOCAL_REPEAT_MIN_DAYS", EQUIVOCAL_REPEAT_MIN_DAYS, N_("Earliest repeat of an equivocal scan, days"),
       N_("4 weeks; a confirmed finding is dated back to the scan that first showed it."), section="1.6"),
    _a("EQUIVOCAL_REPEAT_MAX_DAYS", EQUIVOCAL_REPEAT_MAX_DAYS, N_("Latest repeat of an equivocal scan, days"),
       N_("8 weeks."), section="1.6"),
    _a("IMG_MIN_DAYS", IMG_MIN_DAYS, N_("Shortest gap of the two scans, days"),
       N_("\"One month apart\" is read as at least 4 weeks, counted between the days of the scans."), section="2.2"),
    _a("IMG_MAX_DAYS", IMG_MAX_DAYS, N_("Longest gap of the two scans, days"),
       N_("A longer gap is a review by two persons, never a failure."), section="2.2"),
    _a("MARKER_MIN_DAYS", MARKER_MIN_DAYS, N_("Shortest gap of the two marker timepoints, days"),
       N_("From the later draw of the first to the earlier draw of the second timepoint."), section="2.2"),
    _a("MARKER_MAX_DAYS", MARKER_MAX_DAYS, N_("Longest gap of the two marker timepoints, days"),
       N_("A longer gap is a review by two persons, never a failure."), section="2.2"),
    _a("MARKER_SAME_DAY_DAYS", MARKER_SAME_DAY_DAYS, N_("Longest distance of AFP and PIVKA-II of one timepoint, days"),
       N_("Both markers belong to one timepoint when drawn at most so far apart."), section="2.2"),
    _a("PAIR_GAP_DAYS", PAIR_GAP_DAYS, N_("Longest distance of second scan and second markers, days"),
       N_("Exceeded, two persons review it."), section="2.2"),
    _a("MARKER_AGE_DAYS", MARKER_AGE_DAYS, N_("Oldest markers at randomization, days"),
       N_("Exceeded, two persons review it."), section="2.2"),
)

WINDOWS: Final = (
    _a("LAB_WINDOW_DAYS", LAB_WINDOW_DAYS, N_("Window of laboratory values, days"),
       N_("The latest valid value from so many days before randomization until randomization."), section="4"),
    _a("IMAGING_WINDOW_DAYS", IMAGING_WINDOW_DAYS, N_("Window of imaging, days"),
       N_("The latest imaging is at most so old at randomization."), section="4"),
    _a("ECG_WINDOW_DAYS", ECG_WINDOW_DAYS, N_("Window of the ECG, days"), N_("Counted back from randomization."), section="4"),
    _a("ECOG_WINDOW_DAYS", ECOG_WINDOW_DAYS, N_("Window of the ECOG status, days"),
       N_("Counted back from randomization."), section="4"),
    _a("VITALS_WINDOW_DAYS", VITALS_WINDOW_DAYS, N_("Window of the vital signs, days"),
       N_("Counted back from randomization."), section="4"),
    _a("CHILD_PUGH_WINDOW_DAYS", CHILD_PUGH_WINDOW_DAYS, N_("Window of the clinical Child-Pugh items, days"),
       N_("The same window as the laboratory values they are added to."), section="4"),
    _a("PREGNANCY_WINDOW_DAYS", PREGNANCY_WINDOW_DAYS, N_("Window of the pregnancy test, days"),
       N_("\"Within 7 days before enrollment\", read as before randomization; day 7 itself passes."), section="4", tag="V:seed"),
    _a("SURGEON_WINDOW_DAYS", SURGEON_WINDOW_DAYS, N_("Window of the present surgeons' evaluations, days"),
       N_("Both surgeons evaluate within so many days before randomization."), section="4"),
    _a("JUDGEMENT_WINDOW_DAYS", JUDGEMENT_WINDOW_DAYS, N_("Window of history and investigator's judgements, days"),
       N_("They are asked anew when older; the trial record gives no limit."), section="4"),
    _a("INITIAL_MARKER_WINDOW_DAYS", INITIAL_MARKER_WINDOW_DAYS, N_("Window of the markers before first treatment, days"),
       N_("Any value in this time before the first conversion treatment may reach the threshold."), section="4"),
    _a("CARDIOVASCULAR_MONTHS", CARDIOVASCULAR_MONTHS, N_("Look-back for cardiovascular events, calendar months"),
       N_("\"Within the first 12 months of the study\" is read as the 12 months before randomization."), section="4"),
)

READINGS: Final = (
    _a("COAGULATION_NCS_MAX_RATIO", COAGULATION_NCS_MAX_RATIO, N_("Largest coagulation deviation open to review, × ULN"),
       N_("\"Normal coagulation\" is read as within the laboratory's range; a deviation up to this ratio that the investigator "
          "holds not clinically significant is a review."), section="4"),
    _a("GROWTH_FACTOR_DAYS", GROWTH_FACTOR_DAYS, N_("Growth factor or transfusion before a blood count, days"),
       N_("Given within this time it is flagged, not refused."), section="4"),
    _a("ALBUMIN_INFUSION_DAYS", ALBUMIN_INFUSION_DAYS, N_("Albumin infusion before the albumin value, days"),
       N_("Given within this time it is flagged, not refused."), section="4"),
    _a("QTC_METHOD", QTC_METHOD, N_("Correction of the QT interval"),
       N_("The trial record names none; the mean of the tracings is used where repeated. Bazett is shown beside."), section="3.6"),
    _a("CHILD_PUGH_PREFERS_INR", CHILD_PUGH_PREFERS_INR, N_("Child-Pugh uses the INR where INR and PT both exist"),
       N_("Otherwise the seconds of prolongation are scored."), section="3.1"),
    _a("CHOLESTATIC_BILIRUBIN", CHOLESTATIC_BILIRUBIN, N_("Bilirubin variant of Child-Pugh for cholestatic disease"),
       N_("Off; if on, it holds only where the aetiology is cholestatic."), section="3.1"),
    _a("BEVACIZUMAB_PAUSE_DAYS", BEVACIZUMAB_PAUSE_DAYS, N_("Bevacizumab before randomization or surgery, days"),
       N_("A shorter pause is a soft check."), section="7"),
    _a("TKI_PAUSE_DAYS", TKI_PAUSE_DAYS, N_("Tyrosine kinase inhibitor before randomization or surgery, days"),
       N_("A shorter pause is a soft check."), section="7"),
)

RANDOMIZATION: Final = (
    _a("ALLOCATION_METHOD", ALLOCATION_METHOD, N_("Method of allocation"),
       N_("The registered title said randomized; permuted blocks per stratum, or minimisation, or assignment."), section="6"),
    _a("ARM_SHARES", ARM_SHARES, N_("Ratio of the arms, resection to watch and wait"),
       N_("The trial record lists one arm; two arms 1:1 are assumed, open label."), section="6"),
    _a("BLOCK_SIZES", BLOCK_SIZES, N_("Block sizes"),
       N_("Varied at random; size 2 would let the next allocation be guessed."), section="6"),
    _a("MINIMISATION_PROBABILITY", MINIMISATION_PROBABILITY, N_("Probability of the preferred arm under minimisation"),
       N_("Used only where minimisation is chosen."), section="6"),
    _a("STRATA_CODES", STRATA_CODES, N_("Stratification factors"),
       N_("Macrovascular invasion at diagnosis; arterial therapy with infusion or chemoembolization only."), section="6"),
    _a("EXPECTED_SUBJECTS", EXPECTED_SUBJECTS, N_("Expected number of subjects"),
       N_("The registered target; the registry later shows 74, so it is never a cap."), section="0", tag="V:seed"),
)

SCHEDULE: Final = (
    _a("IMAGING_VISIT_WINDOW_DAYS", IMAGING_VISIT_WINDOW_DAYS, N_("Window of the visits of months 1 to 12, ± days"),
       N_("No schedule is published; the same calendar in both arms, anchored on randomization."), section="7"),
    _a("LATE_VISIT_WINDOW_DAYS", LATE_VISIT_WINDOW_DAYS, N_("Window of the visits of months 15 to 21 and of contacts, ± days"),
       N_("No schedule is published."), section="7"),
    _a("FINAL_VISIT_AFTER_DAYS", FINAL_VISIT_AFTER_DAYS, N_("Window of the visit of month 24, days after its target"),
       N_("None before the target: censoring just short of 24 months would leave nobody at risk there."), section="7"),
    _a("SURGERY_WITHIN_DAYS", SURGERY_WITHIN_DAYS, N_("Days from randomization within which surgery is due"),
       N_("The trial record gives no deadline."), section="7"),
    _a("SURGERY_GRACE_DAYS", SURGERY_GRACE_DAYS, N_("Further days for surgery with a reason"),
       N_("Later is an important deviation."), section="7"),
    _a("POD30_WINDOW_DAYS", POD30_WINDOW_DAYS, N_("Window of the visit 30 days after surgery, ± days"),
       N_("Counted from the operation."), section="7"),
    _a("POD90_WINDOW_DAYS", POD90_WINDOW_DAYS, N_("Window of the visit 90 days after surgery, ± days"),
       N_("Counted from the operation."), section="7"),
    _a("SURVIVAL_CONTACT_MONTHS", SURVIVAL_CONTACT_MONTHS, N_("Months between survival contacts"),
       N_("After progression or withdrawal of treatment or visits, to the last subject's month 24."), section="7"),
    _a("EARLY_SCAN_AFTER_SURGERY_DAYS", EARLY_SCAN_AFTER_SURGERY_DAYS, N_("Scan so soon after surgery is flagged, days"),
       N_("Changes of the surgical bed may look like disease."), section="7"),
    _a("CONTACT_ATTEMPTS", CONTACT_ATTEMPTS, N_("Documented attempts before a subject is lost to follow-up"),
       N_("Reversible as soon as the subject is heard of."), section="7"),
    _a("CONTACT_KINDS", CONTACT_KINDS, N_("Different kinds of attempt among them"), N_("Such as phone and letter."), section="7"),
)

OUTCOMES: Final = (
    _a("PFS_COUNTS_DEATH", PFS_COUNTS_DEATH, N_("Death counts as an event of progression-free survival"),
       N_("The trial record is silent; time to progression is given as sensitivity analysis."), section="5.2"),
    _a("PFS_COUNTS_INTRAOPERATIVE", PFS_COUNTS_INTRAOPERATIVE, N_("Progression found at operation counts in both analyses"),
       N_("It can happen in one arm only, so the result without it stands beside."), section="5.3"),
    _a("SAE_REPORT_HOURS", SAE_REPORT_HOURS, N_("Hours from awareness to report of a serious adverse event"),
       N_("Operational rule where the protocol is silent."), section="8.6", tag="V:S45"),
    _a("AE_AFTER_INTERVENTION_DAYS", AE_AFTER_INTERVENTION_DAYS, N_("Adverse events after the last intervention, days"),
       N_("To month 24, or so many days after the last intervention of the protocol."), section="8.6"),
)

ASSUMPTIONS: Final = (*RESPONSE, *WINDOWS, *READINGS, *RANDOMIZATION, *SCHEDULE, *OUTCOMES)
