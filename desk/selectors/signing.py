"""Which forms wait to be begun, and of which subjects some wait for this person's signature."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from casebook.selectors.signing import ENTRY, waiting_for_signature
from casebook.selectors.transfers import before_consent
from casebook.states import FormState, Stage, VisitState

IN_SCREENING = (Stage.LISTED, Stage.CONSENTED, Stage.SCREENING)


def to_begin() -> Q:
    """Return what is true of a form that waits to be begun: asked for in screening, or at a visit that took place."""
    asked_for = Q(subject__stage__in=IN_SCREENING) | Q(visit__state=VisitState.ATTENDED)
    return asked_for & Q(crf__in=ENTRY, state=FormState.NOT_STARTED, visit__isnull=False) & ~before_consent()


def subjects_to_sign(user: User) -> Q:
    """Return what is true of a subject with a form that waits for this person's signature."""
    return Q(pk__in=waiting_for_signature(user).values("subject"))
