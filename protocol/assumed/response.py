"""How tumour response and clinical complete response are read."""

from __future__ import annotations

from typing import Final

from protocol.assumed.reading import assumed
from protocol.words import N_

RESPONSE: Final = (
    assumed(
        "PD_ABS_MM",
        N_("Absolute increase asked for progression, mm"),
        N_("The original mRECIST has no 5 mm rule; set 5 for the rule of RECIST 1.1."),
        "1.2",
        "M/J",
    ),
    assumed(
        "TOO_SMALL_MM",
        N_("Diameter of an enhancing lesion too small to measure, mm"),
        N_("The default of RECIST 1.1."),
        "1.2",
        "V:S8",
    ),
    assumed(
        "TARGET_MIN_MM",
        N_("Smallest viable diameter of a target lesion, mm"),
        N_("Longest diameter of the arterially enhancing part, at baseline; 10 itself qualifies."),
        "1.1",
        "V:S5",
    ),
    assumed(
        "TARGETS_PER_ORGAN",
        N_("Most target lesions per organ"),
        N_("A further one is saved with a query and judged as non-target."),
        "1.1",
        "V:S6",
    ),
    assumed(
        "TARGETS_IN_ALL",
        N_("Most target lesions in all"),
        N_("A further one is saved with a query and judged as non-target."),
        "1.1",
        "V:S6",
    ),
    assumed(
        "REAPPEAR_MIN_MM",
        N_("Re-enhancement after complete response that is progression, mm"),
        N_("Mirrors the size asked of a new lesion; smaller is equivocal; set 0 for the strict reading."),
        "1.6",
    ),
    assumed(
        "NEW_LESION_MIN_MM",
        N_("Smallest new intrahepatic nodule that is progression, mm"),
        N_("With typical pattern; smaller or atypical is equivocal until growth, pattern or biopsy decides."),
        "1.4",
        "M",
    ),
    assumed(
        "NODE_PORTA_HEPATIS_MM",
        N_("Short axis of a malignant node at the porta hepatis, mm"),
        N_("At or above the value the node is malignant."),
        "1.1",
        "V:S6",
    ),
    assumed(
        "NODE_OTHER_MM",
        N_("Short axis of a malignant node elsewhere, mm"),
        N_("At or above the value the node is malignant."),
        "1.1",
        "V:S6",
    ),
    assumed(
        "NODE_CR_BELOW_MM",
        N_("Short axis below which a node is in complete response, mm"),
        N_("The rule of RECIST 1.1."),
        "1.2",
        "V:S8",
    ),
    assumed(
        "SLICE_MAX_MM",
        N_("Thickest slice for which 10 mm is measurable, mm"),
        N_("Thicker slices ask for twice their thickness; the form is saved with a query."),
        "1.1",
        "V:S8",
    ),
    assumed(
        "EQUIVOCAL_REPEAT_MIN_DAYS",
        N_("Earliest repeat of an equivocal scan, days"),
        N_("4 weeks; a confirmed finding is dated back to the scan that first showed it."),
        "1.6",
    ),
    assumed("EQUIVOCAL_REPEAT_MAX_DAYS", N_("Latest repeat of an equivocal scan, days"), N_("8 weeks."), "1.6"),
    assumed(
        "IMG_MIN_DAYS",
        N_("Shortest gap of the two scans, days"),
        N_('"One month apart" is read as at least 4 weeks, counted between the days of the scans.'),
        "2.2",
    ),
    assumed(
        "IMG_MAX_DAYS",
        N_("Longest gap of the two scans, days"),
        N_("A longer gap is a review by two persons, never a failure."),
        "2.2",
    ),
    assumed(
        "MARKER_MIN_DAYS",
        N_("Shortest gap of the two marker timepoints, days"),
        N_("From the later draw of the first to the earlier draw of the second timepoint."),
        "2.2",
    ),
    assumed(
        "MARKER_MAX_DAYS",
        N_("Longest gap of the two marker timepoints, days"),
        N_("A longer gap is a review by two persons, never a failure."),
        "2.2",
    ),
    assumed(
        "MARKER_SAME_DAY_DAYS",
        N_("Longest distance of AFP and PIVKA-II of one timepoint, days"),
        N_("Both markers belong to one timepoint when drawn at most so far apart."),
        "2.2",
    ),
    assumed(
        "PAIR_GAP_DAYS",
        N_("Longest distance of second scan and second markers, days"),
        N_("Exceeded, two persons review it."),
        "2.2",
    ),
    assumed(
        "MARKER_AGE_DAYS", N_("Oldest markers at randomization, days"), N_("Exceeded, two persons review it."), "2.2"
    ),
)
