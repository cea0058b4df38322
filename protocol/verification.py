"""The plan of source data verification as the protocol asks for it, and how a sample is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from protocol.assumptions import VERIFIED_FIRST_SUBJECTS, VERIFIED_SAMPLE_PERCENT
from protocol.trial import TRIAL

FULL: Final = 100
# Known to everybody, and nobody's to choose: a form's own key, which nobody chooses either, decides with it. A higher
# rate keeps every form of a lower one, so a change of the plan never drops what was drawn before.
SEED: Final = f"{TRIAL.registration}/verification/1"

PROTOCOL_RATES: Final[Mapping[str, int]] = {
    crf.code: FULL if crf.critical else VERIFIED_SAMPLE_PERCENT for crf in TRIAL.crfs
}
PROTOCOL_FIRST_SUBJECTS: Final = VERIFIED_FIRST_SUBJECTS


def drawn(form: str) -> int:
    """Return a number from 0 to 99 for the key of a form: it is in the sample where this is below the rate."""
    return int.from_bytes(sha256(f"{SEED}{form}".encode()).digest()[:4]) % 100
