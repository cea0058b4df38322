"""What is explained beside the items of a page: kept with the save, or the page comes back with the words in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from audit.decision import Decision, Refusal, no
from casebook.actions.judging import Invalid
from casebook.actions.queries import explain_query
from casebook.actions.refusing import count_refused
from casebook.entry.sheet import Sheet
from casebook.models import Query
from casebook.rules.queries import may_explain_query
from casebook.selectors.queries import STANDING
from casebook.words import said
from protocol.words import N_, sentence

NOT_KEPT = N_("What you explained could not be kept. Nothing was saved; your words stand below.")
NOT_ASKED = N_("This explanation belongs to no query of this form any more: %(text)s")


class Unexplained(Refusal):
    """What was explained cannot be kept, and the page says why beside it."""


@contextmanager
def kept_together(sheet: Sheet) -> Iterator[None]:
    """Keep explanations only with the save they were written for; a save without any is not touched."""
    if not _explained(sheet):
        yield
        return
    try:
        with transaction.atomic():
            yield
    except Invalid as invalid:
        count_refused(sheet.form, invalid, by=sheet.user, at=sheet.at)  # what was counted inside is taken back
        raise


def explain(sheet: Sheet) -> int:
    """Add what was explained to each query; return to how many. Raises Unexplained, with the reasons on the sheet."""
    explained = _explained(sheet)
    if not explained:
        return 0
    asked = {str(query.pk): query for query in sheet.form.queries.all() if str(query.pk) in explained}
    refused = {key: why for key, text in explained.items() if not (why := _may(sheet, asked.get(key), text))}
    for key, why in refused.items():
        _say_beside(sheet, asked.get(key), explained[key], said(why.why) if why.why else "")
    if refused:
        sheet.refused = said(sentence(NOT_KEPT))
        raise Unexplained(sentence(NOT_KEPT))
    for key, text in explained.items():
        explain_query(asked[key], by=sheet.user, at=sheet.at, text=text)
    return len(explained)


def _explained(sheet: Sheet) -> dict[str, str]:
    return {key: text.strip() for key, text in sheet.explained.items() if text.strip()}


def _may(sheet: Sheet, query: Query | None, text: str) -> Decision:
    return no(NOT_ASKED, text=text) if query is None else may_explain_query(sheet.user, query, text=text)


def _say_beside(sheet: Sheet, query: Query | None, text: str, why: str) -> None:
    note = sheet.note(query.path if query else "")
    note.errors.append(why)
    if query is not None and query.state not in STANDING:
        note.unexplained.append((str(query.pk), text))
