"""The pages of imports: the list, preparing one, its report, and its release by a second person."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import posted_from
from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit import clock
from audit.decision import YES, Decision, Refusal, no
from casebook.actions.importing import prepare_import, reject_import, release_import
from casebook.imports.order import Order, declared_once, read_order
from casebook.imports.report import COUNTED, ImportRefused, Kind, Report
from casebook.imports.source import MOST_BYTES
from casebook.models import ImportBatch
from casebook.rules.imports import may_prepare_import, may_reject_import, may_release_import
from casebook.selectors.imports import visible_batches
from casebook.states import ImportState
from protocol.words import N_, sentence

SHOWN_PER_KIND = 500
MOST_ROWS = 200  # a browser waits for the answer; more rows are imported at the server's shell
ROWS_PER_PAGE = 50
OPEN_AT_FIRST = (Kind.REFUSED, Kind.DOUBTFUL)


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """List the imports of the user's sites, the latest first."""
    batches = visible_batches(request.user).defer("content", "mapping")
    page = Paginator(batches, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "query": "", "decision": _may_prepare_somewhere(request.user)}
    return render(request, "imports/list.html", context)


@require_http_methods(["GET", "POST"])
def import_prepare(request: HttpRequest) -> HttpResponse:
    """Take a file and its mapping, run it without keeping anything, and show what it would do."""
    context = {"most_megabytes": MOST_BYTES // 1024**2, "declared": request.POST.get("declared", "")}
    if request.method == "GET":
        return render(request, "imports/prepare.html", context)
    try:
        order = _order(request)
        _demand_few_rows(order)
        site = _site(request.user, order)
        batch = prepare_import(site, by=request.user, at=clock.now(), order=order)
    except ImportRefused as refused:
        context |= {"refused": refused.sentence, "report": shown(refused.report)}
    except Refusal as refusal:
        context |= {"refused": refusal.sentence}
    else:
        messages.success(request, _("The import is prepared. Nothing is kept of the dry run but this report."))
        return redirect("import-batch", batch.pk)
    return render(request, "imports/prepare.html", context, status=422)


@require_GET
def import_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show the report of one import, with the button to release it and why it may be grey."""
    return _batch_page(request, _batch_in_sight(request, batch_id))


@posted_from("import-batch")
def import_release(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Import the file: every row, or nothing."""
    batch = _batch_in_sight(request, batch_id)
    try:
        release_import(batch, by=request.user, at=clock.now())
    except ImportRefused as refused:
        return _batch_page(request, batch, refused=refused)
    messages.success(request, _("The import is released: its rows are subjects and forms now."))
    return redirect("import-batch", batch.pk)


@posted_from("import-batch")
def import_reject(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Reject the import, with a reason."""
    batch = _batch_in_sight(request, batch_id)
    reject_import(batch, by=request.user, at=clock.now(), reason=request.POST.get("reason", ""))
    messages.success(request, _("The import is rejected."))
    return redirect("imports")


def shown(report: Report, *, is_done: bool = False) -> dict[str, object]:
    """Return what the page shows of a report: the counts, and the entries by kind."""
    return {
        "kinds": [
            (kind.value, kind in OPEN_AT_FIRST, report.counts[kind.value], report.of(kind)[:SHOWN_PER_KIND])
            for kind in Kind
            if report.counts[kind.value]
        ],
        # What was refused is taken back: its counts would say what nobody finds.
        "counts": [(name, report.counts[name]) for name in COUNTED if report.counts[name] and not report.is_refused],
        "is_done": is_done,
    }


def _batch_page(request: HttpRequest, batch: ImportBatch, *, refused: ImportRefused | None = None) -> HttpResponse:
    report = refused.report if refused else Report.from_json(batch.report)
    context = {
        "batch": batch,
        "report": shown(report, is_done=batch.state == ImportState.RELEASED),
        "refused": refused.sentence if refused else None,
        "may_release": may_release_import(request.user, batch, at=clock.now()),
        # Asked with a reason that stands, so that only what else forbids it is said before one is typed.
        "may_reject": may_reject_import(request.user, batch, reason="words"),
    }
    return render(request, "imports/batch.html", context, status=422 if refused else 200)


def _batch_in_sight(request: HttpRequest, batch_id: UUID) -> ImportBatch:
    return get_object_or_404(visible_batches(request.user), pk=batch_id)


def _may_prepare_somewhere(user: User) -> Decision:
    return YES if user.holds_anywhere(Permission.IMPORT_PREPARE) else may(user, Permission.IMPORT_PREPARE, None)


def _order(request: HttpRequest) -> Order:
    file, mapping = request.FILES.get("file"), request.FILES.get("mapping")
    if file is None or mapping is None:
        raise Refusal(sentence(N_("Choose both a file and its mapping.")))
    return read_order(
        _content(file),
        _content(mapping).decode("utf-8", errors="replace"),
        file_name=(file.name or "")[-120:],
        declared=_declared(request.POST.get("declared", "")),
    )


def _demand_few_rows(order: Order) -> None:
    if (count := len(order.source.rows)) > MOST_ROWS:
        message = N_(
            "The file has %(count)s rows; the page takes %(most)s. Split it, or have it imported at the server."
        )
        raise Refusal(sentence(message, count=count, most=MOST_ROWS))


def _content(file: UploadedFile) -> bytes:
    # One byte over the limit is enough to know that the file is too large.
    return file.read(MOST_BYTES + 1)


def _declared(text: str) -> dict[str, str]:
    declared = []
    for line in filter(str.strip, text.splitlines()):
        name, sign, value = line.partition("=")
        if not sign:
            raise Refusal(
                sentence(N_("Write one declaration a line, as name = value; not “%(line)s”."), line=line.strip())
            )
        declared.append((name.strip(), value.strip()))
    return declared_once(declared)


def _site(user: User, order: Order) -> Site:
    """Return the site that the mapping names. Raises Refusal where the user prepares no imports for it."""
    site = Site.objects.filter(code=order.mapping.site, pk__in=user.site_ids()).first()
    decision = (
        may_prepare_import(user, site)
        if site
        else no(N_("The mapping is for site %(site)s, which is none of yours."), site=order.mapping.site)
    )
    if site is None or not decision:
        raise Refusal.of(decision)
    return site
