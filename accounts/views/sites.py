"""Pages of sites: the list, and one page for a site with the versions of the protocol it works under."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import actions, rules, selectors
from accounts.entry import SiteChangeEntry, SiteEntry, SiteProtocolEntry, time_zones
from accounts.gate import needs, posted_from
from accounts.models import Site
from accounts.roles import Permission
from accounts.views.shown import checked
from audit import clock

P = Permission


@require_GET
@needs(P.PEOPLE_READ)
def sites(request: HttpRequest) -> HttpResponse:
    """List the sites."""
    listed = selectors.administered_sites(request.user).prefetch_related("protocols")
    context = {"sites": listed, "decision": rules.may_administer(request.user)}
    return render(request, "administration/sites.html", context)


@require_http_methods(["GET", "POST"])
@needs(P.ADMINISTER)
def add_site(request: HttpRequest) -> HttpResponse:
    """Add a site."""
    form = SiteEntry(request.POST or None)
    if request.method == "POST" and checked(form, request).is_valid():
        site = actions.add_site(None, by=request.user, at=clock.now(), **form.cleaned_data)
        messages.success(request, _("Site %(code)s is added.") % {"code": site.code})
        return redirect("site", site.code)
    context = {"form": form, "time_zones": time_zones()}
    return render(request, "administration/site_add.html", context, status=400 if form.errors else 200)


@require_GET
@needs(P.PEOPLE_READ)
def site(request: HttpRequest, code: str) -> HttpResponse:
    """Show one site."""
    return _page(request, _visible(request, code))


@posted_from("site")
@needs(P.ADMINISTER)
def change_site(request: HttpRequest, code: str) -> HttpResponse:
    """Change a site."""
    shown = _visible(request, code)
    form = checked(SiteChangeEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, shown, change=form)
    actions.change_site(shown, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("Site %(code)s is changed.") % {"code": code})
    return redirect("site", code)


@posted_from("site")
@needs(P.ADMINISTER)
def set_protocol(request: HttpRequest, code: str) -> HttpResponse:
    """Let a site work under a version of the protocol from a day on."""
    shown = _visible(request, code)
    form = checked(SiteProtocolEntry(request.POST), request)
    if not form.is_valid():
        return _page(request, shown, protocol=form)
    actions.set_site_protocol(shown, by=request.user, at=clock.now(), **form.cleaned_data)
    messages.success(request, _("The protocol version of site %(code)s is set.") % {"code": code})
    return redirect("site", code)


def _visible(request: HttpRequest, code: str) -> Site:
    return get_object_or_404(selectors.administered_sites(request.user), code=code)


def _page(request: HttpRequest, site: Site, **forms: Any) -> HttpResponse:
    known = {name: getattr(site, name) for name in ("name", "time_zone", "country", "is_open")}
    context = {
        "site": site,
        "protocols": site.protocols.select_related("set_by").order_by("effective_on"),
        "decision": rules.may_administer(request.user),
        "may_delegate": rules.may_delegate(request.user, site),
        "change_form": forms.get("change") or SiteChangeEntry(initial=known),
        "protocol_form": forms.get("protocol") or SiteProtocolEntry(),
        "time_zones": time_zones(),
    }
    return render(request, "administration/site.html", context, status=400 if forms else 200)
