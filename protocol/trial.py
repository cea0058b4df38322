"""The trial: binds the definitions of every released version. Change a definition, and the fingerprint tells."""

from __future__ import annotations

from typing import Final

from protocol.arms import ARMS, STRATA
from protocol.assumed import ASSUMPTIONS
from protocol.crfs import CRFS
from protocol.language import Criterion, Trial
from protocol.schedule import VISITS
from protocol.units import FACTORS
from protocol.words import N_

try:
    from protocol.criteria import CRITERIA
except ImportError:
    CRITERIA: tuple[Criterion, ...] = ()  # type: ignore[no-redef]

TRIAL: Final = Trial(
    registration="NCT05349331",
    short_name=N_("Watch and wait or resection"),
    title=N_(
        "Watch and Wait Versus Surgical Treatment for Clinical Complete Responders After Non-Curative Therapy "
        "for Hepatocellular Carcinoma"
    ),
    version="1.0",
    crfs=CRFS,
    criteria=CRITERIA,
    visits=VISITS,
    arms=ARMS,
    strata=STRATA,
    assumptions=ASSUMPTIONS,
    settings=tuple(
        (f"{analyte or 'length'}: {unit_to} per {unit_from}", str(factor))
        for (analyte, unit_from, unit_to), factor in FACTORS.items()
    ),
)

# Every released version, oldest first. A released version is never edited: an amendment adds one.
TRIALS: Final = (TRIAL,)
