"""Every change of the casebook, one verb each, bound by the door."""

from casebook.actions.consents import add_consent_form, correct_consent_form, withdraw_consent_form
from casebook.actions.drafts import discard_draft, keep_draft
from casebook.actions.judging import Invalid
from casebook.actions.locking import ask_unlock, confirm_unlock, lock, unlock, withdraw_unlock
from casebook.actions.marks import sign_form
from casebook.actions.queries import (
    answer_query,
    ask_for_form,
    assign_query,
    cancel_query,
    close_query,
    comment,
    open_query,
    reopen_query,
)
from casebook.actions.reference import (
    add_conversion,
    add_laboratory,
    confirm_range,
    correct_range,
    propose_range,
    withdraw_conversion,
    withdraw_range,
)
from casebook.actions.saving import Saved, import_form, mark_not_done, save_form
from casebook.actions.subjects import add_form, add_subject, add_visit, advance, begin_form, expect_forms
from casebook.actions.transferring import accept_transfer, ask_transfer, cancel_transfer, decline_transfer
from casebook.actions.verifying import review_form, set_verification_plan, unverify, verify_items
from casebook.rules.merging import Clash, Conflict

__all__ = [
    "Clash",
    "Conflict",
    "Invalid",
    "Saved",
    "accept_transfer",
    "add_consent_form",
    "add_conversion",
    "add_form",
    "add_laboratory",
    "add_subject",
    "add_visit",
    "advance",
    "answer_query",
    "ask_for_form",
    "ask_transfer",
    "ask_unlock",
    "assign_query",
    "begin_form",
    "cancel_query",
    "cancel_transfer",
    "close_query",
    "comment",
    "confirm_range",
    "confirm_unlock",
    "correct_consent_form",
    "correct_range",
    "decline_transfer",
    "discard_draft",
    "expect_forms",
    "import_form",
    "keep_draft",
    "lock",
    "mark_not_done",
    "open_query",
    "propose_range",
    "reopen_query",
    "review_form",
    "save_form",
    "set_verification_plan",
    "sign_form",
    "unlock",
    "unverify",
    "verify_items",
    "withdraw_consent_form",
    "withdraw_conversion",
    "withdraw_range",
    "withdraw_unlock",
]
