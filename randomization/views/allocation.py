"""The arm of one subject: on screen and as a certificate, to whoever may see arms at its site."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from audit import clock
from audit.selectors import last_seal
from casebook.models import Subject
from casebook.selectors.sight import visible_subjects
from paper.pdf import Foot, pdf_of
from protocol.arms import ARMS
from randomization.click import titled
from randomization.selectors import allocation_of, arm_of, may_see_arm

TITLES = {arm.code: arm.title for arm in ARMS}


@require_GET
def allocation(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show the arm, large, with how it came about."""
    return render(request, "randomization/allocation.html", _shown(request, _subject(request, subject_id)))


@require_GET
def certificate(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Give the certificate of the allocation as PDF, in the reader's language."""
    subject = _subject(request, subject_id)
    shown = _shown(request, subject)
    if shown["allocation"] is None:
        return redirect("allocation", subject.pk)
    shown["foot"] = Foot.of(last_seal(), at=clock.now(), synthetic=subject.synthetic)
    body = pdf_of("randomization/certificate.html", shown, language=get_language() or "en")
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="randomization-{subject.number}.pdf"'
    return response


def _subject(request: HttpRequest, subject_id: UUID) -> Subject:
    """Return a subject whose arm the user may see. Raises Http404."""
    subject = get_object_or_404(visible_subjects(request.user).select_related("site"), pk=subject_id)
    if not may_see_arm(request.user, subject.site_id):
        raise Http404
    return subject


def _shown(request: HttpRequest, subject: Subject) -> dict[str, Any]:
    made, arm = allocation_of(subject), arm_of(request.user, subject)
    return {
        "subject": subject,
        "allocation": made,
        "arm": TITLES.get(arm or "", ""),
        "strata": titled(made.strata) if made is not None else [],
        "list": made.slot.stratum.list if made is not None else None,
    }
