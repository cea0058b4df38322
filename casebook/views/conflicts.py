"""The page where two people's answers stand side by side."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from casebook.actions import Conflict
from casebook.entry.fields import items_of
from casebook.entry.posted import Posted
from casebook.entry.rows import rows_stored
from casebook.entry.sheet import Sheet
from casebook.entry.typed import as_typed
from casebook.selectors.records import answers_of
from casebook.words import answer_in_words, said
from protocol.record import BLANK


@dataclass(frozen=True)
class Side:
    """One clashing item as the page shows it: its words on both sides, and the boxes that give each."""

    path: str
    title: str
    before: str
    yours: str
    theirs: str


def conflict_page(request: HttpRequest, sheet: Sheet, page: Posted, conflict: Conflict) -> HttpResponse:
    """Show both values item by item; saving again sends only what this person changed, on the version that stands."""
    if not conflict.clashes:
        sheet.refused = said(conflict.sentence)
        return render(request, "casebook/form.html", {"sheet": sheet, "drawn": sheet.drawn}, status=409)
    rows = {
        name: tuple(dict.fromkeys((*keys, *page.rows.get(name, ()))))
        for name, keys in rows_stored(sheet.crf, answers_of(sheet.form)).items()
    }
    items = dict(items_of(sheet.crf, rows))
    clashing = {clash.path for clash in conflict.clashes}
    context = {
        "sheet": sheet,
        "conflict": conflict,
        "key": str(uuid4()),
        "sides": [
            Side(
                clash.path,
                items[clash.path].title if clash.path in items else clash.path,
                *(
                    answer_in_words(items[clash.path], answer) if clash.path in items else answer.value
                    for answer in (clash.before, clash.yours, clash.theirs)
                ),
            )
            for clash in conflict.clashes
        ],
        "carried": [
            (path, as_typed(items[path], page.answers[path]))
            for path in page.changed
            if path in items and path not in clashing
        ],
        "clashing": [
            (path, as_typed(items[path], page.answers.get(path, BLANK))) for path in clashing if path in items
        ],
        "given": page.changed,
        "rows": {name: " ".join(keys) for name, keys in rows.items()},
        "reasons": page.reasons,
        "act": request.POST.get("act", "save"),
    }
    return render(request, "casebook/conflict.html", context, status=409)
