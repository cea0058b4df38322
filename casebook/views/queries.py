"""Queries: asked at an item, answered by the site, closed by data management."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from audit import clock
from audit.decision import Refusal
from casebook.actions.queries import answer_query, cancel_query, close_query, open_query, reopen_query
from casebook.models import Query
from casebook.rules.queries import (
    may_answer_query,
    may_cancel_query,
    may_close_query,
    may_open_query,
    may_reopen_query,
)
from casebook.selectors.records import answers_of
from casebook.selectors.sight import without_arm
from casebook.views.sight import form_in_sight, item_at, query_in_sight
from casebook.words import answer_in_words, said, title_of, visit_title
from protocol.record import BLANK, Answer

STEPS = {
    "answer": (answer_query, may_answer_query),
    "close": (close_query, may_close_query),
    "reopen": (reopen_query, may_reopen_query),
    "cancel": (cancel_query, may_cancel_query),
}


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, form_id: UUID, path: str) -> HttpResponse:
    """Ask a question on one item."""
    form = form_in_sight(request, form_id)
    item = item_at(form, path)
    text, refused = request.POST.get("text", ""), ""
    if request.method == "POST":
        try:
            query = open_query(form, by=request.user, at=clock.now(), path=path, text=text)
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("The query is open; the site sees it on its work list."))
            return redirect("query", query.pk)
    context = {
        "form": form,
        "item": item,
        "path": path,
        "value": answer_in_words(item, without_arm(answers_of(form), form, request.user).get(path, BLANK)),
        "text": text,
        "refused": refused,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
        "decision": may_open_query(request.user, form, path=path),
    }
    return render(request, "casebook/ask.html", context, status=409 if refused else 200)


@require_GET
def query_page(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """Show the conversation of a query, and what this person may do with it."""
    return _page(request, query_in_sight(request, query_id))


@require_POST
def query_step(request: HttpRequest, query_id: UUID, step: str) -> HttpResponse:
    """Answer, close, reopen or cancel a query."""
    query = query_in_sight(request, query_id)
    if step not in STEPS:
        raise Http404
    text = request.POST.get("text", "").strip()
    try:
        STEPS[step][0](query, by=request.user, at=clock.now(), text=text)
    except Refusal as refusal:
        return _page(request, query, text=text, refused=said(refusal.sentence))
    messages.success(request, _("The query is updated."))
    return redirect("query", query.pk)


def _page(request: HttpRequest, query: Query, *, text: str = "", refused: str = "") -> HttpResponse:
    form = query.form
    item = item_at(form, query.path) if query.path else None
    context = {
        "query": query,
        "form": form,
        "item": item,
        "asked_about": answer_in_words(item, Answer.from_json(query.value)) if item else "",
        "stands": answer_in_words(item, answers_of(form).get(query.path, BLANK)) if item else "",
        "talk": query.messages.select_related("said_by").order_by("said_at", "id"),
        "steps": [(step, may(request.user, query)) for step, (_do, may) in STEPS.items()],
        "text": text,
        "refused": refused,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
    }
    return render(request, "casebook/query.html", context, status=409 if refused else 200)
