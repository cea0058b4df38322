"""Who may do what in the casebook, and when; every refusal is a sentence that says what to do."""

from casebook.rules.forms import may_add_form, may_complete, may_mark_not_done, may_save
from casebook.rules.subjects import may_add_subject, may_add_visit, may_advance

__all__ = [
    "may_add_form",
    "may_add_subject",
    "may_add_visit",
    "may_advance",
    "may_complete",
    "may_mark_not_done",
    "may_save",
]
