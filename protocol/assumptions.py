"""Every setting the trial record leaves open, as a named constant for the code.

The name of a constant is the code of its assumption; `protocol.assumed` gives each its reading, and
`docs/assumptions.md` lists them all. Nothing here is a hidden default.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

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
PATHOLOGY_WITHIN_DAYS: Final = 30
CONTACT_ATTEMPTS: Final = 3
CONTACT_KINDS: Final = 2

# Endpoints and safety
PFS_COUNTS_DEATH: Final = True
PFS_COUNTS_INTRAOPERATIVE: Final = True
SAE_REPORT_HOURS: Final = 24
AE_AFTER_INTERVENTION_DAYS: Final = 30

# What is kept of the person
BIRTH_DATE: Final = "day"  # or "month" or "year"
INITIALS: Final = False

# Papers of a site
RECONSENT_DAYS: Final = 30
ACCESS_REVIEW_DAYS: Final = 180

# Source data verification
VERIFIED_SAMPLE_PERCENT: Final = 20
VERIFIED_FIRST_SUBJECTS: Final = 2
