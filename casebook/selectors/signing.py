"""Which forms wait for this person's signature: one rule for the count at home, the lists and the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
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
# Asked by every signature and every page that offers one: three small answers in one, in fixed words.
BEFORE_SIGNING_SQL = """
SELECT (SELECT count(*) FROM casebook_query q WHERE q.form_id = %(form)s AND q.state = 'open'),
       EXISTS (SELECT FROM casebook_file f WHERE f.form_id = %(form)s AND f.withdrawn_at IS NULL),
       ARRAY(SELECT s.content_hash FROM accounts_signature s
              WHERE s.about_kind = 'form' AND s.about_id = %(form)s AND s.form_version = %(version)s
                AND s.signer_id = %(signer)s)
"""
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


@dataclass(frozen=True)
class BeforeSigning:
    """What stands on a form that is to be signed: queries not answered, whether a file, what this person signed of it."""

    open_queries: int
    has_file: bool
    signed: frozenset[str]  # hashes of the content, of the version that stands


def before_signing(form: Form, *, by: User) -> BeforeSigning:
    """Return what decides whether this person may sign the form. One query."""
    with connection.cursor() as cursor:
        cursor.execute(BEFORE_SIGNING_SQL, {"form": form.pk, "version": form.version, "signer": by.pk})
        count, has_file, signed = cursor.fetchone()
    return BeforeSigning(count, has_file, frozenset(signed))


def open_queries_of(forms: Iterable[Form]) -> Mapping[UUID, int]:
    """Return how many open queries each of these forms has. One query."""
    asked = Query.objects.filter(form__in=[form.pk for form in forms], state=QueryState.OPEN).order_by()
    return dict(asked.values_list("form").annotate(count=Count("pk")))
