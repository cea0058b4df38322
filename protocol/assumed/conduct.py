"""How randomization, schedule, endpoints and safety are read."""

from __future__ import annotations

from typing import Final

from protocol.assumed.reading import assumed
from protocol.words import N_

RANDOMIZATION: Final = (
    assumed(
        "ALLOCATION_METHOD",
        N_("Method of allocation"),
        N_("The registered title said randomized; permuted blocks per stratum, or minimisation, or assignment."),
        "6",
    ),
    assumed(
        "ARM_SHARES",
        N_("Ratio of the arms, resection to watch and wait"),
        N_("The trial record lists one arm; two arms 1:1 are assumed, open label."),
        "6",
    ),
    assumed(
        "BLOCK_SIZES", N_("Block sizes"), N_("Varied at random; size 2 would let the next allocation be guessed."), "6"
    ),
    assumed(
        "MINIMISATION_PROBABILITY",
        N_("Probability of the preferred arm under minimisation"),
        N_("Used only where minimisation is chosen."),
        "6",
    ),
    assumed(
        "STRATA_CODES",
        N_("Stratification factors"),
        N_("Macrovascular invasion at diagnosis; arterial therapy with infusion or chemoembolization only."),
        "6",
    ),
    assumed(
        "EXPECTED_SUBJECTS",
        N_("Expected number of subjects"),
        N_("The registered target; the registry later shows 74, so it is never a cap."),
        "0",
        "V:seed",
    ),
)

SCHEDULE: Final = (
    assumed(
        "IMAGING_VISIT_WINDOW_DAYS",
        N_("Window of the visits of months 1 to 12, ± days"),
        N_("No schedule is published; the same calendar in both arms, anchored on randomization."),
        "7",
    ),
    assumed(
        "LATE_VISIT_WINDOW_DAYS",
        N_("Window of the visits of months 15 to 21 and of contacts, ± days"),
        N_("No schedule is published."),
        "7",
    ),
    assumed(
        "FINAL_VISIT_AFTER_DAYS",
        N_("Window of the visit of month 24, days after its target"),
        N_("None before the target: censoring just short of 24 months would leave nobody at risk there."),
        "7",
    ),
    assumed(
        "SURGERY_WITHIN_DAYS",
        N_("Days from randomization within which surgery is due"),
        N_("The trial record gives no deadline."),
        "7",
    ),
    assumed(
        "SURGERY_GRACE_DAYS", N_("Further days for surgery with a reason"), N_("Later is an important deviation."), "7"
    ),
    assumed(
        "POD30_WINDOW_DAYS",
        N_("Window of the visit 30 days after surgery, ± days"),
        N_("Counted from the operation."),
        "7",
    ),
    assumed(
        "POD90_WINDOW_DAYS",
        N_("Window of the visit 90 days after surgery, ± days"),
        N_("Counted from the operation."),
        "7",
    ),
    assumed(
        "SURVIVAL_CONTACT_MONTHS",
        N_("Months between survival contacts"),
        N_("After progression or withdrawal of treatment or visits, to the last subject's month 24."),
        "7",
    ),
    assumed(
        "EARLY_SCAN_AFTER_SURGERY_DAYS",
        N_("Scan so soon after surgery is flagged, days"),
        N_("Changes of the surgical bed may look like disease."),
        "7",
    ),
    assumed(
        "PATHOLOGY_WITHIN_DAYS",
        N_("Days from an operation within which its pathology report is entered"),
        N_(
            "The trial record names no day; past it the site is reminded every week. An exploration alone asks for none."
        ),
        "7",
    ),
    assumed(
        "CONTACT_ATTEMPTS",
        N_("Documented attempts before a subject is lost to follow-up"),
        N_("Reversible as soon as the subject is heard of."),
        "7",
    ),
    assumed("CONTACT_KINDS", N_("Different kinds of attempt among them"), N_("Such as phone and letter."), "7"),
)

OUTCOMES: Final = (
    assumed(
        "PFS_COUNTS_DEATH",
        N_("Death counts as an event of progression-free survival"),
        N_("The trial record is silent; time to progression is given as sensitivity analysis."),
        "5.2",
    ),
    assumed(
        "PFS_COUNTS_INTRAOPERATIVE",
        N_("Progression found at operation counts in both analyses"),
        N_("It can happen in one arm only, so the result without it stands beside."),
        "5.3",
    ),
    assumed(
        "SAE_REPORT_HOURS",
        N_("Hours from awareness to report of a serious adverse event"),
        N_("Operational rule where the protocol is silent."),
        "8.6",
        "V:S45",
    ),
    assumed(
        "AE_AFTER_INTERVENTION_DAYS",
        N_("Adverse events after the last intervention, days"),
        N_("To month 24, or so many days after the last intervention of the protocol."),
        "8.6",
    ),
)

PAPERS: Final = (
    assumed(
        "RECONSENT_DAYS",
        N_("Days in which a new version of the consent form is signed again"),
        N_("Proposed where a version is added; the ethics committee's letter may name another day."),
        "8.7",
    ),
    assumed(
        "ACCESS_REVIEW_DAYS",
        N_("Days between two reviews of who has access at a site"),
        N_("E6(R3) 4.3.8 asks for a periodic review and names no period; read as twice a year."),
        "8.2",
    ),
)

VERIFICATION: Final = (
    assumed(
        "VERIFIED_SAMPLE_PERCENT",
        N_("Share of forms verified where not every form is, in percent"),
        N_("Forms of eligibility, endpoint, randomization and safety are verified in full; of the others a sample."),
        "8.7",
    ),
    assumed(
        "VERIFIED_FIRST_SUBJECTS",
        N_("First subjects of a site of whom every form is verified"),
        N_("What a site misunderstands shows in its first subjects; no plan of monitoring is published."),
        "8.7",
    ),
)

PERSON: Final = (
    assumed(
        "BIRTH_DATE",
        N_("How much of the date of birth is kept: day, month or year"),
        N_("The day only where the ethics approval names it; more than the setting allows is refused."),
        "8.5",
    ),
    assumed(
        "INITIALS",
        N_("The subject's initials are collected"),
        N_("Off: the number is enough, and initials of a Chinese name tell much; where on, two to four letters."),
        "8.5",
    ),
)
