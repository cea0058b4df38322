"""What a save changes elsewhere, or takes back, is shown before it is saved, for these very answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from django.http import HttpRequest
from django.utils.translation import gettext as _

from casebook.entry.impact import impact_of
from casebook.entry.posted import Posted
from casebook.entry.sheet import Sheet, ask_reasons
from casebook.models import Form
from casebook.states import FormState
from casebook.words import day_in_words
from protocol.record import BLANK


def is_completed(request: HttpRequest, act: str) -> bool:
    """Whether the button that was pressed leaves the form complete."""
    return act == "complete" or (act == "next" and bool(request.POST.get("was_complete")))


def is_to_be_foreseen(request: HttpRequest, sheet: Sheet, page: Posted, *, stays: bool) -> bool:
    """Whether saving changes something elsewhere that the person has not been shown yet, for these very answers."""
    if not _asks_first(request, sheet, page, stays=stays):
        return False
    sheet.foreseen_of = _fingerprint(page, stays=stays)
    if request.POST.get("foreseen") and request.POST.get("foreseen_of", sheet.foreseen_of) == sheet.foreseen_of:
        return False
    if not sheet.decision:
        return False  # the door refuses the save; what it would change is nothing for who may not make it
    sheet.impact = (*_taken_back(request, sheet, stays=stays), *_impact(sheet, page, stays=stays))
    if sheet.impact:
        ask_reasons(sheet, page, [path for path in page.changed if path in page.before])
    return bool(sheet.impact)


def foresee_taken_off(sheet: Sheet, page: Posted, unasked: tuple[str, ...], *, stays: bool) -> None:
    """Say on the page that asks about hidden values also what taking them off changes elsewhere: one look is enough."""
    page = replace(page, answers={**page.answers, **dict.fromkeys(unasked, BLANK)})
    sheet.foreseen_of = _fingerprint(page, stays=stays)
    sheet.impact = _impact(sheet, page, stays=stays)
    ask_reasons(sheet, page, [path for path in page.changed if path in page.before and path not in unasked])


def completed_in_words(form: Form) -> dict[str, str]:
    """Return who completed the form last, and when, as sentences name them."""
    by, at = form.completed_by, form.completed_at
    time = day_in_words(f"{at.astimezone(form.site.zone):%Y-%m-%dT%H:%M}") if at else ""
    return {"name": by.name if by else "", "time": time}


def _asks_first(request: HttpRequest, sheet: Sheet, page: Posted, *, stays: bool) -> bool:
    if sheet.form.state == FormState.NOT_DONE:
        return stays or bool(page.changed)
    if not sheet.asks_reasons:
        return False
    was_shown = page.based_on == sheet.form.version or bool(request.POST.get("was_complete"))
    return bool(page.changed) or (sheet.is_complete and not stays and was_shown)


def _taken_back(request: HttpRequest, sheet: Sheet, *, stays: bool) -> Iterator[str]:
    """Yield what became of the form while this page stood open, or before, where the save would take it back."""
    if sheet.form.state == FormState.NOT_DONE:
        yield _("This form is marked as not done: %(reason)s. Saving takes that back.") % {
            "reason": sheet.form.not_done_reason
        }
    elif sheet.is_complete and not stays and not request.POST.get("was_complete"):
        text = _("%(name)s completed this form at %(time)s. “Save, not complete” puts it in progress again.")
        yield text % completed_in_words(sheet.form)


def _impact(sheet: Sheet, page: Posted, *, stays: bool) -> tuple[str, ...]:
    return impact_of(
        sheet.form, by=sheet.user, at=sheet.at, answers=page.answers, based_on=page.based_on, complete=stays
    )


def _fingerprint(page: Posted, *, stays: bool) -> str:
    """Return what stands for these answers: what was shown of others is not what these would change."""
    said = {path: answer.to_json() for path, answer in sorted(page.answers.items())}
    return sha256(json.dumps([stays, page.based_on, said]).encode()).hexdigest()
