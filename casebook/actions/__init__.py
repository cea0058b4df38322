"""Every change of the casebook, one verb each, bound by the door."""

from casebook.actions.drafts import keep_draft
from casebook.actions.judging import Invalid
from casebook.actions.merging import Clash, Conflict
from casebook.actions.saving import Saved, import_form, mark_not_done, save_form
from casebook.actions.subjects import add_form, add_subject, add_visit, advance

__all__ = [
    "Clash",
    "Conflict",
    "Invalid",
    "Saved",
    "add_form",
    "add_subject",
    "add_visit",
    "advance",
    "import_form",
    "keep_draft",
    "mark_not_done",
    "save_form",
]
