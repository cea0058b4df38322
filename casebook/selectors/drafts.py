"""Reads of drafts: what one person was typing; nobody else's exist."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from casebook.models import Draft, Form


def draft_of(form: Form, *, by: User, at: datetime) -> Draft | None:
    """Return what this person typed and has not saved yet, or None; what has expired is gone."""
    return Draft.objects.filter(form=form, author=by, expires_at__gt=at).first()
