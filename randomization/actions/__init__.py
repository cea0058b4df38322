"""Every change of randomization, one verb each, bound by the door."""

from randomization.actions.allocating import randomize, record_refused_attempt
from randomization.actions.lists import ask_opening, end_list, make_list, open_list

__all__ = [
    "ask_opening",
    "end_list",
    "make_list",
    "open_list",
    "randomize",
    "record_refused_attempt",
]
