"""The pages of mails: what did not go out, for administrators; and the mailbox of the demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_safe

from accounts.gate import needs, posted_from
from accounts.roles import Permission
from audit import clock
from audit.decision import Decision
from outbox import actions, rules
from outbox.canary import is_silent
from outbox.models import Message
from outbox.selectors import MOST_ATTEMPTS, given_up, kept_mails, not_sent

SHOWN = 100
ON_A_PAGE = 50
LONGEST_SEARCH = 254


@dataclass(frozen=True)
class Line:
    """One message as the page of mails shows it; never its text, which may hold a link that opens an account."""

    message: Message
    decision: Decision

    @property
    def is_given_up(self) -> bool:
        """Whether nobody tries it any more."""
        return self.message.attempts >= MOST_ATTEMPTS


@require_GET
@needs(Permission.MAIL_READ)
def mails(request: HttpRequest) -> HttpResponse:
    """List what did not go out, and why."""
    to = _asked_to(request)
    page = Paginator(not_sent(to=to), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": [Line(message, rules.may_try_again(request.user, message)) for message in page],
        "page": page,
        "to": to,
        "query": urlencode({"to": to} if to else {}),
        "given_up": given_up().count(),
        "may_try_all": rules.may_try_all_again(request.user),
        "is_silent": is_silent(),
        "has_mailbox": not settings.PRODUCTION,
    }
    return render(request, "outbox/mails.html", context)


@posted_from("mails")
@needs(Permission.ADMINISTER)
def again(request: HttpRequest) -> HttpResponse:
    """Have one mail tried again, or all that were given up."""
    if key := request.POST.get("message", ""):
        message = actions.try_again(get_object_or_404(Message, pk=_key(key)), by=request.user, at=clock.now())
        messages.success(request, _("The mail to %(to)s is tried again.") % {"to": message.recipient})
        return redirect("mails")
    count = actions.try_all_again(None, by=request.user, at=clock.now())
    said = ngettext("%(count)s mail is tried again.", "%(count)s mails are tried again.", count) % {"count": count}
    messages.success(request, said)
    return redirect("mails")


# Open without log-in: whoever has forgotten the password must find the mail that resets it.
@login_not_required
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Show what was sent to whom; in production mails really leave, and this page does not exist."""
    if settings.PRODUCTION:
        raise Http404
    to = _asked_to(request)
    return render(request, "outbox/mailbox.html", {"mails": kept_mails(to=to)[:SHOWN], "to": to, "shown": SHOWN})


def _asked_to(request: HttpRequest) -> str:
    return request.GET.get("to", "").strip()[:LONGEST_SEARCH]


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise Http404 from wrong
