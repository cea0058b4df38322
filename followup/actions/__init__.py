"""Every change of follow-up, one verb each, bound by the door."""

from followup.actions.planning import plan_visits, replan
from followup.actions.visits import add_unscheduled, correct_attendance, mark_missed, record_attendance

__all__ = ["add_unscheduled", "correct_attendance", "mark_missed", "plan_visits", "record_attendance", "replan"]
