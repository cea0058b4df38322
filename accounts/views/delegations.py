"""The delegation log of a site: who does which task from when to when, by the principal investigator's signature."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import actions, rules, selectors
from accounts.confirmation import confirm_signer, remember_signature
from accounts.entry import DelegationEntry, ReasonEntry
from accounts.gate import needs, posted_from
from accounts.models import Site
from accounts.roles import Permission
from accounts.views.shown import checked
from audit import clock
from audit.decision import Decision

P = Permission


@require_http_methods(["GET", "POST"])
@needs(P.PEOPLE_READ)
def delegations(request: HttpRequest, code: str) -> HttpResponse:
    """Show the delegation log of a site; delegate a task."""
    site = get_object_or_404(selectors.administered_sites(request.user), code=code)
    if request.method == "GET":
        return _page(request, site, DelegationEntry(people=selectors.workers_of(site)))
    form = checked(DelegationEntry(request.POST, people=selectors.workers_of(site)), request)
    if not form.is_valid():
        return _page(request, site, form, status=400)
    signer = {name: form.cleaned_data.pop(name) for name in ("email", "password")}
    if (decision := _may_sign(request, site, form)) and (decision := confirm_signer(request, **signer)):
        actions.delegate_task(site, by=request.user, at=clock.now(), **form.cleaned_data)
        remember_signature(request)
        messages.success(request, _("The task is delegated, by your signature."))
        return redirect("delegations", code)
    return _page(request, site, form, refused=decision, status=409)


@posted_from("sites", without=("delegation_id",))
@needs(P.TASK_DELEGATE)
def end_delegation(request: HttpRequest, delegation_id: UUID) -> HttpResponse:
    """Take a task back: it stands until today."""
    delegation = get_object_or_404(selectors.visible_delegations(request.user), pk=delegation_id)
    site, now = delegation.site, clock.now()
    form = checked(ReasonEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, site, DelegationEntry(people=selectors.workers_of(site)), status=400)
    today = now.astimezone(site.zone).date()
    actions.end_delegation(delegation, by=request.user, at=now, on=today, **form.cleaned_data)
    messages.success(request, _("The delegation is ended."))
    return redirect("delegations", site.code)


def _may_sign(request: HttpRequest, site: Site, form: DelegationEntry) -> Decision:
    # Asked before the password: nobody types one for what is refused anyway. The door asks again.
    decision = rules.may_delegate(request.user, site, **form.cleaned_data)
    return decision and rules.may_begin_delegation(site, form.cleaned_data["from_on"], at=clock.now())


def _page(
    request: HttpRequest, site: Site, form: DelegationEntry, *, refused: Decision | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "site": site,
        "log": selectors.delegation_log(site),
        "form": form,
        "refused": refused,
        "decision": rules.may_delegate(request.user, site),
        "reason_form": ReasonEntry(),
        "meaning": actions.DELEGATES,
    }
    return render(request, "administration/delegations.html", context, status=status)
