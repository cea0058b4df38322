"""Rules over signs of relapse and deviations: they follow from answers; a person settles and explains them."""

from __future__ import annotations

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import Subject
from casebook.rules.wording import may_say
from followup.models import Deviation, RelapseSign
from protocol.words import N_
from randomization.selectors import may_see_arm

SETTLED = N_("This sign of relapse is settled already.")
WHY_SETTLED = N_("Say why no imaging is needed, or what it showed.")
FALLEN = N_("This deviation has fallen: what caused it was corrected.")
WHY_DEVIATED = N_("Say what caused the deviation.")


def may_follow_record(user: User, subject: Subject) -> Decision:
    """Whether signs and deviations may follow the record. Who may change the record, the rule of the change says."""
    if subject.site_id not in user.site_ids():
        return no(N_("Subject %(subject)s is not at one of your sites."), subject=subject.number)
    return YES


def may_resolve_sign(user: User, sign: RelapseSign, *, reason: str = "words") -> Decision:
    """Whether the user may settle a sign of relapse with a reason: an investigator of its site."""
    if not (decision := may(user, Permission.CAUSALITY_ASSESS, sign.site)):
        return decision
    if sign.closed_at is not None:
        return no(SETTLED)
    return may_say(reason, otherwise=WHY_SETTLED)


def may_explain_deviation(user: User, deviation: Deviation, *, cause: str = "words", action: str = "") -> Decision:
    """Whether the user may say what caused a deviation and what was done: whoever enters forms at its site."""
    if not (decision := may(user, Permission.FORM_ENTER, deviation.site)):
        return decision
    if deviation.reveals_arm and not may_see_arm(user, deviation.site):
        return no(N_("This deviation tells the arm, which your role does not see."))
    if deviation.closed_at is not None:
        return no(FALLEN)
    if not (decision := may_say(cause, otherwise=WHY_DEVIATED)):
        return decision
    return may_say(action or "words", otherwise=WHY_DEVIATED)
