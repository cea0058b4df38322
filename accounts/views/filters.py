"""Keeping the filter of a list under a name, and taking it off."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.filters import address_of, forget_filter, plain_query, save_filter
from audit import clock
from audit.decision import Refusal


@require_POST
def filter_save(request: HttpRequest) -> HttpResponse:
    """Keep the filter that stands in the address of a list, and go back to it."""
    list_name, query = request.POST.get("list", ""), request.POST.get("query", "")
    if (address := address_of(list_name)) is None:
        raise Http404
    try:
        kept = save_filter(
            request.user, at=clock.now(), list_name=list_name, name=request.POST.get("name", ""), query=query
        )
    except Refusal as refusal:
        messages.error(request, refusal.sentence.rendered(_))
    else:
        messages.success(request, _("The filter “%(name)s” is kept.") % {"name": kept.name})
    return redirect(f"{address}?{plain_query(query)}")


@require_POST
def filter_forget(request: HttpRequest, filter_id: UUID) -> HttpResponse:
    """Take a filter of one's own off, and go back to its list."""
    if (gone := forget_filter(request.user, filter_id)) is None:
        raise Http404
    messages.success(request, _("The filter “%(name)s” is taken off.") % {"name": gone.name})
    return redirect(address_of(gone.list_name) or "/")
