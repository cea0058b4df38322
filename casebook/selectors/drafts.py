"""Reads of drafts: what one person was typing; nobody else's exist."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from casebook.models import Draft, Form


@dataclass(frozen=True)
class Unsaved:
    """One form in which a person typed and did not save, until when that is kept, and whole days left."""

    form: Form
    kept_at: datetime
    expires_at: datetime
    days_left: int


def drafts_of(form: Form, *, by: User, at: datetime) -> list[Draft]:
    """Return what this person typed and has not saved yet, a draft for each page, the newest first."""
    standing = Draft.objects.filter(form=form, author=by, expires_at__gt=at).exclude(typed={})
    return list(standing.order_by("-kept_at", "-id"))


def draft_of(form: Form, *, by: User, at: datetime) -> Draft | None:
    """Return what this person typed last and has not saved yet, or None; what has expired is gone."""
    return next(iter(drafts_of(form, by=by, at=at)), None)


def draft_on(form: Form, *, by: User, pages: Collection[str]) -> Draft | None:
    """Return the draft of the first of these pages that has one."""
    found = {draft.page: draft for draft in Draft.objects.filter(form=form, author=by, page__in=pages)}
    return next((found[page] for page in pages if page in found), None)


def unsaved_of(user: User, *, at: datetime) -> list[Unsaved]:
    """Return the forms in which this person typed and did not save, what goes first on top; one query.

    Call it as the person: nobody else's drafts exist for the database.
    """
    drafts = Draft.objects.filter(author=user, expires_at__gt=at).exclude(typed={})
    drafts = drafts.select_related("form__subject", "form__visit", "form__site").order_by("-kept_at")
    newest: dict[object, Draft] = {}
    for draft in drafts:
        newest.setdefault(draft.form_id, draft)
    lines = (
        Unsaved(draft.form, draft.kept_at, draft.expires_at, (draft.expires_at - at) // timedelta(days=1))
        for draft in newest.values()
    )
    return sorted(lines, key=lambda line: line.expires_at)
