"""While somebody types: what is computed, shown and counted, and the net under what was not saved yet."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audit import clock
from audit.decision import Refusal
from casebook import actions
from casebook.entry.posted import posted
from casebook.entry.sheet import as_posted, open_sheet
from casebook.models import Form
from casebook.views.sight import form_in_sight
from casebook.words import said

NOT_TYPED = {"csrfmiddlewaretoken", "key", "act", "based_on"}


@require_POST
def peek(request: HttpRequest, form_id: UUID) -> JsonResponse:
    """Answer what the typed values compute to, which items are asked, and dates in words. Stores nothing."""
    form = form_in_sight(request, form_id)
    sheet = open_sheet(form, request.user, at=clock.now())
    page = as_posted(sheet, posted(sheet.crf, form, request.POST), data=request.POST).page
    return JsonResponse(
        {
            "computed": dict(page.computed),
            "shown": sorted(page.shown),
            "echoes": {path: page.get(path, "echo") for path in sheet.typed if page.get(path, "echo")},
            "answered": {place.partition(" ")[2]: count for place, count in page.counts.items()},
        }
    )


@require_POST
def draft(request: HttpRequest, form_id: UUID) -> JsonResponse:
    """Keep what is being typed for its author until it is saved."""
    form = form_in_sight(request, form_id)
    based_on = request.POST.get("based_on", "0")
    at = clock.now()
    try:
        actions.keep_draft(
            form,
            by=request.user,
            at=at,
            typed=_typed(request.POST),
            based_on=int(based_on) if based_on.isdecimal() else 0,
        )
    except Refusal as refusal:
        return JsonResponse({"refused": said(refusal.sentence)}, status=409)
    return JsonResponse({"kept": _("Kept %(time)s") % {"time": f"{at.astimezone(form.site.zone):%H:%M:%S}"}})


@require_POST
def draft_discard(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Forget what was typed and not saved."""
    form: Form = form_in_sight(request, form_id)
    actions.keep_draft(form, by=request.user, at=clock.now(), typed={}, based_on=form.version)
    return redirect("form", form.pk)


def _typed(data: QueryDict) -> dict[str, str | list[str]]:
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in data.lists() if name not in NOT_TYPED}
