"""Queries: asked at items, on a form or for a missing one; assigned, answered by the site, closed; and comments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import posted_from
from accounts.models import User
from audit import clock
from audit.decision import Refusal
from casebook import actions
from casebook.entry.fields import items_of
from casebook.entry.rows import rows_stored
from casebook.models import Form, Query
from casebook.rules.queries import (
    may_answer_query,
    may_ask_for_form,
    may_assign_query,
    may_be_asked_for,
    may_cancel_query,
    may_close_query,
    may_comment,
    may_open_query,
    may_reopen_query,
)
from casebook.selectors.queries import asked_under, comments_by_path, people_of_site, people_who_answer, talk_of
from casebook.selectors.records import answers_of
from casebook.selectors.sight import tells_arm, visible_forms, visible_visits, without_arm
from casebook.views.keys import key_sent, new_key
from casebook.views.sight import form_in_sight, item_at, query_in_sight
from casebook.words import answer_in_words, box_id, said, title_of, visit_title
from protocol.language import Derived
from protocol.record import BLANK, Answer
from protocol.roles import Role
from protocol.trial import TRIAL

STEPS = {
    "answer": (actions.answer_query, may_answer_query),
    "close": (actions.close_query, may_close_query),
    "reopen": (actions.reopen_query, may_reopen_query),
    "cancel": (actions.cancel_query, may_cancel_query),
}


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, form_id: UUID, path: str = "") -> HttpResponse:
    """Ask a question on one item, on several that are ticked, or on the whole form."""
    form = form_in_sight(request, form_id)
    if path:
        item_at(form, path)
    people = people_who_answer(form)
    ticked, text, refused = _ticked(request, path), request.POST.get("text", ""), ""
    if request.method == "POST":
        named = _named(request, people)
        try:
            query = actions.open_query(
                form, by=request.user, at=clock.now(), paths=ticked, text=text, assigned_to=named, key=key_sent(request)
            )
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("The query is open; the site sees it on its work list."))
            return redirect("query", query.pk)
    context = {
        **_about(form),
        "key": new_key(),
        "path": path,
        "items": _items(form, request.user, ticked),
        "ticked": len(ticked),
        "people": people,
        "named": request.POST.get("assigned_to", ""),
        "text": text,
        "refused": refused,
        "decision": may_open_query(request.user, form, path=path),
    }
    return render(request, "casebook/ask.html", context, status=409 if refused else 200)


def _ticked(request: HttpRequest, path: str) -> list[str]:
    if request.method == "POST" and "ticks" in request.POST:
        return [each[:120] for each in request.POST.getlist("paths")][:200]
    return [path] if path else []


def _named(request: HttpRequest, people: QuerySet[User]) -> User | None:
    key = request.POST.get("assigned_to", "")
    return next((person for person in people if str(person.pk) == key), None)


def _items(form: Form, user: User, ticked: Iterable[str]) -> list[dict[str, Any]]:
    """Return the items that can be ticked, as they stand on the page of the form, each with its value now."""
    crf, answers = TRIAL.crf(form.crf), answers_of(form)
    chosen = set(ticked)
    return [
        {
            "path": path,
            "id": box_id(path),
            "item": item,
            "row": path.split("/")[1] if "/" in path else "",
            "value": answer_in_words(item, answers.get(path, BLANK)),
            "is_ticked": path in chosen,
        }
        for path, item in items_of(crf, rows_stored(crf, answers))
        if not isinstance(item, Derived) and not tells_arm(form, path, user)
    ]


def _about(form: Form) -> dict[str, Any]:
    return {"form": form, "form_title": title_of(form), "visit_title": visit_title(form.visit)}


@require_http_methods(["GET", "POST"])
def ask_visit(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Ask for a form of a visit that is missing; those that are there are asked about on their own pages."""
    visits = visible_visits(request.user).select_related("subject", "site")
    visit = get_object_or_404(visits, pk=visit_id)
    people = people_of_site(visit.site_id)
    crf, text, refused = request.POST.get("crf", "")[:8], request.POST.get("text", ""), ""
    if request.method == "POST":
        named = _named(request, people)
        try:
            query = actions.ask_for_form(
                visit,
                by=request.user,
                at=clock.now(),
                crf=crf or "?",
                text=text,
                assigned_to=named,
                key=key_sent(request),
            )
        except Refusal as refusal:
            # Sent twice, the form is there by now; what the first asked is shown.
            if earlier := asked_under(key_sent(request), by=request.user, visit=visit, crf=crf, text=text):
                return redirect("query", earlier.pk)
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("The query is open; the site sees it on its work list."))
            return redirect("query", query.pk)
    context = {
        "visit": visit,
        "key": new_key(),
        "visit_title": visit_title(visit),
        "forms": visible_forms(request.user).filter(visit=visit).order_by("crf", "repeat"),
        "missing": [TRIAL.crf(code) for code in may_be_asked_for(request.user, visit)],
        "crf": crf,
        "people": people,
        "named": request.POST.get("assigned_to", ""),
        "text": text,
        "refused": refused,
        "decision": may_ask_for_form(request.user, visit),
    }
    return render(request, "casebook/queries_of_visit.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "POST"])
def comment(request: HttpRequest, form_id: UUID, path: str = "") -> HttpResponse:
    """Leave a remark on an item or on the whole form, beside what others remarked there."""
    form = form_in_sight(request, form_id)
    item = item_at(form, path) if path else None
    if path and tells_arm(form, path, request.user):
        raise Http404
    text, refused = request.POST.get("text", ""), ""
    if request.method == "POST":
        try:
            actions.comment(form, by=request.user, at=clock.now(), text=text, path=path, key=key_sent(request))
        except Refusal as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, _("The comment is kept."))
            place = f"#item-{box_id(path)}" if path else ""
            return redirect(f"{reverse('form', args=[form.pk])}{place}")
    context = {
        **_about(form),
        "key": new_key(),
        "item": item,
        "path": path,
        "value": answer_in_words(item, answers_of(form).get(path, BLANK)) if item else "",
        "comments": comments_by_path(form).get(path, []),
        "text": text,
        "refused": refused,
        "decision": may_comment(request.user, form, path=path),
    }
    return render(request, "casebook/comment.html", context, status=409 if refused else 200)


@require_GET
def query_page(request: HttpRequest, query_id: UUID) -> HttpResponse:
    """Show the conversation of a query, and what this person may do with it."""
    return _page(request, query_in_sight(request, query_id))


@posted_from("query", without=("step",))
def query_step(request: HttpRequest, query_id: UUID, step: str) -> HttpResponse:
    """Answer, close, reopen, cancel or assign a query."""
    query = query_in_sight(request, query_id)
    text = request.POST.get("text", "").strip()
    by, at = request.user, clock.now()
    try:
        if step == "assign":
            actions.assign_query(query, by=by, at=at, to=_named(request, people_who_answer(query.form)))
        elif step in STEPS:
            STEPS[step][0](query, by=by, at=at, text=text)
        else:
            raise Http404
    except Refusal as refusal:
        return _page(request, query, text=text, refused=said(refusal.sentence))
    messages.success(request, _("The query is updated."))
    return redirect("query", query.pk)


def _page(request: HttpRequest, query: Query, *, text: str = "", refused: str = "") -> HttpResponse:
    form = query.form
    context = {
        **_about(form),
        "query": query,
        "items": _asked_about(query, request.user),
        "talk": [(each, _role(each.by_role)) for each in talk_of(query)],
        "steps": [(step, may(request.user, query)) for step, (_do, may) in STEPS.items()],
        "may_assign": may_assign_query(request.user, query),
        "people": people_who_answer(form),
        "text": text,
        "refused": refused,
    }
    return render(request, "casebook/query.html", context, status=409 if refused else 200)


def _asked_about(query: Query, user: User) -> list[dict[str, Any]]:
    """Return the items a query is about, each with the value that was asked about and the one that stands."""
    now = without_arm(answers_of(query.form), query.form, user)
    kept = {query.path: query.value, **query.further}
    return [
        {
            "path": path,
            "item": item,
            "asked": answer_in_words(item, Answer.from_json(kept[path])),
            "now": answer_in_words(item, now.get(path, BLANK)),
        }
        for path in query.paths
        if path and (item := _item_or_none(query.form, path)) is not None
    ]


def _item_or_none(form: Form, path: str) -> Any:
    try:
        return TRIAL.crf(form.crf).item(path)
    except KeyError:
        return None


def _role(stored: str) -> str:
    return Role(stored).title if stored in set(Role) else stored
