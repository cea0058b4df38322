"""One candidate as a table file and on paper: judged now, as this reader may see it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from audit import clock
from audit.selectors import last_seal
from casebook.models import Subject
from eligibility.candidate import candidate_of
from eligibility.candidate_rows import criteria_header, criteria_rows
from eligibility.kept_determination import determinations_as_signed
from eligibility.panels import panels_of
from eligibility.selectors import readable_sites, visible_candidates
from paper.pdf import Foot, pdf_of
from paper.tables import csv_lines


@require_GET
def candidate_csv(request: HttpRequest, subject_id: UUID) -> StreamingHttpResponse:
    """Give every criterion with each value it rests on, a row a value."""
    subject = _in_sight(request, subject_id)
    candidate = candidate_of(subject, request.user, at=clock.now())
    lines = csv_lines(criteria_header(), list(criteria_rows(candidate, request.user)), bom=True)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="eligibility-{subject.number}.csv"'
    return response


@require_GET
def candidate_pdf(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Give every criterion, the response, the reviews and the determination on paper, the seal at its foot."""
    subject, at = _in_sight(request, subject_id), clock.now()
    candidate = candidate_of(subject, request.user, at=at)
    context = {
        "subject": subject,
        "candidate": candidate,
        "panels": panels_of(candidate, request.user, at=at),
        "reader": request.user,
        "foot": Foot.of(last_seal(), at=at, synthetic=subject.synthetic),
    }
    body = pdf_of("eligibility/candidate_paper.html", context, language=get_language() or "en")
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="eligibility-{subject.number}.pdf"'
    return response


@require_GET
def determinations_kept(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show every determination as it was signed, the latest first: the answers and verdicts that its seal covers."""
    subject = _in_sight(request, subject_id)
    context = {"subject": subject, "signed": determinations_as_signed(subject, request.user)}
    return render(request, "eligibility/determinations_kept.html", context)


def _in_sight(request: HttpRequest, subject_id: UUID) -> Subject:
    return get_object_or_404(visible_candidates(request.user, readable_sites(request.user)), pk=subject_id)
