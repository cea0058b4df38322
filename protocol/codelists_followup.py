"""Code lists of visits, further therapy and the end of the study. A stored value is never renamed."""

from __future__ import annotations

from protocol.codelists import codes
from protocol.language import CodeList
from protocol.words import N_

TRIAL_LIST = "Trial list, edition 1"

CONTACT = CodeList(
    "contact",
    codes(("clinic", N_("At the clinic")), ("phone", N_("By phone")), ("other", N_("Otherwise"))),
    TRIAL_LIST,
)

NEW_THERAPY = CodeList(
    "new-therapy",
    codes(
        ("systemic", N_("Systemic chemotherapy")),
        ("targeted", N_("Targeted therapy")),
        ("immunotherapy", N_("Immunotherapy")),
        ("arterial", N_("Arterial therapy (TACE, HAIC)")),
        ("ablation", N_("Ablation")),
        ("radiotherapy", N_("Radiotherapy")),
        ("resection", N_("Resection")),
        ("transplant", N_("Transplantation")),
        ("other", N_("Another treatment")),
    ),
    TRIAL_LIST,
)

THERAPY_REASON = CodeList(
    "therapy-reason",
    codes(
        ("progression", N_("Progression or relapse")),
        ("maintenance", N_("Maintenance")),
        ("adjuvant", N_("Adjuvant, after resection")),
        ("crossover", N_("Crossover to the other arm's treatment")),
        ("other", N_("Another reason")),
    ),
    TRIAL_LIST,
)

SURVIVAL = CodeList(
    "survival",
    codes(("alive", N_("Alive")), ("dead", N_("Dead")), ("not reached", N_("Not reached"))),
    "CDISC CT 2025-03-25 C124304; trial list, edition 1",
)

SURVIVAL_SOURCE = CodeList(
    "survival-source",
    codes(
        ("visit", N_("Visit")),
        ("phone", N_("Phone")),
        ("letter", N_("Letter")),
        ("record", N_("Hospital record")),
        ("register", N_("Public register")),
    ),
    TRIAL_LIST,
)

WITHDRAWN_OF = CodeList(
    "withdrawn-of",
    codes(
        ("treatment", N_("The treatment of the study; visits go on")),
        ("visits", N_("The visits; survival may still be asked for")),
        ("consent", N_("Consent: no further contact")),
    ),
    "ICH E6(R3)",
)

WITHDRAWN_BY = CodeList(
    "withdrawn-by",
    codes(("subject", N_("The subject")), ("investigator", N_("The investigator"))),
    TRIAL_LIST,
)

DEATH_CAUSE = CodeList(
    "death-cause",
    codes(
        ("hcc", N_("Hepatocellular carcinoma")),
        ("liver failure", N_("Liver failure")),
        ("surgery", N_("Complication of surgery")),
        ("treatment", N_("Complication of another treatment")),
        ("other", N_("Another cause")),
        ("unknown", N_("Not known")),
    ),
    TRIAL_LIST,
)

DEATH_SOURCE = CodeList(
    "death-source",
    codes(
        ("certificate", N_("Death certificate")),
        ("record", N_("Hospital record")),
        ("relative", N_("Relative")),
        ("register", N_("Public register")),
    ),
    TRIAL_LIST,
)

END_OF_STUDY = CodeList(
    "end-of-study",
    codes(
        ("completed", N_("Completed month 24")),
        ("death", N_("Death")),
        ("lost", N_("Lost to follow-up")),
        ("consent withdrawn", N_("Consent withdrawn")),
        ("physician", N_("The physician's decision")),
        ("other", N_("Another reason")),
    ),
    "CDISC CT 2025-03-25 C66727; trial list, edition 1",
)

ATTEMPT = CodeList(
    "attempt",
    codes(
        ("phone", N_("Phone")),
        ("letter", N_("Letter")),
        ("visit", N_("Visit at home")),
        ("relative", N_("Through a relative")),
    ),
    TRIAL_LIST,
)
