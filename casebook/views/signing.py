"""Signing: one form that is read on the page, or a listed set in one ceremony; always with the signer's password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from accounts.selectors import visible_sites
from audit import clock
from audit.decision import Decision, Refusal, no
from audit.numbers import number_typed
from casebook.actions.marks import SIGNED_AS_CORRECT, sign_form
from casebook.content import content_hash
from casebook.entry.sheet import open_sheet
from casebook.entry.signing import ChangeInWords, changes_in_words
from casebook.models import Form, Subject
from casebook.rules.marks import SIGNED_ALREADY, may_sign, may_sign_each
from casebook.selectors.records import visit_number
from casebook.selectors.sight import visible_forms, visible_subjects
from casebook.selectors.signatures import SignatureState, signature_state, signature_states, signed_already
from casebook.selectors.signing import waiting_for_signature
from casebook.views.sight import form_in_sight
from casebook.words import said, title_of, visit_title
from protocol.words import N_

READ_ONLY = no(N_("This page is for reading and signing."))
NOT_THERE = no(N_("Nothing was signed, because none of the ticked forms is there for you. Load the list again."))
NOTHING_TICKED = no(N_("Tick the forms you sign. Nothing was signed."))
TICKED = "sign."
SIZES = (25, 50, 100)
ALL_OF_ONE = 500  # a whole casebook is one ceremony


@dataclass(frozen=True)
class ToSign:
    """One form that waits: whether it can be signed now, what changed since the last signature, whether it is ticked."""

    form: Form
    decision: Decision
    before: SignatureState
    changes: list[ChangeInWords]
    read: str  # version and content as this page shows them
    ticked: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a ceremony did: the forms signed, and why each of the others was left out."""

    signed: tuple[Form, ...] = ()
    known: tuple[Form, ...] = ()  # signed before, by the same request sent again
    left_out: tuple[tuple[Form, str], ...] = ()


@require_http_methods(["GET", "POST"])
def form_sign(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Show the whole form as it will be signed, and sign it."""
    form = form_in_sight(request, form_id)
    decision = may_sign(request.user, form)
    if request.method == "GET" or not decision:
        return _page(request, form, decision)
    if not (proven := _signer(request)):
        return _page(request, form, decision, refused=proven)
    version, content = request.POST.get("version", ""), request.POST.get("content", "")
    try:
        read = number_typed(version, otherwise=-1)
        sign_form(form, by=request.user, at=clock.now(), version=read, content=content)
    except Refusal as refusal:
        return _page(request, form, decision, refused=no(refusal.sentence.message, **dict(refusal.sentence.params)))
    remember_signature(request)
    messages.success(request, _("%(form)s is signed.") % {"form": title_of(form)})
    return redirect("casebook", form.subject_id)


def _signer(request: HttpRequest) -> Decision:
    return confirm_signer(request, email=request.POST.get("email", ""), password=request.POST.get("password", ""))


def _page(request: HttpRequest, form: Form, decision: Decision, *, refused: Decision | None = None) -> HttpResponse:
    sheet = open_sheet(form, request.user, at=clock.now())
    sheet.decision, before = READ_ONLY, signature_state(form)
    context = {
        "form": form,
        "drawn": sheet.drawn,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
        "decision": decision,
        "before": before,
        "changes": changes_in_words(form, before, request.user),
        "content": content_hash(form),
        "meaning": SIGNED_AS_CORRECT,
        "refused": said(refused.why) if refused is not None and refused.why else "",
        "asks_email": needs_both_parts(request),
    }
    return render(request, "casebook/sign.html", context, status=409 if refused is not None else 200)


@require_http_methods(["GET", "POST"])
def sign_forms(request: HttpRequest) -> HttpResponse:
    """List what waits for this person's signature, and sign what is ticked: one ceremony, one record per form."""
    if request.method == "GET":
        return _list(request)
    read = {name.removeprefix(TICKED): str(shown) for name, shown in request.POST.items() if name.startswith(TICKED)}
    if not read:
        return _list(request, refused=NOTHING_TICKED)
    if not (proven := _signer(request)):
        return _list(request, refused=proven, ticked=frozenset(read))
    outcome = _sign_each(request, read)
    if not outcome.signed and not outcome.known:
        return _list(request, refused=None if outcome.left_out else NOT_THERE, outcome=outcome)
    if outcome.signed:
        remember_signature(request)
    _tell(request, outcome)
    return redirect(f"{reverse('sign-forms')}?{request.GET.urlencode()}".rstrip("?"))


def _sign_each(request: HttpRequest, read: dict[str, str]) -> Outcome:
    """Sign each form as it was read; one that changed meanwhile is left out, and the others are signed."""
    signed, known, left_out = [], [], []
    forms = _in_sight(request, read)
    before = signed_already(request.user, forms)
    for form in forms:
        if form.pk in before and read[str(form.pk)] == f"{form.version}.{content_hash(form)}":
            known.append(form)
            continue
        version, _dot, content = read[str(form.pk)].partition(".")
        try:
            said_version = number_typed(version, otherwise=-1)
            sign_form(form, by=request.user, at=clock.now(), version=said_version, content=content or "?")
            signed.append(form)
        except Refusal as refusal:
            if refusal.sentence.message == SIGNED_ALREADY:
                known.append(form)
            else:
                left_out.append((form, said(refusal.sentence)))
    return Outcome(tuple(signed), tuple(known), tuple(left_out))


def _in_sight(request: HttpRequest, keys: Any) -> list[Form]:
    known = [key for key in keys if _is_key(key)]
    forms = visible_forms(request.user).filter(pk__in=known).select_related("subject", "visit", "site")
    return sorted(forms.order_by("subject__number", "id"), key=lambda form: str(form.pk))


def _is_key(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    if outcome.signed:
        text = ngettext(
            "%(count)s form is signed: %(forms)s.", "%(count)s forms are signed: %(forms)s.", len(outcome.signed)
        )
        names = ", ".join(_named(form) for form in outcome.signed)
        messages.success(request, text % {"count": len(outcome.signed), "forms": names})
    if known := len(outcome.known):
        text = ngettext(
            "%(count)s form was signed by you before; it stays so.",
            "%(count)s forms were signed by you before; they stay so.",
            known,
        )
        messages.info(request, text % {"count": known})
    for form, why in outcome.left_out:
        messages.warning(request, _("%(form)s is not signed. %(why)s") % {"form": _named(form), "why": why})


def _named(form: Form) -> str:
    return f"{form.subject.number} {title_of(form)}"


def _list(
    request: HttpRequest,
    *,
    refused: Decision | None = None,
    ticked: frozenset[str] = frozenset(),
    outcome: Outcome | None = None,
) -> HttpResponse:
    subject, site, size = _subject(request), _number(request, "site"), _number(request, "size")
    forms = waiting_for_signature(request.user).select_related("subject", "visit", "site")
    if subject is not None:
        forms = forms.filter(subject=subject)
    if site:
        forms = forms.filter(site=site)
    size = size if size in SIZES else SIZES[0]
    forms = forms.order_by("subject__number", visit_number("visit__code"), "visit__repeat", "crf", "repeat", "id")
    page = Paginator(forms, ALL_OF_ONE if subject else size).get_page(request.GET.get("page"))
    rows = _rows(request, list(page), ticked=ticked)
    context = {
        "page": page,
        "rows": rows,
        "signable": sum(bool(row.decision) for row in rows),
        "subject": subject,
        "sites": visible_sites(request.user),
        "site": site,
        "sizes": SIZES,
        "size": size,
        "query": _query(request),
        "meaning": SIGNED_AS_CORRECT,
        "refused": said(refused.why) if refused is not None and refused.why else "",
        "left_out": [(_named(form), why) for form, why in outcome.left_out] if outcome else [],
        "asks_email": needs_both_parts(request),
    }
    status = 409 if refused is not None or outcome is not None else 200
    return render(request, "casebook/sign_forms.html", context, status=status)


def _rows(request: HttpRequest, forms: list[Form], *, ticked: frozenset[str]) -> list[ToSign]:
    decisions, states = may_sign_each(request.user, forms), signature_states(forms)
    all_ticked = request.method == "GET" and "all" in request.GET
    return [
        ToSign(
            form,
            decisions[form.pk],
            states[form.pk],
            changes_in_words(form, states[form.pk], request.user),
            read=f"{form.version}.{content_hash(form)}",
            ticked=all_ticked or str(form.pk) in ticked,
        )
        for form in forms
    ]


def _subject(request: HttpRequest) -> Subject | None:
    asked = request.GET.get("subject", "")
    if asked and not _is_key(asked):
        raise Http404  # otherwise everybody's forms would be listed, and ticked
    return get_object_or_404(visible_subjects(request.user), pk=asked) if asked else None


def _number(request: HttpRequest, name: str) -> int:
    return number_typed(request.GET.get(name, ""))


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()
