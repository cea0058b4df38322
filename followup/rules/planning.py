"""Rules over the planning of visits: it follows from what others were allowed to do."""

from __future__ import annotations

from accounts.models import User
from audit.decision import YES, Decision, no
from casebook.models import Subject
from protocol.words import N_
from randomization.models import Allocation


def may_plan(user: User, allocation: Allocation) -> Decision:
    """Whether the visits of this allocation may be planned. Who may cause it, the rule of the allocation says."""
    return may_replan(user, allocation.subject)


def may_replan(user: User, subject: Subject) -> Decision:
    """Whether the visits may follow the casebook. Who may cause it, the rule of the change says."""
    if subject.site_id not in user.site_ids():
        return no(N_("Subject %(subject)s is not at one of your sites."), subject=subject.number)
    return YES
