"""Every assumption with its reading, in the order a reader meets them."""

from __future__ import annotations

from typing import Final

from protocol.assumed.conduct import OUTCOMES, PAPERS, PERSON, RANDOMIZATION, SCHEDULE, VERIFICATION
from protocol.assumed.eligibility import READINGS, WINDOWS
from protocol.assumed.response import RESPONSE

ASSUMPTIONS: Final = (
    *RESPONSE,
    *WINDOWS,
    *READINGS,
    *RANDOMIZATION,
    *SCHEDULE,
    *OUTCOMES,
    *PERSON,
    *PAPERS,
    *VERIFICATION,
)
