"""The two arms and the stratification factors."""

from __future__ import annotations

from typing import Final

from protocol.assumptions import ARM_SHARES, STRATA_CODES
from protocol.language import NO, YES, Arm, Code, Stratum
from protocol.words import N_

RESECTION: Final = "RESECT"
WATCH_AND_WAIT: Final = "WW"

ARMS: Final = (
    Arm(code=RESECTION, title=N_("Liver resection"), share=ARM_SHARES[0], source="NCT05349331, arms"),
    Arm(code=WATCH_AND_WAIT, title=N_("Watch and wait"), share=ARM_SHARES[1], source="NCT05349331, title"),
)

STRATA: Final = (
    Stratum(
        code=STRATA_CODES[0],
        title=N_("Macrovascular invasion at diagnosis"),
        derivation="stratum_macrovascular_invasion",
        levels=(YES, NO),
        source="Assumption STRATA_CODES",
    ),
    Stratum(
        code=STRATA_CODES[1],
        title=N_("Arterial therapy of the conversion treatment"),
        derivation="stratum_arterial_therapy",
        levels=(
            Code("haic", N_("With arterial infusion chemotherapy (HAIC)")),
            Code("tace", N_("Chemoembolization (TACE) only")),
        ),
        source="Assumption STRATA_CODES",
    ),
)
