"""The page where two people's answers stand side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from casebook.actions import Clash, Conflict
from casebook.entry.fields import items_of
from casebook.entry.posted import Posted, posted
from casebook.entry.rows import rows_stored
from casebook.entry.settling import as_begun, may_be_numbered_anew, undecided
from casebook.entry.sheet import Sheet, as_posted
from casebook.entry.typed import as_typed
from casebook.paths import row_of, rows_decided_whole, titled
from casebook.rules.merging import merged
from casebook.selectors.records import answers_of
from casebook.words import answer_in_words, said
from protocol.language import Crf, Item
from protocol.record import BLANK, Answer

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Side:
    """One thing to decide, an item or a whole row: its words on all sides, and what can be chosen."""

    path: str
    title: str
    before: Lines
    yours: Lines
    theirs: Lines
    takes: str = "yours"  # what choosing one's own means: a row taken off meanwhile comes back with a new number
    both: bool = False  # both rows can stand, one's own with a new number
    taken: str = ""  # what was chosen already on a page that is shown again
    error: str = ""


def conflict_page(request: HttpRequest, sheet: Sheet, page: Posted, conflict: Conflict) -> HttpResponse:
    """Show both values item by item; saving again sends only what this person changed, on the version that stands."""
    if not conflict.clashes:
        sheet.refused = said(conflict.sentence)
        return render(request, "casebook/form.html", {"sheet": sheet, "drawn": sheet.drawn}, status=409)
    return _drawn(request, sheet, page, conflict)


def page_undecided(request: HttpRequest, sheet: Sheet) -> HttpResponse | None:
    """Show the conflict again where a choice is missing; None where there is nothing left to choose between."""
    begun = as_begun(request.POST)
    page = posted(sheet.crf, sheet.form, begun)
    try:
        merged(sheet.form, page.answers, based_on=page.based_on)
    except Conflict as conflict:
        as_posted(sheet, page, data=begun)
        if conflict.clashes:
            return _drawn(request, sheet, page, conflict, chosen=request.POST)
        return conflict_page(request, sheet, page, conflict)
    return None


def _drawn(
    request: HttpRequest, sheet: Sheet, page: Posted, conflict: Conflict, *, chosen: QueryDict | None = None
) -> HttpResponse:
    now = answers_of(sheet.form)
    rows = {
        name: tuple(dict.fromkeys((*keys, *page.rows.get(name, ()), *_keys_in(conflict, name))))
        for name, keys in rows_stored(sheet.crf, now).items()
    }
    items = dict(items_of(sheet.crf, rows))
    clashing = {clash.path: clash.yours for clash in conflict.clashes}
    given = dict.fromkeys((*page.changed, *clashing))
    carried = {path: clashing.get(path, page.answers.get(path, BLANK)) for path in given}
    sides = _sides(sheet.crf, items, conflict, rows_decided_whole(page.before, now, _mine(page)), now)
    context = {
        "sheet": sheet,
        "conflict": conflict,
        "key": str(uuid4()),
        "sides": [_as_chosen(side, chosen) if chosen else side for side in sides],
        "began": page.based_on,
        "carried": [(path, as_typed(items[path], answer)) for path, answer in carried.items() if path in items],
        "given": given,
        "rows": {name: " ".join(keys) for name, keys in rows.items()},
        "reasons": page.reasons,
        "act": request.POST.get("act", "save"),
    }
    return render(request, "casebook/conflict.html", context, status=409)


def _as_chosen(side: Side, data: QueryDict) -> Side:
    """Return the side with what was chosen on the page before, or with the demand for a choice."""
    if side.path in undecided(data):
        return replace(side, error=_("Choose one of the two values."))
    return replace(side, taken=data.get(f"take.{side.path}", ""))


def _mine(page: Posted) -> Mapping[str, Answer]:
    return {path: page.answers[path] for path in page.changed}


def _keys_in(conflict: Conflict, group: str) -> list[str]:
    places = (clash.path.split("/") for clash in conflict.clashes)
    return [parts[1] for parts in places if len(parts) == 3 and parts[0] == group]


def _sides(
    crf: Crf, items: Mapping[str, Item], conflict: Conflict, whole: set[str], now: Mapping[str, Answer]
) -> Iterator[Side]:
    def place(clash: Clash) -> str:
        row = row_of(clash.path)
        return row if row in whole else clash.path

    for path, found in groupby(conflict.clashes, key=place):
        clashes = tuple(found)
        if path not in whole:
            yield Side(path, said(titled(crf, path)), *_words(items, clashes, named=False))
            continue
        stands = any(row_of(each) == path for each in now)
        counted = may_be_numbered_anew(crf, path)
        came_back = counted and not stands
        both = counted and stands and all(clash.before.is_blank for clash in clashes)
        sides = _words(items, clashes, named=True)
        yield Side(path, _row_title(crf, path), *sides, takes="anew" if came_back else "yours", both=both)


def _row_title(crf: Crf, row: str) -> str:
    name, _slash, key = row.partition("/")
    group = crf.item(name)
    return f"{_(getattr(group, 'row_title', group.title))} {key}"


def _words(items: Mapping[str, Item], clashes: tuple[Clash, ...], *, named: bool) -> tuple[Lines, Lines, Lines]:
    def of(side: str) -> Lines:
        return tuple(
            (_(items[clash.path].title) if named and clash.path in items else "", _in_words(items, clash.path, answer))
            for clash in clashes
            if not (answer := getattr(clash, side)).is_blank
        )

    return of("before"), of("yours"), of("theirs")


def _in_words(items: Mapping[str, Item], path: str, answer: Answer) -> str:
    return answer_in_words(items[path], answer) if path in items else answer.value
