"""Which forms wait to be begun, and which for this person's signature: one rule for the count at home and for the list of subjects."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Signature, User
from accounts.roles import Permission
from casebook.models import Form
from casebook.selectors.sight import visible_forms
from casebook.states import FormState, Stage, VisitState
from protocol.trial import TRIAL

EVALUATIONS = tuple(crf.code for crf in TRIAL.crfs if crf.blind_until_complete)
IN_SCREENING = (Stage.LISTED, Stage.CONSENTED, Stage.SCREENING)
ENTRY = tuple(crf.code for crf in TRIAL.crfs if not crf.blind_until_complete)


def to_begin() -> Q:
    """Return what is true of a form that waits to be begun: asked for in screening, or at a visit that took place."""
    asked_for = Q(subject__stage__in=IN_SCREENING) | Q(visit__state=VisitState.ATTENDED)
    return asked_for & Q(crf__in=ENTRY, state=FormState.NOT_STARTED, visit__isnull=False)


def entry_to_sign(user: User, sites: Iterable[int]) -> QuerySet[Form]:
    """Return the complete forms of these sites that no signature stands on; evaluations are signed by their authors."""
    return _unsigned(user).filter(crf__in=ENTRY, site__in=list(sites))


def own_to_sign(user: User, sites: Iterable[int]) -> QuerySet[Form]:
    """Return the user's own complete evaluations that no signature stands on."""
    return _unsigned(user).filter(crf__in=EVALUATIONS, entered_by=user, site__in=list(sites))


def subjects_to_sign(user: User) -> Q:
    """Return what is true of a subject with a form that waits for this person's signature."""
    signs = {permission: _sites(user, permission) for permission in (Permission.FORM_SIGN, Permission.EVALUATION_SIGN)}
    entered = entry_to_sign(user, signs[Permission.FORM_SIGN])
    own = own_to_sign(user, signs[Permission.EVALUATION_SIGN])
    return Q(pk__in=entered.values("subject")) | Q(pk__in=own.values("subject"))


def _sites(user: User, permission: Permission) -> list[int]:
    return [site for site in user.site_ids() if user.holds(permission, at=site)]


def _unsigned(user: User) -> QuerySet[Form]:
    signed = Signature.objects.filter(about_kind="form", about_id=OuterRef("pk"), form_version=OuterRef("version"))
    return visible_forms(user).filter(~Exists(signed), state=FormState.COMPLETE)
