"""One item: its history."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from casebook.entry.history import ALIKE, said_of
from casebook.selectors.history import item_history
from casebook.selectors.sight import NOT_SHOWN, tells_arm
from casebook.selectors.subject_history import Narrowed, history_of
from casebook.views.sight import form_in_sight, item_at
from casebook.words import answer_in_words, title_of, visit_title
from protocol.roles import Role


@require_GET
def history(request: HttpRequest, form_id: UUID, path: str) -> HttpResponse:
    """Show every old and new value of an item: who, in which role and where, when, why; and what was marked or asked."""
    form = form_in_sight(request, form_id)
    item = item_at(form, path)
    hides = tells_arm(form, path, request.user)
    changes = [
        {
            "change": change,
            "old": answer_in_words(item, NOT_SHOWN if hides else change.old),
            "new": answer_in_words(item, NOT_SHOWN if hides else change.new),
            "declared": change.new.declared,
            "is_of_another_time": abs(change.at - change.recorded_at) > ALIKE,
            "hides": hides,
            "role": _role(change.by_role),
        }
        for change in reversed(item_history(form, path))
    ]
    form.subject.site = form.site  # read already
    asked = Narrowed(form=str(form.pk), path=path)
    lines, _count = history_of(form.subject, request.user, asked)
    context = {
        "form": form,
        "marks": [said_of(line) for line in lines if line.what],
        "item": item,
        "row": path.split("/")[1] if "/" in path else "",
        "changes": changes,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
    }
    return render(request, "casebook/history.html", context)


def _role(stored: str) -> str:
    return Role(stored).title if stored in set(Role) else stored
