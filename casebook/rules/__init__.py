"""Who may do what in the casebook, and when; every refusal is a sentence that says what to do."""

from casebook.rules.forms import may_add_by_task, may_add_form, may_add_logs, may_complete, may_mark_not_done, may_save
from casebook.rules.locking import may_lock, may_unlock
from casebook.rules.marks import may_sign
from casebook.rules.queries import (
    may_answer_query,
    may_cancel_query,
    may_close_query,
    may_open_query,
    may_reopen_query,
)
from casebook.rules.subjects import may_add_subject, may_add_visit, may_advance
from casebook.rules.verifying import may_review, may_verify

__all__ = [
    "may_add_by_task",
    "may_add_form",
    "may_add_logs",
    "may_add_subject",
    "may_add_visit",
    "may_advance",
    "may_answer_query",
    "may_cancel_query",
    "may_close_query",
    "may_complete",
    "may_lock",
    "may_mark_not_done",
    "may_open_query",
    "may_reopen_query",
    "may_review",
    "may_save",
    "may_sign",
    "may_unlock",
    "may_verify",
]
