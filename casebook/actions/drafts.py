"""Drafts: the net under typing. Private to their author, one for each page, never data, gone with the save."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from audit.door import action, unchanged
from casebook.models import Draft, Form, SaveReceipt
from casebook.rules.drafts import may_discard_draft
from casebook.rules.forms import may_type
from casebook.selectors.drafts import draft_on
from protocol.identifiers import holds_identifier

KEPT_DAYS = 30
LARGEST_SEQUENCE = 2**53


@action(may_type)
def keep_draft(
    form: Form,
    *,
    by: User,
    at: datetime,
    typed: Mapping[str, str | list[str]],
    based_on: int,
    page: str = "",
    continues: Collection[str] = (),
    sequence: int = 0,
) -> Draft | None:
    """Keep what is being typed, as typed, over the version the page showed. No event: nothing was entered.

    `page` is the key of the page, `continues` those of the pages whose typing it shows, `sequence` counts its
    strokes: what arrives late overwrites nothing. What identifies a person is left out, as it is of all that is stored.
    None where the page was saved already.
    """
    if page and SaveReceipt.objects.filter(author=by, key=page).exists():
        return unchanged(None)
    draft = draft_on(form, by=by, pages=(page, *continues)) or Draft(author=by, form=form)
    if draft.page == page and not draft._state.adding and sequence < draft.sequence:
        return unchanged(draft)
    draft.site_id, draft.page, draft.sequence = form.site_id, page, min(sequence, LARGEST_SEQUENCE)
    draft.typed = {name: texts for name, texts in typed.items() if not _identifies(texts)}
    draft.based_on = based_on
    draft.kept_at, draft.expires_at = at, at + timedelta(days=KEPT_DAYS)
    draft.save()
    return unchanged(draft)


def _identifies(texts: str | list[str]) -> bool:
    return any(map(holds_identifier, [texts] if isinstance(texts, str) else texts))


@action(may_discard_draft)
def discard_draft(form: Form, *, by: User, at: datetime, draft_id: UUID) -> None:
    """Forget what this person typed on one page and did not save; nobody else's draft is there to be forgotten."""
    Draft.objects.filter(pk=draft_id, form=form, author=by).delete()
    return unchanged(None)
