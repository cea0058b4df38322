"""Every change of eligibility, one verb each; and the judging, which recomputes what is derived."""

from eligibility.actions.deciding import confirm_response, determine, resolve_review, revoke_determination
from eligibility.actions.judging import follow_reference, rejudge, rejudge_subjects
from eligibility.actions.leaving import declare_screen_failure
from eligibility.actions.passing import pass_gate

__all__ = [
    "confirm_response",
    "declare_screen_failure",
    "determine",
    "follow_reference",
    "pass_gate",
    "rejudge",
    "rejudge_subjects",
    "resolve_review",
    "revoke_determination",
]
