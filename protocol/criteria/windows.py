"""How far back the answers of each criterion may lie: said once more for people, and held against the judges by a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from protocol.assumptions import (
    CHILD_PUGH_WINDOW_DAYS,
    ECG_WINDOW_DAYS,
    ECOG_WINDOW_DAYS,
    IMAGING_WINDOW_DAYS,
    INITIAL_MARKER_WINDOW_DAYS,
    JUDGEMENT_WINDOW_DAYS,
    LAB_WINDOW_DAYS,
    MARKER_AGE_DAYS,
    PREGNANCY_WINDOW_DAYS,
    SURGEON_WINDOW_DAYS,
)

_DAYS: Final[Mapping[str, int]] = {
    "HE": LAB_WINDOW_DAYS,
    "CH": LAB_WINDOW_DAYS,
    "CO": LAB_WINDOW_DAYS,
    "CP": CHILD_PUGH_WINDOW_DAYS,
    "VS": ECOG_WINDOW_DAYS,
    "EG": ECG_WINDOW_DAYS,
    "PG": PREGNANCY_WINDOW_DAYS,
    "MH": JUDGEMENT_WINDOW_DAYS,
    "IJ": JUDGEMENT_WINDOW_DAYS,
    "SU": SURGEON_WINDOW_DAYS,
    "TA": IMAGING_WINDOW_DAYS,
    "MK": MARKER_AGE_DAYS,
}
# What was before the first treatment has no window before randomization.
_WITHOUT: Final = frozenset({"I01", "I02a", "I02b", "I02c", "I03", "I04", "I14"})
BEFORE_TREATMENT: Final[Mapping[str, int]] = {"I03": INITIAL_MARKER_WINDOW_DAYS}


def window_days(code: str, crf: str) -> int | None:
    """Return how many days before the judged day an answer of this CRF may lie for this criterion; None: any time."""
    return None if code in _WITHOUT else _DAYS.get(crf)
