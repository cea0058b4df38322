"""The history of a whole subject: every change, item by item, filtered in the address, as a page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.narrowing import refuse_unread
from audit.numbers import number_typed
from casebook.entry.history import FLAG_WORDS, KIND_WORDS, ORDER_WORDS, Said, said_of
from casebook.models import Form, Subject
from casebook.selectors.sight import visible_subjects
from casebook.selectors.subject_history import FLAGS, KINDS, ORDERS, Line, Narrowed, forms_in_sight, history_of
from casebook.words import title_of, visit_title
from paper.tables import csv_lines

SIZES = (50, 100, 200)
FIRST_YEAR, LAST_YEAR = 1900, 2200
COLUMNS = (
    "recorded_utc", "at_site", "form", "visit", "item_path", "item", "what", "old", "new", "user", "role", "reason",
    "review",
)  # fmt: skip


@require_GET
def history(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show what changed of a subject, item by item, as far as the reader may see it."""
    subject = _subject(request, subject_id)
    asked, wrong = asked_of(request.GET)
    size = _size(request.GET)
    page = _page(subject, request, asked, size)
    context = {
        "subject": subject,
        "asked": asked,
        "wrong": wrong,
        "page": page,
        "lines": [said_of(line) for line in page.object_list],
        "forms": [(str(form.pk), _called(form)) for form in forms_in_sight(subject, request.user)],
        "kinds": [(kind, _(KIND_WORDS[kind])) for kind in KINDS],
        "flags": [(flag, _(FLAG_WORDS[flag])) for flag in FLAGS],
        "orders": [(order, _(ORDER_WORDS[order])) for order in ORDERS],
        "sizes": SIZES,
        "size": size,
        "query": _as_query(asked, size=size),
        "is_narrowed": asked != Narrowed(order=asked.order),
    }
    return render(request, "desk/history.html", context)


@require_GET
def history_csv(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Give the filtered history as CSV, all pages of it. Raises StrangeField."""
    subject = _subject(request, subject_id)
    asked, _wrong = asked_of(request.GET)
    refuse_unread(request, asdict(asked))
    lines, _count = history_of(subject, request.user, asked)
    rows = (_row(said_of(line, coded=True), subject) for line in lines)
    response = HttpResponse(csv_lines(COLUMNS, rows, bom=True), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="history-{subject.number}.csv"'
    return response


def asked_of(said: Mapping[str, str]) -> tuple[Narrowed, str]:
    """Return the filter of an address, and what of it cannot be read."""
    since, until = _day(said, "since"), _day(said, "until")
    form = said.get("form", "")
    asked = Narrowed(
        form=str(UUID(form)) if _is_key(form) else "",
        item=said.get("item", "")[:80],
        who=said.get("who", "")[:80],
        kind=said.get("kind", "") if said.get("kind") in KINDS else "",
        flag=said.get("flag", "") if said.get("flag") in FLAGS else "",
        order=said.get("order", "") if said.get("order") in ORDERS else "newest",
        since=since if isinstance(since, date) else None,
        until=until if isinstance(until, date) else None,
    )
    unread = next((day for day in (since, until) if isinstance(day, str)), "")
    return asked, _("%(day)s is no day. Write it as 2025-03-31.") % {"day": unread} if unread else ""


def _day(said: Mapping[str, str], name: str) -> date | str | None:
    """Return the day of a filter, or what was typed where it is none."""
    text = said.get(name, "").strip()[:40]
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return text
    return day if day is None or FIRST_YEAR <= day.year <= LAST_YEAR else text


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _subject(request: HttpRequest, subject_id: UUID) -> Subject:
    return get_object_or_404(visible_subjects(request.user).select_related("site"), pk=subject_id)


def _size(said: Mapping[str, str]) -> int:
    size = said.get("size", "")
    return number_typed(size) if number_typed(size) in SIZES else SIZES[0]


def _as_query(asked: Narrowed, **more: object) -> str:
    return urlencode({name: value for name, value in {**asdict(asked), **more}.items() if value})


class _Known:
    """Lines of one page that know how many there are in all."""

    def __init__(self, lines: list[Line], count: int) -> None:
        self.lines, self.all = lines, count

    def count(self) -> int:
        return self.all

    def __len__(self) -> int:
        return self.all

    def __getitem__(self, _part: slice) -> list[Line]:
        return self.lines


def _page(subject: Subject, request: HttpRequest, asked: Narrowed, size: int) -> Page[Line]:
    text = request.GET.get("page", "1")
    number = max(int(text[:6]), 1) if text.isascii() and text.isdecimal() else 1
    lines, count = history_of(subject, request.user, asked, first=(number - 1) * size, most=size)
    if not lines and number > 1:  # a page that is no more
        number = 1
        lines, count = history_of(subject, request.user, asked, most=size)
    return Paginator(_Known(lines, count), size).page(number)  # type: ignore[arg-type]


def _called(form: Form) -> str:
    return f"{title_of(form)} · {visit_title(form.visit)}"


def _row(said: Said, subject: Subject) -> Iterator[object]:
    line = said.line
    yield f"{line.recorded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    yield line.at.astimezone(subject.site.zone).isoformat(timespec="seconds")
    yield from (said.form_title, said.visit_title, line.path, said.item, said.what, said.old, said.new)
    yield from (line.by_name, line.by_role, line.reason, "; ".join(line.flags))
