"""The trial: binds the definitions of every released version. Change a definition, and the fingerprint tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from protocol.arms import ARMS, STRATA
from protocol.assumed import ASSUMPTIONS
from protocol.crfs import CRFS
from protocol.criteria import CRITERIA
from protocol.language import Trial
from protocol.limits import limits
from protocol.schedule import VISITS
from protocol.units import FACTORS
from protocol.words import N_


def _factors() -> Iterator[tuple[str, str]]:
    for (analyte, unit_from, unit_to), factor in FACTORS.items():
        yield f"{analyte or 'length'}: {unit_to} per {unit_from}", str(factor)


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
    settings=(*limits(), *_factors()),
)

# The day the trial began, by its registration: nobody was assessed for it before.
BEGAN_ON: Final = date(2022, 5, 5)

# Every released version, oldest first. A released version is never edited: an amendment adds one.
TRIALS: Final = (TRIAL,)
