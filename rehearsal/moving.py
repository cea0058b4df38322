"""A subject who consented at one hospital and goes on at the other: asked for, taken over, the new consent still to come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from casebook.actions import accept_transfer, ask_transfer
from protocol.roles import Role
from rehearsal.cast import Cast
from rehearsal.fates import Dealt
from rehearsal.walk import Walk

FATE, FROM, TO = "consented", "01", "02"
WHY = "Moved to the other city; the treatment goes on there."


def move(cast: Cast, walked: Sequence[tuple[Dealt, Walk]], *, at: datetime) -> None:
    """Let the second site take over the first subject that has only consented at the first one."""
    here = next((walk for dealt, walk in walked if (dealt.fate.name, dealt.course.site) == (FATE, FROM)), None)
    if here is None:
        return
    asks, accepts = (cast.one(Role.PRINCIPAL_INVESTIGATOR, code) for code in (FROM, TO))
    asked = ask_transfer(here.subject, by=asks, at=at - timedelta(hours=2), to_site=cast.sites[TO], reason=WHY)
    accept_transfer(asked, by=accepts, at=at)
