"""The mailbox page of the demonstration."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from outbox.selectors import kept_mails

SHOWN = 100


# Open without log-in: whoever has forgotten the password must find the mail that resets it.
@login_not_required
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Show what was sent to whom; in production mails really leave, and this page does not exist."""
    if settings.PRODUCTION:
        raise Http404
    return render(request, "outbox/mailbox.html", {"mails": kept_mails()[:SHOWN]})
