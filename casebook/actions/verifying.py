"""Source data verification item by item, and the data manager's review of a version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from audit.door import action, record, unchanged
from casebook.actions.saving import facts_of
from casebook.models import Form, Review, Verification
from casebook.rules.verifying import may_review, may_verify


@action(may_verify)
def verify_items(form: Form, *, by: User, at: datetime, paths: Sequence[str]) -> tuple[str, ...]:
    """Mark values as equal to their source; return the paths that were not marked before."""
    standing = Verification.objects.filter(form=form, path__in=paths, fallen_at__isnull=True)
    marked = set(standing.values_list("path", flat=True))
    fresh = tuple(path for path in dict.fromkeys(paths) if path not in marked)
    if not fresh:
        return unchanged(fresh)
    Verification.objects.bulk_create(
        Verification(
            subject=form.subject,
            site_id=form.site_id,
            form=form,
            path=path,
            value=form.answers[path],
            verified_at=at,
            verified_by=by,
        )
        for path in fresh
    )
    facts = {**facts_of(form), "paths": list(fresh)}
    record("casebook.form.verified", subject=form.subject, by=by, at=at, facts=facts)
    return fresh


@action(may_review)
def review_form(form: Form, *, by: User, at: datetime) -> Review:
    """Mark this version of the form as read."""
    known = Review.objects.filter(form=form, version=form.version, reviewed_by=by).first()
    if known is not None:
        return unchanged(known)
    review = Review.objects.create(
        subject=form.subject, site_id=form.site_id, form=form, version=form.version, reviewed_at=at, reviewed_by=by
    )
    record("casebook.form.reviewed", subject=form.subject, by=by, at=at, facts=facts_of(form))
    return review
