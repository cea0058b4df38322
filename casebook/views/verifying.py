"""Source data verification: what waits by the plan, one form item by item, and the plan itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import posted_from
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from audit import clock
from audit.decision import Refusal
from audit.numbers import number_typed
from casebook.actions.verifying import set_verification_plan, unverify, verify_items
from casebook.entry.verifying import Compared, compared
from casebook.models import Form
from casebook.rules.verifying import may_set_plan, may_unverify, may_verify
from casebook.selectors.verification_plan import PlanInForce, plan_in_force, plan_versions
from casebook.selectors.verifying import next_to_verify, verifiable, waiting
from casebook.states import Verified
from casebook.views.form_lists import Narrowed, around, csv_of, page_of, placed, placed_titles
from casebook.views.sight import form_in_sight
from casebook.words import said, title_of, visit_title
from protocol.trial import TRIAL
from protocol.verification import PROTOCOL_RATES

MOST_DIGITS = 4


@require_GET
def verification(request: HttpRequest) -> HttpResponse:
    """List the forms that wait for verification, by the plan."""
    narrowed, plan = Narrowed.asked(request, Verified.values), plan_in_force()
    context = {
        **around(request, narrowed),
        "page": page_of(request, narrowed, _rows(request, narrowed, plan)),
        "states": [*Verified.choices, ("all", _("All"))],
        "plan": plan,
        # Who watches without marking reads the form itself.
        "opens": "form-verify" if request.user.holds_anywhere(Permission.FORM_VERIFY) else "form",
    }
    return render(request, "casebook/verify_list.html", context)


@require_GET
def verification_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as CSV, all pages of it. Raises StrangeField."""
    narrowed = Narrowed.asked(request, Verified.values)
    refuse_unread(request, asdict(narrowed))
    header = [*placed_titles(), _("State"), _("Answers"), _("Verified"), _("Asked for by the plan")]
    rows = [
        [
            *placed(form),
            str(Verified(form.verified).label),
            form.answered,
            form.marked,
            _("Yes") if form.asked else _("No"),
        ]
        for form in _rows(request, narrowed, plan_in_force())
    ]
    return csv_of("verification.csv", header, rows)


def _rows(request: HttpRequest, narrowed: Narrowed, plan: PlanInForce) -> QuerySet[Any]:
    forms = verifiable(request.user, plan)
    if narrowed.plan != "all":
        forms = forms.filter(asked=True)
    return narrowed.rows(forms, state_field="verified", waiting=waiting(forms, asked_only=narrowed.plan != "all"))


@require_http_methods(["GET", "POST"])
def form_verify(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Show a form beside its source, and mark the items that were ticked."""
    form = form_in_sight(request, form_id)
    if request.method == "GET":
        return _compared(request, form)
    ticked = request.POST.getlist("item")
    act, _blank, number = request.POST.get("act", "").partition(" ")
    if act == "tick":
        paths = compared(form, request.user, at=clock.now()).paths_of(number)
        return _compared(request, form, ticked=[*ticked, *paths], went_to=f"section-{number}")
    return _marked(request, form, ticked, act)


def _marked(request: HttpRequest, form: Form, ticked: list[str], act: str) -> HttpResponse:
    version = request.POST.get("version", "")
    if not ticked and act != "next":
        return _compared(request, form, refused=_("Tick what equals its source. Nothing was marked."), status=422)
    try:
        fresh = verify_items(
            form, by=request.user, at=clock.now(), paths=ticked, version=number_typed(version, otherwise=-1)
        )
    except Refusal as refusal:
        return _compared(request, form_in_sight(request, form.pk), refused=said(refusal.sentence), status=409)
    if fresh:
        text = ngettext("%(count)s value is verified.", "%(count)s values are verified.", len(fresh))
        messages.success(request, text % {"count": len(fresh)})
    elif ticked:
        messages.info(request, _("What you ticked is verified already."))
    else:
        messages.warning(request, _("Tick at least one."))
    if act == "next":
        following = next_to_verify(request.user, form)
        return redirect(reverse("form-verify", args=[following]) if following else reverse("verification"))
    return redirect("form-verify", form.pk)


def _compared(
    request: HttpRequest,
    form: Form,
    *,
    ticked: list[str] | None = None,
    refused: str = "",
    went_to: str = "",
    status: int = 200,
) -> HttpResponse:
    sheet: Compared = compared(form, request.user, at=clock.now(), ticked=ticked or ())
    context = {
        "form": form,
        "sheet": sheet,
        "decision": may_verify(request.user, form),
        "may_unverify": may_unverify(request.user, form),
        "asks": request.user.holds(Permission.QUERY_OPEN, at=form.site_id),
        "refused": refused,
        "went_to": went_to,
        "following": next_to_verify(request.user, form),
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
    }
    return render(request, "casebook/verify_form.html", context, status=status)


@posted_from("form-verify")
def form_unverify(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Take back one mark, with a reason."""
    form = form_in_sight(request, form_id)
    path, reason = request.POST.get("path", "")[:120], request.POST.get("reason", "")[:500]
    try:
        unverify(form, by=request.user, at=clock.now(), path=path or "?", reason=reason)
    except Refusal as refusal:
        return _compared(request, form, refused=said(refusal.sentence), status=409)
    messages.success(request, _("The mark is taken back."))
    return redirect("form-verify", form.pk)


@require_GET
def verification_plan(request: HttpRequest) -> HttpResponse:
    """Show the plan in force, and the versions before it."""
    return _plan_page(request)


@posted_from("verification-plan")
def verification_plan_set(request: HttpRequest) -> HttpResponse:
    """Put another plan in force."""
    rates = {code: _number(request.POST.get(f"rate.{code}", "")) for code in PROTOCOL_RATES}
    first, reason = _number(request.POST.get("first_subjects", "")), request.POST.get("reason", "")
    try:
        set_verification_plan(None, by=request.user, at=clock.now(), rates=rates, first_subjects=first, reason=reason)
    except Refusal as refusal:
        return _plan_page(request, refused=said(refusal.sentence), status=409)
    messages.success(request, _("The plan is in force."))
    return redirect("verification-plan")


def _number(typed: str) -> int:
    typed = typed.strip()
    return int(typed) if typed.isdecimal() and len(typed) <= MOST_DIGITS else -1


def _plan_page(request: HttpRequest, *, refused: str = "", status: int = 200) -> HttpResponse:
    versions = plan_versions()
    now = versions[0]
    typed = request.POST if refused else {}
    lines = [
        {
            "crf": crf,
            "rate": now.rates[crf.code],
            "typed": typed.get(f"rate.{crf.code}", now.rates[crf.code]),
            "protocol": PROTOCOL_RATES[crf.code],
        }
        for crf in TRIAL.crfs
    ]
    context = {
        "now": now,
        "versions": [_with_changes(versions, number) for number in range(len(versions))],
        "lines": lines,
        "first_subjects": typed.get("first_subjects", now.first_subjects),
        "reason": typed.get("reason", ""),
        "decision": may_set_plan(request.user),
        "refused": refused,
    }
    return render(request, "casebook/verify_plan.html", context, status=status)


def _with_changes(versions: list[PlanInForce], number: int) -> dict[str, object]:
    """Return a version with what it changed of the one before."""
    plan, before = versions[number], versions[number + 1] if number + 1 < len(versions) else None
    if before is None:
        return {"plan": plan, "changes": []}
    changed = ((code, before.rates[code], rate) for code, rate in plan.rates.items() if rate != before.rates[code])
    return {"plan": plan, "before": before, "changes": list(changed)}
