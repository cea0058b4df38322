"""One item: its history."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from casebook.selectors.history import item_history
from casebook.selectors.sight import NOT_SHOWN, tells_arm
from casebook.views.sight import form_in_sight, item_at
from casebook.words import answer_in_words, title_of, visit_title
from protocol.roles import Role


@require_GET
def history(request: HttpRequest, form_id: UUID, path: str) -> HttpResponse:
    """Show every old and new value of an item: who, in which role, when, why."""
    form = form_in_sight(request, form_id)
    item = item_at(form, path)
    hides = tells_arm(form, path, request.user)
    changes = [
        {
            "change": change,
            "old": answer_in_words(item, NOT_SHOWN if hides else change.old),
            "new": answer_in_words(item, NOT_SHOWN if hides else change.new),
            "declared": change.new.declared,
            "role": _role(change.by_role),
        }
        for change in reversed(item_history(form, path))
    ]
    context = {
        "form": form,
        "item": item,
        "row": path.split("/")[1] if "/" in path else "",
        "changes": changes,
        "form_title": title_of(form),
        "visit_title": visit_title(form.visit),
    }
    return render(request, "casebook/history.html", context)


def _role(stored: str) -> str:
    return Role(stored).title if stored in set(Role) else stored
