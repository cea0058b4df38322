"""The page of the demonstration on which days pass."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from kombu.exceptions import OperationalError

from accounts.selectors import visible_sites
from audit import clock
from audit.decision import Refusal
from casebook.selectors.standing import day_at
from eligibility.tasks import rejudge_lapsed
from followup.tasks import remind
from rehearsal.actions import let_days_pass

logger = logging.getLogger(__name__)

OFFERED = (1, 7, 24, 30)


@require_http_methods(["GET", "HEAD", "POST"])
def days_pass(request: HttpRequest) -> HttpResponse:
    """Show which day it is in the demonstration, and move it on."""
    typed, refused = request.POST.get("days", "").strip(), None
    if request.method == "POST":
        days = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 0
        try:
            let_days_pass(None, by=request.user, at=clock.now(), days=days)
        except Refusal as refusal:
            refused = refusal.sentence
        else:
            transaction.on_commit(_wake)
            said = ngettext("%(days)s day has passed.", "%(days)s days have passed.", days) % {"days": days}
            messages.success(request, said)
            return redirect("days-pass")
    now = clock.now()
    context = {
        "today": [(site, day_at(site, now)) for site in visible_sites(request.user)],
        "now": now.date(),
        "ahead": clock.days_ahead(),
        "offered": OFFERED,
        "typed": typed,
        "refused": refused,
    }
    return render(request, "rehearsal/days_pass.html", context, status=422 if refused else 200)


def _wake() -> None:
    """Wake what would wake by itself a little later: nobody should wait before an empty mailbox."""
    for task in (rejudge_lapsed, remind):
        try:
            task.delay()
        except OperationalError:
            logger.warning("queue not reached", extra={"task": task.name})
