"""While somebody types: what is computed, shown and counted, and the net under what was not saved yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.gate import posted_from
from audit import clock
from audit.decision import Refusal
from casebook import actions
from casebook.entry.posted import as_uuid, pages_of, posted
from casebook.entry.sheet import as_posted, stored_sheet
from casebook.entry.while_typing import typed_page
from casebook.models import Draft, Form
from casebook.views.sight import form_in_sight
from casebook.words import said

NOT_TYPED = {"csrfmiddlewaretoken", "key", "act", "based_on", "author", "continues", "sequence", "foreseen"}
NOT_TYPED |= {"settles", "began"}
LONGEST_NUMBER = 16


@require_POST
def peek(request: HttpRequest, form_id: UUID) -> JsonResponse:
    """Answer what the typed values compute to, which items are asked, and dates in words. Stores nothing."""
    form = form_in_sight(request, form_id)
    sheet = stored_sheet(form, request.user, at=clock.now())
    page = typed_page(as_posted(sheet, posted(sheet.crf, form, request.POST), data=request.POST))
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
    author = request.POST.get("author", "")
    if author and author != str(request.user.pk):
        return JsonResponse({"stranger": True, "refused": _("Somebody else is logged in here by now.")}, status=409)
    at = clock.now()
    try:
        typed = _typed(request)
        kept = _kept(form, request, typed, at)
    except Refusal as refusal:
        return JsonResponse({"refused": said(refusal.sentence)}, status=409)
    if kept is None:
        return JsonResponse({"kept": ""})
    is_whole = kept.typed.keys() == typed.keys()
    said_as = (
        _("Kept %(time)s") if is_whole else _("Kept %(time)s, without what looks like a person's number or address")
    )
    return JsonResponse({"kept": said_as % {"time": f"{kept.kept_at.astimezone(form.site.zone):%H:%M:%S}"}})


def _typed(request: HttpRequest) -> dict[str, str | list[str]]:
    lists = request.POST.lists()
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in lists if name not in NOT_TYPED}


def _kept(form: Form, request: HttpRequest, typed: dict[str, str | list[str]], at: datetime) -> Draft | None:
    data = request.POST
    return actions.keep_draft(
        form,
        by=request.user,
        at=at,
        typed=typed,
        based_on=_number(data.get("based_on", "")),
        page=data.get("key", "")[:64],
        continues=pages_of(data),
        sequence=_number(data.get("sequence", "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < LONGEST_NUMBER else 0


@require_GET
def resume(request: HttpRequest, form_id: UUID) -> JsonResponse:
    """Tell a page that is open who is logged in by now, and the token its next request needs."""
    form_in_sight(request, form_id)
    return JsonResponse({"user": str(request.user.pk), "token": get_token(request)})


@posted_from("form")
def draft_discard(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """Forget what was typed on one page and not saved."""
    form: Form = form_in_sight(request, form_id)
    found = get_object_or_404(Draft, pk=as_uuid(request.POST.get("draft", "")), form=form, author=request.user)
    actions.discard_draft(form, by=request.user, at=clock.now(), draft_id=found.pk)
    return redirect("form", form.pk)
