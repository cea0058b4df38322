"""Rules for eligibility: who reads the board, and who may have everything judged anew."""

from __future__ import annotations

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from protocol.words import N_


def may_read_eligibility(user: User, site: Site | None = None) -> Decision:
    """Whether the user may read verdicts: at this site, or at any where none is named."""
    if site is not None:
        return may(user, Permission.ELIGIBILITY_READ, site)
    if user.is_active and user.holds_anywhere(Permission.ELIGIBILITY_READ):
        return YES
    return no(N_("Your role does not include this: read the eligibility board. Ask an administrator if it should."))
