"""Code lists of adverse events and deviations. A stored value is never renamed; its words may be mended."""

from __future__ import annotations

from protocol.codelists import codes
from protocol.language import CodeList
from protocol.words import N_

TRIAL_LIST = "Trial list, edition 1"
E2A = "ICH E2A, 1994"

RELATED = CodeList(
    "related",
    codes(
        ("not related", N_("Not related")),
        ("possible", N_("Possible")),
        ("probable", N_("Probable")),
        ("definite", N_("Definite")),
        ("not applicable", N_("Not applicable: none was given")),
    ),
    "WHO-UMC causality categories; trial list, edition 1",
)

EVENT_ACTION = CodeList(
    "event-action",
    codes(
        ("none", N_("None")),
        ("drug changed", N_("A drug was changed or stopped")),
        ("treatment", N_("Treatment was given")),
        ("hospital", N_("Hospital admission")),
        ("other", N_("Another action")),
    ),
    TRIAL_LIST,
)

EVENT_OUTCOME = CodeList(
    "event-outcome",
    codes(
        ("recovered", N_("Recovered")),
        ("recovering", N_("Recovering")),
        ("not recovered", N_("Not recovered")),
        ("sequelae", N_("Recovered with sequelae")),
        ("fatal", N_("Fatal")),
        ("unknown", N_("Not known")),
    ),
    "CDISC CT 2025-03-25 C66768",
)

SERIOUSNESS = CodeList(
    "seriousness",
    codes(
        ("death", N_("Death")),
        ("life-threatening", N_("Life-threatening")),
        ("hospitalisation", N_("Hospital admission or a longer stay")),
        ("disability", N_("Lasting disability")),
        ("anomaly", N_("Congenital anomaly")),
        ("other", N_("Otherwise medically important")),
    ),
    E2A,
)

EXPECTEDNESS = CodeList(
    "expectedness",
    codes(
        ("expected", N_("Expected")),
        ("unexpected", N_("Unexpected")),
        ("not assessed", N_("Not assessed yet")),
    ),
    E2A,
)

DEVIATION_CATEGORY = CodeList(
    "deviation-category",
    codes(
        ("window", N_("Visit outside its window")),
        ("assessment", N_("Assessment missing or done otherwise")),
        ("eligibility", N_("Eligibility")),
        ("consent", N_("Consent")),
        ("treatment", N_("Treatment")),
        ("other", N_("Another")),
    ),
    TRIAL_LIST,
)

DEVIATION_SEVERITY = CodeList(
    "deviation-severity",
    codes(
        ("minor", N_("Minor")),
        ("important", N_("Important: may affect safety, rights or the data's reliability")),
    ),
    "ICH E3 Q&A R1, 2012; ICH E6(R3)",
)

PREGNANCY_OUTCOME = CodeList(
    "pregnancy-outcome",
    codes(
        ("ongoing", N_("Still pregnant")),
        ("live birth", N_("Live birth")),
        ("stillbirth", N_("Stillbirth")),
        ("miscarriage", N_("Miscarriage")),
        ("termination", N_("Termination")),
        ("unknown", N_("Not known")),
    ),
    TRIAL_LIST,
)

PREGNANT_PERSON = CodeList(
    "pregnant-person", codes(("subject", N_("The subject")), ("partner", N_("The subject's partner"))), TRIAL_LIST
)

INFANT = CodeList(
    "infant",
    codes(("healthy", N_("Healthy")), ("anomaly", N_("Congenital anomaly")), ("other", N_("Another finding"))),
    TRIAL_LIST,
)
