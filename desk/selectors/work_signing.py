"""What waits for a signature, what was signed before and changed since on top, with how much changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.db.models import Case, Count, Exists, OuterRef, QuerySet, When, Window
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Signature
from accounts.roles import Permission
from casebook.models import Form
from casebook.selectors.signatures import SignatureState, signature_states
from casebook.selectors.signing import entry_to_sign, own_to_sign
from desk.selectors.waiting import Asking, Line, Work, first_of, form_line

P = Permission


def forms_to_sign(asking: Asking) -> Iterator[Work]:
    """Yield the complete forms without a signature that stands. Two queries, three where one is void."""
    yield _signing(_("Forms to sign"), entry_to_sign(asking.user, asking.where(P.FORM_SIGN)))


def own_evaluations_to_sign(asking: Asking) -> Iterator[Work]:
    """Yield the person's own complete evaluations without a signature that stands. As many queries."""
    yield _signing(_("Evaluations to sign"), own_to_sign(asking.user, asking.where(P.EVALUATION_SIGN)))


def _signing(title: str, forms: QuerySet[Form]) -> Work:
    before = Exists(Signature.objects.filter(about_kind="form", about_id=OuterRef("pk")))
    ordered = forms.annotate(signed_before=before).order_by("-signed_before", "completed_at", "id")
    again = Window(Count(Case(When(signed_before=True, then="pk"))))
    first, count = first_of(ordered.annotate(again=again).select_related("subject", "visit", "site"))
    states = signature_states(first)
    lines = tuple(_line(form, states[form.pk]) for form in first)
    return Work(title, count, lines, reverse("sign-forms"), note=_void(first[0].again if first else 0))


def _void(count: int) -> str:
    if not count:
        return ""
    text = ngettext(
        "%(count)s was signed before and changed since", "%(count)s were signed before and changed since", count
    )
    return text % {"count": count}


def _line(form: Form, state: SignatureState) -> Line:
    line = form_line(form, "form-sign")
    if state.state != "void":
        return line
    changes = len(state.changes)
    said = ngettext("%(count)s change since the signature", "%(count)s changes since the signature", changes)
    return replace(line, state="signature void", since=state.void_since, note=said % {"count": changes})
