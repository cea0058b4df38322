"""Rules of eligibility: the gate, and who may sign what on the way to it."""

from eligibility.rules.deciding import (
    may_confirm_response,
    may_determine,
    may_resolve_review,
    may_revoke_determination,
)
from eligibility.rules.gate import gate, may_pass_gate
from eligibility.rules.leaving import may_declare_screen_failure

__all__ = [
    "gate",
    "may_confirm_response",
    "may_declare_screen_failure",
    "may_determine",
    "may_pass_gate",
    "may_resolve_review",
    "may_revoke_determination",
]
