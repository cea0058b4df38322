"""The switches of the top bar: site and subject jump."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from accounts.gate import posted_from
from accounts.selectors import visible_sites
from audit.numbers import number_typed
from casebook.selectors.sight import visible_subjects
from desk.frame import KEPT_FILTER, KEPT_FILTERS, SITE_IN_SESSION


@posted_from("home")
def site_switch(request: HttpRequest) -> HttpResponse:
    """Choose the site that lists begin with, or all sites."""
    chosen = request.POST.get("site", "")
    site = visible_sites(request.user).filter(pk=number_typed(chosen)).first()
    request.session[SITE_IN_SESSION] = site.pk if site else None
    for kept in (KEPT_FILTER, KEPT_FILTERS):  # a list narrowed to the old site would say nothing of the new one
        request.session.pop(kept, None)
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    return redirect(back)


@require_GET
def subject_jump(request: HttpRequest) -> HttpResponse:
    """Go to the subject whose number was typed, whole, its end or a part; otherwise to the list of those that fit."""
    typed = request.GET.get("q", "").strip()[:32]
    if typed:
        subjects = visible_subjects(request.user)
        for fitting in ({"number__iexact": typed}, {"number__iendswith": typed}, {"number__icontains": typed}):
            found = list(subjects.filter(**fitting).order_by("number")[:2])
            if len(found) == 1:
                return redirect("casebook", found[0].pk)
    return redirect(f"{reverse('subjects')}?{urlencode({'number': typed})}")
