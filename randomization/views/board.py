"""Who was randomized and who waits for it, with the counts against the target."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.roles import Permission
from protocol.arms import ARMS
from randomization.click import titled
from randomization.rules import may_take_part
from randomization.selectors import arms_of, candidates, enrolled, visible_allocations

PAGE_SIZE = 50
TITLES = {arm.code: arm.title for arm in ARMS}


@require_GET
def randomization(request: HttpRequest) -> HttpResponse:
    """List the randomized subjects in sight, the newest first, and those that wait."""
    user = request.user
    made = visible_allocations(user).select_related("allocated_by").order_by("-allocated_at", "pk")
    page = Paginator(made, PAGE_SIZE).get_page(request.GET.get("page"))
    arms = arms_of(user, [each.subject for each in page])
    rows = [
        {"allocation": each, "strata": titled(each.strata), "arm": TITLES.get(arms.get(each.subject_id, ""), "")}
        for each in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "waiting": list(candidates(user).order_by("site__code", "sequence", "pk")[:PAGE_SIZE]),
        "may_randomize_some": user.holds_anywhere(Permission.RANDOMIZE),
        "sees_arms": user.holds_anywhere(Permission.ARM_READ),
        "enrolled": enrolled(for_trial=True),
        "exercised": enrolled(for_trial=False),
        "target": settings.ENROLMENT_TARGET,
        "cap": settings.ENROLMENT_CAP,
        "lists": may_take_part(user),
        "sees_subjects": bool(user.site_ids()),
    }
    return render(request, "randomization/board.html", context)
