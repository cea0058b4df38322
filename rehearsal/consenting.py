"""A second version of the consent form at both sites: who was randomized signs it again, all but one in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from audit.door import as_actor
from casebook.actions.consents import add_consent_form
from casebook.selectors.consents import owed_at
from casebook.states import Reconsent
from protocol.roles import Role
from rehearsal import answers
from rehearsal.cast import Cast
from rehearsal.walk import Walk, enter

SECOND_VERSION = "1.1"
APPROVED_DAYS_AGO, EFFECTIVE_DAYS_AGO, SIGNED_DAYS_AGO = 45, 24, 15
DAYS_LEFT = {"01": 10, "02": -4}  # to sign again; at 02 the day has passed


def add_versions(cast: Cast, *, at: datetime) -> None:
    """Let each investigator add the version of which a paragraph on the storage of serum is new."""
    for code, left in DAYS_LEFT.items():
        today = at.astimezone(cast.sites[code].zone).date()
        add_consent_form(
            cast.sites[code],
            by=cast.one(Role.PRINCIPAL_INVESTIGATOR, code),
            at=at,
            version=SECOND_VERSION,
            approved_on=today - timedelta(days=APPROVED_DAYS_AGO),
            effective_on=today - timedelta(days=EFFECTIVE_DAYS_AGO),
            note="New paragraph on the storage of serum.",
            reconsent=Reconsent.AFTER,
            reconsent_by=today + timedelta(days=left),
        )


def sign_again(cast: Cast, walks: Mapping[UUID, Walk], *, at: datetime) -> None:
    """Let subjects sign again: half of those with days left, and all but the last where the day has passed."""
    for code, left in DAYS_LEFT.items():
        coordinator = cast.one(Role.COORDINATOR, code)
        with as_actor(coordinator):
            waiting = [owed for owed in owed_at([cast.sites[code]], at=at) if owed.asked.settled_on is None]
        signing = waiting[: len(waiting) // 2] if left > 0 else waiting[:-1]
        for owed in signing:
            _sign_again(walks[owed.subject.pk], at=at - timedelta(days=SIGNED_DAYS_AGO))


def _sign_again(walk: Walk, *, at: datetime) -> None:
    on = at.astimezone(walk.cast.sites[walk.course.site].zone).date()
    typed = dict(answers.consent(on, days_ago=0, version=SECOND_VERSION))
    del typed["first_procedure_at"]
    enter(walk, "ICF", {**typed, "signed_at": f"{on}T09:30"}, at=at, number=0)
