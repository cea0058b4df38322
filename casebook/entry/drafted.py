"""Lays what somebody typed and did not save over the form as it stands now."""

from __future__ import annotations

from dataclasses import replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from casebook.entry.fields import items_of
from casebook.entry.posted import answers_shown, posted
from casebook.entry.sheet import Sheet, as_posted, offer_lesions
from casebook.entry.typed import EMPTY, Typed, answer_of, is_blank
from casebook.models import Draft
from casebook.paths import titled
from casebook.selectors.history import last_changed
from casebook.selectors.records import answers_of
from casebook.words import answer_in_words, said
from protocol.language import Item
from protocol.reading import Unreadable
from protocol.record import BLANK


def as_drafted(sheet: Sheet, draft: Draft) -> Sheet:
    """Return the sheet with what a draft kept, as if it had just been typed, and the lesions known since."""
    typed = QueryDict(mutable=True)
    for name, text in draft.typed.items():
        typed.setlist(name, text if isinstance(text, list) else [text])
    typed["based_on"] = str(draft.based_on)
    sheet = as_posted(sheet, posted(sheet.crf, sheet.form, typed), data=typed)
    offer_lesions(sheet)
    sheet.draft, sheet.continues = draft, (draft.page,) if draft.page else ()
    sheet.overtaken = _overtaken(sheet, draft)
    return sheet


def typed_lines(sheet: Sheet, draft: Draft) -> tuple[str, ...]:
    """Return what a draft holds beyond what is saved, item by item in words, for who may enter it no more to copy."""
    laid = as_drafted(replace(sheet, notes={}), draft)
    return tuple(
        f"{said(titled(sheet.crf, path))}: {_in_words(item, typed)}"
        for path, item in items_of(laid.crf, laid.rows)
        if (typed := laid.typed.get(path, EMPTY)) != sheet.typed.get(path, EMPTY)
    )


def _in_words(item: Item, typed: Typed) -> str:
    if is_blank(typed):
        return "—"
    try:
        return answer_in_words(item, answer_of(item, typed, BLANK))
    except Unreadable:
        return f"{typed.text} {typed.unit}".strip()


def _overtaken(sheet: Sheet, draft: Draft) -> str:
    """Say who saved the form since this was typed, and what changed there; empty where nobody did."""
    form = sheet.form
    if draft.based_on == form.version:
        return ""
    name, _at = last_changed(form) or ("", None)
    then, now = answers_shown(form, draft.based_on), answers_of(form)
    changed = sorted(path for path in then.keys() | now.keys() if then.get(path, BLANK) != now.get(path, BLANK))
    titles = list(dict.fromkeys(said(titled(sheet.crf, path)) for path in changed))
    text = _(
        "%(name)s saved this form after you had begun to type. Changed there: %(items)s. "
        "What you typed is laid over the form as you saw it; when you save, different items are put together, "
        "and where both of you changed the same item you choose."
    )
    return text % {"name": name, "items": ", ".join(titles) or "—"}
