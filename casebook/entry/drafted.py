"""Lays what somebody typed and did not save over the form as it stands now."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext as _

from casebook.entry.posted import answers_shown, posted
from casebook.entry.sheet import Sheet, as_posted, offer_lesions
from casebook.models import Draft
from casebook.paths import titled
from casebook.selectors.history import last_changed
from casebook.selectors.records import answers_of
from casebook.words import said
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
