"""Drafts: the net under typing. Private to their author, never data, gone with the save."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import User
from audit.door import action, unchanged
from casebook.models import Draft, Form
from casebook.rules.forms import may_save

KEPT_DAYS = 30


@action(may_save)
def keep_draft(form: Form, *, by: User, at: datetime, typed: Mapping[str, str | list[str]], based_on: int) -> Draft:
    """Keep what is being typed, as typed, over the version the page showed. No event: nothing was entered."""
    draft, _ = Draft.objects.update_or_create(
        author=by,
        form=form,
        defaults={
            "site_id": form.site_id,
            "typed": dict(typed),
            "based_on": based_on,
            "kept_at": at,
            "expires_at": at + timedelta(days=KEPT_DAYS),
        },
    )
    return unchanged(draft)
