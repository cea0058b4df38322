"""Which forms wait for this person's signature: one rule for the count at home, the lists and the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Signature, User
from accounts.roles import Permission
from casebook.models import Form, Query
from casebook.selectors.evaluations import CHART, source_typed
from casebook.selectors.sight import visible_forms
from casebook.states import FormState, QueryState
from protocol.trial import TRIAL

EVALUATIONS = tuple(crf.code for crf in TRIAL.crfs if crf.blind_until_complete)
ENTRY = tuple(crf.code for crf in TRIAL.crfs if not crf.blind_until_complete)
# Of the evaluations each author signs the own; what was transcribed from a chart an investigator signs, as all else.
RECORD = Q(crf__in=EVALUATIONS, source=CHART)
OWN = Q(crf__in=EVALUATIONS) & ~Q(source=CHART)


def entry_to_sign(user: User, sites: Iterable[int]) -> QuerySet[Form]:
    """Return the complete forms of these sites that no signature stands on; evaluations are signed by their authors."""
    return _to_sign(user).filter(Q(crf__in=ENTRY) | RECORD, site__in=list(sites))


def own_to_sign(user: User, sites: Iterable[int]) -> QuerySet[Form]:
    """Return the user's own complete evaluations that no signature stands on."""
    return _to_sign(user).filter(OWN, entered_by=user, site__in=list(sites))


def waiting_for_signature(user: User, sites: Iterable[int] | None = None) -> QuerySet[Form]:
    """Return every form that waits for this person's signature at these sites, by default at all of theirs."""
    here = frozenset(user.site_ids() if sites is None else sites)
    entered = [site for site in here if user.holds(Permission.FORM_SIGN, at=site)]
    own = [site for site in here if user.holds(Permission.EVALUATION_SIGN, at=site)]
    theirs = (Q(crf__in=ENTRY) | RECORD) & Q(site__in=entered) | OWN & Q(entered_by=user, site__in=own)
    return _to_sign(user).filter(theirs)


def _to_sign(user: User) -> QuerySet[Form]:
    return unsigned(visible_forms(user)).annotate(source=source_typed())


def unsigned(forms: QuerySet[Form]) -> QuerySet[Form]:
    """Return the complete ones of these forms whose content, as it stands, nobody signed."""
    return forms.filter(is_unsigned())


def is_unsigned() -> Q:
    """Return what is true of a complete form whose version nobody signed."""
    signed = Signature.objects.filter(about_kind="form", about_id=OuterRef("pk"), form_version=OuterRef("version"))
    return Q(~Exists(signed), state=FormState.COMPLETE)


def open_queries_of(forms: Iterable[Form]) -> Mapping[UUID, int]:
    """Return how many open queries each of these forms has. One query."""
    asked = Query.objects.filter(form__in=[form.pk for form in forms], state=QueryState.OPEN).order_by()
    return dict(asked.values_list("form").annotate(count=Count("pk")))
