"""The lists of cleaning: queries with their matrix, comments, and checks; each with its filter and its CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.filters import seeks_a_person
from accounts.gate import posted_from
from accounts.narrowing import refuse_unread
from accounts.roles import Permission
from accounts.selectors import visible_sites
from audit import clock
from audit.decision import Refusal
from casebook import actions
from casebook.models import Comment
from casebook.selectors import checks as catalogue
from casebook.selectors.query_list import (
    KINDS,
    ORDERS,
    Chosen,
    Row,
    comments_in,
    item_of,
    matrix_of,
    queries_in,
    rows_of,
)
from casebook.selectors.sight import visible_queries
from casebook.states import QueryState
from casebook.words import said, title_of, visit_title
from paper.tables import csv_lines
from protocol.trial import TRIAL
from protocol.words import Sentence

PAGE_SIZES = (50, 25, 100)
KEPT_FILTER = "queries filter"
SITE_IN_SESSION = "site"  # set by the site switch of the frame
AT_ONCE = 200


def chosen_in(request: HttpRequest) -> Chosen:
    """Return what the address says; the site switch decides where it says nothing of a site."""
    chosen = Chosen.from_query(request.GET)
    if "site" not in request.GET and (site := request.session.get(SITE_IN_SESSION)):
        return replace(chosen, site=str(site))
    return chosen


def paged(request: HttpRequest, found: Any) -> tuple[Page[Any], int]:
    """Return the page asked for and how many rows it has."""
    size = request.GET.get("size", "")
    rows = int(size) if size.isdecimal() and len(size) < 5 and int(size) in PAGE_SIZES else PAGE_SIZES[0]
    return Paginator(found, rows).get_page(request.GET.get("page")), rows


@require_GET
def queries(request: HttpRequest) -> HttpResponse:
    """Show the matrix of kinds and states, and below it the queries chosen; the filter stands in the address."""
    if not request.GET and (kept := request.session.get(KEPT_FILTER)):
        return redirect(f"{reverse('queries')}?{kept}")
    chosen, at = chosen_in(request), clock.now()
    page, size = paged(request, queries_in(request.user, chosen, at=at))
    address = urlencode({**chosen.to_query(), "size": size})
    _keep(request, address)
    context = {
        "chosen": chosen,
        "query": address,
        "page": page,
        "rows": rows_of(page.object_list, at=at),
        "matrix": _matrix(request, chosen),
        "states": [*QueryState.choices, ("all", _("All"))],
        "kinds": KINDS.items(),
        "sites": visible_sites(request.user),
        "sizes": PAGE_SIZES,
        "size": size,
        "may_close": request.user.holds_anywhere(Permission.QUERY_CLOSE),
        "is_narrowed": replace(chosen, site="", order="oldest") != Chosen(),
    }
    return render(request, "casebook/queries.html", context)


def _keep(request: HttpRequest, address: str) -> None:
    """Remember the filter for whoever comes back by the navigation; written only when it changed."""
    if request.session.get(KEPT_FILTER, "") != address and request.GET and not seeks_a_person(address):
        request.session[KEPT_FILTER] = address


def _matrix(request: HttpRequest, chosen: Chosen) -> list[dict[str, Any]]:
    counted = matrix_of(request.user, chosen, at=clock.now())
    return [
        {
            "title": KINDS[kind],
            "cells": [
                (count, urlencode(replace(chosen, kind=kind, state=state).to_query()), chosen.kind == kind == state)
                for state, count in cells
            ],
            "all": sum(count for _state, count in cells),
            "address": urlencode(replace(chosen, kind=kind, state="all").to_query()),
        }
        for kind, cells in counted
    ]


@require_GET
def queries_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the filtered list as CSV, all pages of it. Raises StrangeField."""
    at, chosen = clock.now(), chosen_in(request)
    refuse_unread(request, asdict(chosen))
    head = [_("Site"), _("Subject"), _("Visit"), _("Form"), _("Item"), _("Path"), _("Further items"), _("Value now")]
    head += [_("Kind of query"), _("Check"), _("Text"), _("State"), _("Last word"), _("Assigned to"), _("Opened by")]
    head += [_("Opened"), _("Days open"), _("Days since update"), _("Due"), _("Outcome")]
    rows = list(rows_of(queries_in(request.user, chosen, at=at), at=at))
    return _as_csv("queries", head, map(_cells, rows))


def _cells(row: Row) -> list[object]:
    query = row.query
    kind = _("Check") if query.check_id else _("Person")
    text = said(Sentence.from_json(query.sentence), coded=True)
    place = [query.site.code, query.form.subject.number, visit_title(query.form.visit), title_of(query.form)]
    item = [_(row.item) if row.item else "", query.path, " ".join(sorted(query.further)), row.coded]
    named = query.assigned_to.name if query.assigned_to else ""
    told = [kind, query.check_id, text, query.state, row.last, named, query.opened_by.name]
    due = row.due_on.isoformat() if row.due_on else ""
    return [*place, *item, *told, query.opened_at.isoformat(), row.age, row.since, due, query.outcome]


@posted_from("queries")
def queries_close(request: HttpRequest) -> HttpResponse:
    """Close the queries that are ticked, each by itself; say of each that was refused why."""
    keys = [key for key in request.POST.getlist("query") if len(key) == 36][:AT_ONCE]
    found = list(_ticked(request, keys))
    closed = 0
    for query in found:
        try:
            actions.close_query(query, by=request.user, at=clock.now())
        except Refusal as refusal:
            place = f"{query.form.subject.number}, {title_of(query.form)}"
            messages.error(request, _("%(place)s: %(why)s") % {"place": place, "why": said(refusal.sentence)})
        else:
            closed += 1
    if closed:
        text = ngettext("%(count)s query is closed.", "%(count)s queries are closed.", closed)
        messages.success(request, text % {"count": closed})
    if not found:
        messages.info(request, _("Tick the queries to close first."))
    return redirect("queries")


def _ticked(request: HttpRequest, keys: Iterable[str]) -> Iterable[Any]:
    wanted = set(keys)
    found = visible_queries(request.user).filter(pk__in=[key for key in wanted if _is_key(key)])
    return found.select_related("form__subject", "form__visit", "site").order_by("opened_at", "id")


def _is_key(text: str) -> bool:
    return all(sign in "0123456789abcdef-" for sign in text) and text.count("-") == 4


@require_GET
def comments(request: HttpRequest) -> HttpResponse:
    """List comments, the newest first."""
    chosen = chosen_in(request)
    page, size = paged(request, comments_in(request.user, chosen))
    context = {
        "chosen": chosen,
        "query": urlencode({**chosen.to_query(), "size": size}),
        "page": page,
        "rows": [(each, item_of(each.form.crf, each.path)) for each in page.object_list],
        "sites": visible_sites(request.user),
        "sizes": PAGE_SIZES,
        "size": size,
        "is_narrowed": bool(chosen.number),
    }
    return render(request, "casebook/queries_comments.html", context)


@require_GET
def comments_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the filtered comments as CSV, all pages of them. Raises StrangeField."""
    chosen = chosen_in(request)
    refuse_unread(request, asdict(chosen))
    head = [_("Site"), _("Subject"), _("Visit"), _("Form"), _("Item"), _("Path"), _("Comment"), _("By"), _("When")]
    found = list(comments_in(request.user, chosen))
    return _as_csv("comments", head, map(_comment_cells, found))


def _comment_cells(each: Comment) -> list[object]:
    item = item_of(each.form.crf, each.path)
    place = [each.site.code, each.form.subject.number, visit_title(each.form.visit), title_of(each.form)]
    return [*place, _(item.title) if item else "", each.path, each.text, each.said_by.name, each.said_at.isoformat()]


@require_GET
def checks(request: HttpRequest) -> HttpResponse:
    """List every check with how often it fired and how often that changed a value."""
    crf, order = _of_checks(request)
    page, size = paged(request, catalogue.check_lines(request.user, crf=crf, order=order))
    context = {
        "crf": crf,
        "order": order,
        "crfs": TRIAL.crfs,
        "query": urlencode({"crf": crf, "order": order, "size": size}),
        "page": page,
        "sizes": PAGE_SIZES,
        "size": size,
    }
    return render(request, "casebook/checks.html", context)


@require_GET
def checks_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the checks as CSV, all pages of them. Raises StrangeField."""
    crf, order = _of_checks(request)
    refuse_unread(request, {"crf": crf, "order": order})
    head = [_("Check"), _("Form"), _("Item"), _("Kind"), _("What it asks"), _("Saves refused"), _("Queries opened")]
    head += [_("Open or answered"), _("Value changed"), _("Value kept")]
    lines = catalogue.check_lines(request.user, crf=crf, order=order)
    return _as_csv("checks", head, map(_check_cells, lines))


def _check_cells(line: catalogue.CheckLine) -> list[object]:
    kind = _("hard") if line.is_hard else _("soft")
    about = [line.id, line.crf.code if line.crf else "", _(line.item) if line.item else "", kind, line.shown]
    return [*about, line.refused, line.asked, line.standing, line.changed, line.kept]


def _of_checks(request: HttpRequest) -> tuple[str, str]:
    crf, order = request.GET.get("crf", ""), request.GET.get("order", "")
    known = {each.code for each in TRIAL.crfs}
    return crf if crf in known else "", order if order in catalogue.ORDERS else "form"


def _as_csv(name: str, head: list[str], rows: Iterator[list[object]]) -> StreamingHttpResponse:
    lines = csv_lines(head, list(rows), bom=True)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


__all__ = ["ORDERS", "checks", "checks_csv", "comments", "comments_csv", "queries", "queries_close", "queries_csv"]
