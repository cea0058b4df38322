"""The pages of reports: each as a page, on paper and as a table file, with the data cut and the seal at its foot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from audit import clock
from audit.selectors import last_seal
from casebook.selectors.sight import visible_subjects
from outcomes.selectors.endpoints import endpoints_of
from outcomes.selectors.population import counted_subjects, may_know_arms, may_see_arms, readable_sites
from paper.pdf import Foot, pdf_of
from paper.tables import csv_lines
from protocol.words import N_
from reports.accrual import accrual
from reports.asking import asked_in
from reports.flow import box_called, counted, flow
from reports.response import STANDINGS, response
from reports.shape import READ_WITHOUT_ARM, Asked, Report, Table
from reports.subjects import endpoints, shown, status_of
from reports.survival import ENDPOINTS, survival

ROWS = 50  # of a table on one page; paper and table file have all
REPORTS: Mapping[str, tuple[str, Callable[[Asked], Report]]] = {
    "accrual": (N_("Accrual"), accrual),
    "flow": (N_("CONSORT flow"), flow),
    **{name: (endpoint.title, survival(name)) for name, endpoint in ENDPOINTS.items()},
    "endpoints": (N_("Endpoints by subject"), endpoints),
    "response": (N_("Pathological complete response"), response),
}
COMPARES = frozenset({"response"})  # speaks of one arm, so it asks for the right to compare
BY_ARM = frozenset({"flow", *ENDPOINTS})


@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """Offer the reports the reader may open."""
    asked = asked_in(request, at=clock.now())
    return render(request, "reports/reports.html", {"asked": asked, "reports": _offered(asked)})


@require_GET
def report(request: HttpRequest, which: str) -> HttpResponse:
    """Show a report."""
    asked, found = _asked(request, which)
    context = {**_context(which, asked, found), "offered": _offered(asked), "pages": _paged(request, found)}
    return render(request, "reports/report.html", context, status=400 if asked.refused else 200)


@require_GET
def report_pdf(request: HttpRequest, which: str) -> HttpResponse:
    """Give a report on paper."""
    asked, found = _asked(request, which)
    _refuse_unreadable(asked)
    synthetic = counted_subjects(asked.user, asked.sites).filter(synthetic=True).exists()
    foot = Foot.of(last_seal(), at=asked.at, synthetic=synthetic)
    content = pdf_of(
        "reports/paper.html", {**_context(which, asked, found), "foot": foot}, language=get_language() or "en"
    )
    return _file(HttpResponse(content, content_type="application/pdf"), which, asked, "pdf")


@require_GET
def report_csv(request: HttpRequest, which: str) -> HttpResponse:
    """Give the first table of a report, or the one that is asked for, as CSV."""
    asked, found = _asked(request, which)
    _refuse_unreadable(asked)
    wanted = request.GET.get("table", found.tables[0].name)
    table = next((table for table in found.tables if table.name == wanted), None)
    if table is None:
        raise Http404
    seal = last_seal()
    seal_said = f"{seal.number} {seal.digest}" if seal else ""
    header = [*(column.title for column in table.columns), _("Data cut"), _("Audit trail seal")]
    lines = csv_lines(header, ((*row, asked.cut_on.isoformat(), seal_said) for row in table.plain()), bom=True)
    return _file(
        StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8"), f"{which}-{table.name}", asked, "csv"
    )


@require_GET
def report_people(request: HttpRequest, box: str) -> HttpResponse:
    """Show who stands behind a number of the flow diagram."""
    asked = asked_in(request, at=clock.now())
    title, found = box_called(counted(asked), box, asked)
    subjects = visible_subjects(request.user).filter(pk__in=found.keys).select_related("site").order_by("number")
    page = Paginator(subjects, ROWS).get_page(request.GET.get("page"))
    context = {"asked": asked, "title": title, "page": page, "query": asked.query}
    context["others"] = len(found.keys) - page.paginator.count  # who stands in the screening log alone
    return render(request, "reports/people.html", context)


@require_GET
def subject_endpoints(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show the endpoints of one subject with the rule that decided each."""
    asked = asked_in(request, at=clock.now())
    sites = [site.pk for site in readable_sites(request.user)]
    subject = get_object_or_404(
        visible_subjects(request.user).filter(site__in=sites).select_related("site"), pk=subject_id
    )
    with_arm = may_see_arms(request.user, [subject.site])
    found = endpoints_of(request.user, subject, on=asked.cut_on)
    context: dict[str, Any] = {"asked": asked, "subject": subject, "found": found, "seal": last_seal()}
    context["left_out"] = "" if may_know_arms(request.user, [subject.site]) else _(READ_WITHOUT_ARM)
    if found is not None:
        context["lines"] = [(each, status_of(each.outcome)) for each in shown(found)]
        context["pcr_word"] = _(STANDINGS[found.pcr.standing]) if with_arm else ""
    return render(request, "reports/subject.html", context, status=400 if asked.refused else 200)


def _asked(request: HttpRequest, which: str) -> tuple[Asked, Report]:
    """Return the question and the report that answers it; one the reader may not have does not exist."""
    asked = asked_in(request, at=clock.now())
    if which not in REPORTS or (which in COMPARES and not asked.may_compare):
        raise Http404
    return asked, REPORTS[which][1](asked)


def _refuse_unreadable(asked: Asked) -> None:
    # A file has no field to stand beside: its address is made by the page, which has said what is wrong.
    if asked.refused:
        raise Http404


def _offered(asked: Asked) -> list[tuple[str, str]]:
    return [(name, _(title)) for name, (title, _build) in REPORTS.items() if name not in COMPARES or asked.may_compare]


def _context(which: str, asked: Asked, found: Report) -> dict[str, Any]:
    return {
        "which": which,
        "asked": asked,
        "report": found,
        "has_arms": which in BY_ARM and asked.may_compare,
        "seal": last_seal(),
    }


def _paged(request: HttpRequest, found: Report) -> list[tuple[Table, Any]]:
    """Return each table with its rows of this page; a long one is turned by its own name."""
    return [
        (table, Paginator(list(table.lines), ROWS).get_page(request.GET.get(f"page_{table.name}")))
        for table in found.tables
    ]


def _file(answer: Any, name: str, asked: Asked, ending: str) -> HttpResponse:
    answer["Content-Disposition"] = f'attachment; filename="{name}-{asked.cut_on.isoformat()}.{ending}"'
    return answer
