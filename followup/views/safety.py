"""Safety: serious events with their clock, events without a report, signs of relapse; settling a sign with a reason."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Site, User
from audit import clock
from audit.decision import Refusal
from casebook.words import said, title_of, visit_title
from followup.actions.safety import resolve_relapse_sign
from followup.rules.safety import may_resolve_sign
from followup.safety_listing import Chosen, sae_row, term_of
from followup.selectors.safety import (
    events_without_report,
    relapse_signs_open,
    sae_clocks,
    safety_sites,
    visible_deviations,
    visible_signs,
)

PAGE_SIZE = 50
SITE_IN_SESSION = "site"  # set by the site switch of the frame


def chosen_in(request: HttpRequest) -> Chosen:
    """Return what the address says; the site switch decides where it says nothing of a site."""
    asked = request.GET.dict()
    if "site" not in asked and (site := request.session.get(SITE_IN_SESSION)):
        asked["site"] = str(site)
    return Chosen.from_query(asked)


def frame_of_list(user: User, chosen: Chosen) -> dict[str, object]:
    """Return what every list of safety shows around its rows."""
    sites = Site.objects.filter(pk__in=safety_sites(user)).order_by("code")
    return {"chosen": chosen, "query": urlencode(chosen.to_query()), "sites": list(sites)}


@require_GET
def safety(request: HttpRequest) -> HttpResponse:
    """Show what waits for somebody: reports, events without one, signs of relapse."""
    chosen, user, at = chosen_in(request), request.user, clock.now()
    sites = chosen.sites_of(safety_sites(user))
    page = Paginator(sae_clocks(user, sites, at), PAGE_SIZE).get_page(request.GET.get("page"))
    missing = events_without_report(user, sites)
    signs = list(relapse_signs_open(user, sites)[: PAGE_SIZE + 1])
    context = {
        **frame_of_list(user, chosen),
        "page": page,
        "rows": [sae_row(sae, at=at) for sae in page],
        "missing": [(form, term_of(form)) for form in missing[:PAGE_SIZE]],
        "missing_count": len(missing),
        "signs": signs[:PAGE_SIZE],
        "more_signs": len(signs) > PAGE_SIZE,
        "deviations": visible_deviations(user).filter(site__in=sites, closed_at__isnull=True).count(),
    }
    return render(request, "followup/safety.html", context)


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, sign_id: UUID) -> HttpResponse:
    """Show one sign of relapse, and settle it with a reason."""
    rows = visible_signs(request.user).select_related("subject", "site", "form__visit", "raised_by", "closed_by")
    found = get_object_or_404(rows, pk=sign_id)
    reason, refused = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            resolve_relapse_sign(found, by=request.user, at=clock.now(), reason=reason)
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("The sign of relapse is settled; the reason is on record."))
            return redirect("safety")
    context = {
        "sign": found,
        "form_title": title_of(found.form),
        "visit_title": visit_title(found.form.visit),
        "decision": may_resolve_sign(request.user, found),
        "reason": reason,
        "refused": refused,
    }
    return render(request, "followup/safety_sign.html", context, status=409 if refused else 200)
