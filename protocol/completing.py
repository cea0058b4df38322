"""Which of the scans and draws that are missing can complete the response, and which only begin a new pair."""

from __future__ import annotations

from typing import Final

from protocol.imaging import SCAN_ALONE, SCAN_LATE
from protocol.language import Verdict
from protocol.marker_runs import MARKER_ALONE, MARKER_LATE
from protocol.record import Judgement, Need
from protocol.response import SCAN_OLD
from protocol.words import messages_of

# What asks for a further point of a run that holds already, although no last day is said for it: by form.
GOES_ON: Final = {SCAN_ALONE: "TA", SCAN_LATE: "TA", SCAN_OLD: "TA", MARKER_ALONE: "MK", MARKER_LATE: "MK"}


def completes(need: Need, judgement: Judgement) -> bool:
    """Whether this scan or draw can complete the response, and is not the first of a new pair."""
    if need.not_after is not None or judgement.verdict is Verdict.REVIEW:
        return True
    return need.crf in {GOES_ON.get(message) for message in messages_of(judgement.reason)}
