"""Reads of follow-up: visits in sight, what is due, and the overdue board. Never one query a row."""

from followup.selectors.board import visit_board
from followup.selectors.visits import Chosen, next_visits, visits_in, visits_of

__all__ = ["Chosen", "next_visits", "visit_board", "visits_in", "visits_of"]
