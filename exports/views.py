"""The pages of exports: what may be taken out, tables as they are read, and the files one asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.gate import posted_from
from accounts.models import Site, User
from audit import clock
from audit.decision import Refusal
from audit.door import as_actor
from casebook.selectors.sight import visible_subjects
from casebook.words import said
from exports import queue
from exports.actions import ask_download, record_table
from exports.archive import batched_lines
from exports.columns import groups_of
from exports.models import Download, DownloadPart
from exports.past import asked_moment, in_name, standing
from exports.rules import may_export, may_fetch, may_print_casebook
from exports.selectors import exportable_sites, own_downloads
from exports.states import DownloadState
from exports.tables import Table, form_table, group_table
from protocol.language import Crf
from protocol.trial import TRIAL

PAGE_SIZE = 25
NOT_DONE_YET = (DownloadState.WAITING, DownloadState.RUNNING)


@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """Offer what may be taken out: tables of forms, the whole trial, the casebook of a subject."""
    return _page(request)


def _page(
    request: HttpRequest, *, number: str = "", refused: str = "", moment_refused: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "decision": may_export(request.user),
        "sites": exportable_sites(request.user),
        "crfs": [(crf, groups_of(crf)) for crf in TRIAL.crfs],
        "number": number,
        "refused": refused,
        "as_of": _typed_moment(request),
        "moment_refused": moment_refused,
        "key": str(uuid4()),
    }
    return render(request, "exports/exports.html", context, status=status)


@require_GET
def table(request: HttpRequest, crf: str) -> HttpResponse | StreamingHttpResponse:
    """Give the table of a CRF, or of one of its groups, as CSV, also as of a moment; it is written while it is read."""
    definition, group = _definition(crf, request.GET.get("group", ""))
    sites = _chosen_sites(request)
    at, is_for_excel = clock.now(), request.GET.get("for") == "excel"
    name = f"{crf}_{group}" if group else crf
    moment, why = asked_moment(_typed_moment(request), sites, now=at)
    if why:
        return _page(request, moment_refused=said(why), status=400)
    record_table(sites, by=request.user, at=at, kind="asked", name=name, counts=_of_moment(moment))
    lines = _lines(request.user, definition, group, sites, at=at, bom=is_for_excel, moment=moment)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}{in_name(moment)}.csv"'
    return response


def _typed_moment(request: HttpRequest) -> str:
    return (request.GET.get("as_of", "") or request.POST.get("as_of", "")).strip()[:40]


def _of_moment(moment: datetime | None) -> dict[str, str]:
    return {"as_of": moment.astimezone(UTC).isoformat()} if moment else {}


def _definition(code: str, group: str) -> tuple[Crf, str]:
    crf = next((crf for crf in TRIAL.crfs if crf.code == code), None)
    if crf is None or (group and group not in {each.name for each in groups_of(crf)}):
        raise Http404
    return crf, group


def _chosen_sites(request: HttpRequest) -> list[Site]:
    """Return the site that is asked for, or all that may be exported; another one does not exist. Raises Refusal."""
    sites = exportable_sites(request.user)
    if chosen := request.GET.get("site", "") or request.POST.get("site", ""):
        sites = [site for site in sites if site.code == chosen]
        if not sites:
            raise Http404
    if not (decision := may_export(request.user, sites or None)):
        raise Refusal.of(decision)
    return sites


def _lines(
    user: User, crf: Crf, group: str, sites: list[Site], *, at: datetime, bom: bool, moment: datetime | None
) -> Iterator[bytes]:
    """Yield the table; the response runs after the transaction of the view, so it acts in one of its own."""
    with as_actor(user):
        digest, lines = sha256(), -1
        with standing(user, moment):
            table = group_table(user, crf, group, sites) if group else form_table(user, crf, sites, at=moment or at)
            for some in batched_lines(table, bom=bom):
                lines += len(some)
                content = "".join(some).encode()
                digest.update(content)
                yield content
        counts = {"rows": lines, "sha256": digest.hexdigest(), **_of_moment(moment)}
        _record_made(user, table, sites, at=at, counts=counts)


def _record_made(user: User, table: Table, sites: list[Site], *, at: datetime, counts: dict[str, Any]) -> None:
    record_table(sites, by=user, at=at, kind="made", name=table.name, counts=counts)


@posted_from("exports")
def trial_ask(request: HttpRequest) -> HttpResponse:
    """Ask for the whole trial, also as of a moment, in the background."""
    sites = _chosen_sites(request)
    moment, why = asked_moment(_typed_moment(request), sites, now=clock.now())
    if why:
        return _page(request, moment_refused=said(why), status=400)
    return _asked(request, ask_download(None, sites=sites, as_of=moment, **_asking(request)))


@posted_from("casebook")
def casebook_ask(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Ask for the casebook of a subject on paper, in the background."""
    subject = get_object_or_404(visible_subjects(request.user), pk=subject_id)
    return _asked(request, ask_download(subject, **_asking(request)))


@posted_from("exports")
def casebook_ask_by_number(request: HttpRequest) -> HttpResponse:
    """The same, for whoever types the number."""
    number = request.POST.get("number", "").strip()[:32]
    subject = visible_subjects(request.user).select_related("site").filter(number__iexact=number).first()
    if subject is None or not may_print_casebook(request.user, subject):
        text = _("No subject of your sites has the number %(number)s. Check it on the list of subjects.")
        return _page(request, number=number, refused=text % {"number": number or "—"}, status=400)
    return _asked(request, ask_download(subject, **_asking(request)))


def _asking(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now(), "key": request.POST.get("key", "")[:64] or str(uuid4())}


def _asked(request: HttpRequest, download: Download) -> HttpResponse:
    # The clock of the writer would find it soon; waking it is a courtesy, and a dead queue no fault.
    transaction.on_commit(queue.wake_writer, robust=True)
    messages.success(request, _("%(kind)s %(title)s is being written.") % _named(download))
    return redirect("downloads")


def _named(download: Download) -> dict[str, str]:
    return {"kind": str(download.get_kind_display()), "title": download.title}


@require_GET
def downloads(request: HttpRequest) -> HttpResponse:
    """Show the files one asked for, and how far they are; the page comes again by itself while one is not done."""
    page = Paginator(own_downloads(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(download, may_fetch(request.user, download), download.state in NOT_DONE_YET) for download in page]
    is_waiting = any(is_under_way for _download, _decision, is_under_way in rows)
    return render(
        request, "exports/downloads.html", {"page": page, "rows": rows, "is_waiting": is_waiting, "query": ""}
    )


@require_GET
def download(request: HttpRequest, download_id: UUID) -> StreamingHttpResponse:
    """Give a file to its owner; for everybody else it does not exist."""
    found = get_object_or_404(own_downloads(request.user), pk=download_id)
    if not (decision := may_fetch(request.user, found)):
        raise Refusal.of(decision)
    response = StreamingHttpResponse(_parts(request.user, found), content_type=found.content_type)
    response["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    response["Content-Length"] = str(found.size)
    return response


def _parts(user: User, download: Download) -> Iterator[bytes]:
    with as_actor(user):
        parts = DownloadPart.objects.filter(download=download).order_by("number").values_list("content", flat=True)
        for part in parts.iterator(chunk_size=4):
            yield bytes(part)
