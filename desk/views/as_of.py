"""Time travel: the casebook of a subject as of a moment, and the difference between two moments. Only for reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from audit import clock
from casebook.entry.history import said_of
from casebook.models import Subject
from casebook.rules.moments import moment_typed
from casebook.selectors.sight import visible_subjects
from casebook.selectors.stage_told import as_told, is_stage_kept
from casebook.words import said
from desk.selectors.as_of import between, book_as_of
from protocol.words import N_, sentence

NOTHING_YET = N_("Nothing stood yet: the subject was put on the screening log later than this moment.")
FIRST_FIRST = N_("Give the first moment as well; what changed is what lies between two.")
IN_ORDER = N_("The second moment is not later than the first one. Give the later one second.")


@require_GET
def as_of(request: HttpRequest, subject_id: UUID) -> HttpResponse:
    """Show the casebook as it stood at one moment, or what lies between two."""
    subject = get_object_or_404(visible_subjects(request.user).select_related("site"), pk=subject_id)
    typed = {name: request.GET.get(name, "").strip()[:40] for name in ("moment", "until")}
    errors: dict[str, str] = {}
    moments: dict[str, datetime | None] = {}
    for name, text in typed.items():
        moments[name], why = moment_typed(text, subject.site.zone, now=clock.now())
        if why:
            errors[name] = said(why)
    first, last = moments["moment"], moments["until"]
    if typed["until"] and not typed["moment"]:
        errors["moment"] = said(sentence(FIRST_FIRST))
    if first and last and last <= first:
        errors["until"], last = said(sentence(IN_ORDER)), None
    context = {"subject": subject, "typed": typed, "errors": errors, "first": first, "last": None if errors else last}
    context |= {} if errors or not first else _shown(request, subject, first, last)
    return render(request, "desk/as_of.html", context, status=400 if errors else 200)


def _shown(request: HttpRequest, subject: Subject, first: datetime, last: datetime | None) -> dict[str, Any]:
    if last:
        found = between(subject, request.user, first, last)
        return {"answers": list(map(said_of, found.answers)), "marks": list(map(said_of, found.marks))}
    then = book_as_of(subject.pk, request.user, first, language=get_language() or "en")
    if then is None:
        return {"nothing": said(sentence(NOTHING_YET))}
    stage = as_told(then.book["subject"].stage, kept=is_stage_kept(subject, request.user))
    return {"then": then.book, "stage": stage, "visits": then.visits, "utc": first.astimezone(UTC)}
