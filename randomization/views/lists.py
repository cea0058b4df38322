"""The sealed lists: making, ending and opening them. No page shows an arm that a list still hides."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from accounts.gate import posted_from
from audit import clock
from audit.decision import Refusal
from casebook.words import said
from protocol.blocks import SEED_BYTES
from protocol.words import N_, Sentence
from randomization import actions
from randomization.click import titled
from randomization.models import AllocationList, ListOpening
from randomization.proof import unused_slots
from randomization.rules import may_ask_opening, may_end_list, may_make_some_list, may_open_list
from randomization.selectors import lists, stratum_counts, waiting_openings

NOT_THERE = N_("Choose one of the lists on this page.")


@require_GET
def allocation_lists(request: HttpRequest) -> HttpResponse:
    """Show the lists with what was used of each stratum; what is unused stays sealed."""
    return _page(request)


@posted_from("allocation-lists")
def list_make(request: HttpRequest) -> HttpResponse:
    """Make a list from a seed that this very request draws."""
    length = request.POST.get("at_least", "").strip()
    if (why := _not_proven(request)) is not None:
        return _refused(request, why)
    try:
        made = actions.make_list(
            None,
            by=request.user,
            at=clock.now(),
            name=request.POST.get("name", "")[:120],
            for_trial=request.POST.get("for_trial") == "yes",
            seed=secrets.token_bytes(SEED_BYTES),
            at_least=int(length) if length.isdecimal() and len(length) < 6 else 0,
        )
    except Refusal as refusal:
        return _refused(request, refusal.sentence)
    remember_signature(request)
    messages.success(request, _("List %(name)s is made and sealed.") % {"name": made.name})
    return redirect("allocation-lists")


@posted_from("allocation-lists")
def list_end(request: HttpRequest) -> HttpResponse:
    """End a list."""
    if (found := _chosen(request)) is None:
        return _refused(request, Sentence(NOT_THERE))
    try:
        actions.end_list(found, by=request.user, at=clock.now(), reason=request.POST.get("reason", "")[:500])
    except Refusal as refusal:
        return _refused(request, refusal.sentence)
    messages.success(request, _("List %(name)s has ended.") % {"name": found.name})
    return redirect("allocation-lists")


@posted_from("allocation-lists")
def list_ask(request: HttpRequest) -> HttpResponse:
    """Ask as the first of two persons that a list be opened."""
    if (found := _chosen(request)) is None:
        return _refused(request, Sentence(NOT_THERE))
    try:
        actions.ask_opening(found, by=request.user, at=clock.now(), reason=request.POST.get("reason", "")[:500])
    except Refusal as refusal:
        return _refused(request, refusal.sentence)
    messages.success(request, _("Asked. A second person has to open the list."))
    return redirect("allocation-lists")


@posted_from("allocation-lists")
def list_open(request: HttpRequest) -> HttpResponse:
    """Open a list as the second person, with the password, and show once what it did not use."""
    opening = ListOpening.objects.filter(pk__in=_keys(request, "opening")).first()
    if opening is None:
        return _refused(request, Sentence(NOT_THERE))
    if (why := _not_proven(request)) is not None:
        return _refused(request, why)
    try:
        opened = actions.open_list(opening, by=request.user, at=clock.now())
    except Refusal as refusal:
        return _refused(request, refusal.sentence)
    remember_signature(request)
    return render(request, "randomization/opened.html", {"opening": opened, "slots": unused_slots(opened.list)})


def _not_proven(request: HttpRequest) -> Sentence | None:
    return confirm_signer(request, email=request.POST.get("email", ""), password=request.POST.get("password", "")).why


def _chosen(request: HttpRequest) -> AllocationList | None:
    return AllocationList.objects.filter(pk__in=_keys(request, "list")).first()


def _keys(request: HttpRequest, name: str) -> list[UUID]:
    """Return the key that was posted, if it is one."""
    try:
        return [UUID(request.POST.get(name, ""))]
    except ValueError:
        return []


def _refused(request: HttpRequest, why: Sentence) -> HttpResponse:
    return _page(request, refused=said(why))


def _page(request: HttpRequest, *, refused: str = "") -> HttpResponse:
    user, counts = request.user, stratum_counts()
    rows = [
        {
            "list": each,
            "strata": [(stratum, titled(stratum.levels)) for stratum in counts.get(each.pk, [])],
            "end": may_end_list(user, each),
            "ask": may_ask_opening(user, each),
        }
        for each in lists()
    ]
    context = {
        "rows": rows,
        "waiting": [(each, may_open_list(user, each)) for each in waiting_openings()],
        "make": may_make_some_list(user, for_trial=True),
        "make_exercise": may_make_some_list(user, for_trial=False),
        "at_least": request.POST.get("at_least", settings.ENROLMENT_CAP or 2 * settings.ENROLMENT_TARGET),
        "name": request.POST.get("name", ""),
        "asks_email": needs_both_parts(request),
        "refused": refused,
    }
    return render(request, "randomization/lists.html", context, status=409 if refused else 200)
