"""Reads for eligibility: the board, subjects judged now, and what stands of signatures."""

from eligibility.selectors.board import (
    Cell,
    Chosen,
    candidates,
    cells_of,
    lapsed_subjects,
    readable_sites,
    tally,
    visible_candidates,
)
from eligibility.selectors.judged import Judged, Review, judged_many, judged_of
from eligibility.selectors.standing import (
    State,
    altered_since_passage,
    latest_confirmation,
    passage_of,
    standing_determination,
    states_of,
)
from eligibility.selectors.waiting import waiting_at_gate

__all__ = [
    "Cell",
    "Chosen",
    "Judged",
    "Review",
    "State",
    "altered_since_passage",
    "candidates",
    "cells_of",
    "judged_many",
    "judged_of",
    "lapsed_subjects",
    "latest_confirmation",
    "passage_of",
    "readable_sites",
    "standing_determination",
    "states_of",
    "tally",
    "visible_candidates",
    "waiting_at_gate",
]
