"""Source data verification item by item, the plan of it, and the data manager's review of a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from accounts.models import User
from audit.door import action, record, unchanged
from audit.locks import NAME_LOCK_SQL
from casebook.actions.saving import facts_of
from casebook.models import Form, MonitoringVisit, Review, Verification, VerificationPlan
from casebook.rules.verifying import may_review, may_set_plan, may_unverify, may_verify
from casebook.states import MonitoringState

PLAN_STREAM = "verification plan"


@action(may_verify)
def verify_items(
    form: Form, *, by: User, at: datetime, paths: Sequence[str], version: int | None = None
) -> tuple[str, ...]:
    """Mark values, of the version that was compared, as equal to their source; return those not marked before."""
    standing = Verification.objects.filter(form=form, path__in=paths, fallen_at__isnull=True)
    marked = set(standing.values_list("path", flat=True))
    fresh = tuple(path for path in dict.fromkeys(paths) if path not in marked)
    if not fresh:
        return unchanged(fresh)
    visit = _own_visit(form, by)
    Verification.objects.bulk_create(
        Verification(
            subject=form.subject,
            site_id=form.site_id,
            form=form,
            path=path,
            value=form.answers[path],
            verified_at=at,
            verified_by=by,
            monitoring_visit=visit,
        )
        for path in fresh
    )
    facts = {**facts_of(form), "paths": list(fresh), **({"monitoring_visit": str(visit.pk)} if visit else {})}
    record("casebook.form.verified", subject=form.subject, by=by, at=at, facts=facts)
    return fresh


def _own_visit(form: Form, by: User) -> MonitoringVisit | None:
    # What is marked while a visit is open belongs to it.
    own = MonitoringVisit.objects.filter(site=form.site_id, monitor=by, state=MonitoringState.OPEN)
    return own.first()


@action(may_unverify)
def unverify(form: Form, *, by: User, at: datetime, path: str, reason: str) -> Verification:
    """Take back the mark at a path; it stays to be seen as taken back."""
    mark = Verification.objects.get(form=form, path=path, fallen_at__isnull=True)
    mark.fallen_at, mark.fallen_by, mark.taken_back_because = at, by, reason.strip()
    mark.save(update_fields=["fallen_at", "fallen_by", "taken_back_because"])
    facts = {**facts_of(form), "paths": [path]}
    record("casebook.form.unverified", subject=form.subject, by=by, at=at, reason=reason.strip(), facts=facts)
    return mark


@action(may_review)
def review_form(form: Form, *, by: User, at: datetime, version: int | None = None) -> Review:
    """Mark this version of the form as read."""
    known = Review.objects.filter(form=form, version=form.version, reviewed_by=by).first()
    if known is not None:
        return unchanged(known)
    review = Review.objects.create(
        subject=form.subject, site_id=form.site_id, form=form, version=form.version, reviewed_at=at, reviewed_by=by
    )
    record("casebook.form.reviewed", subject=form.subject, by=by, at=at, facts=facts_of(form))
    return review


@action(may_set_plan, creates=True)
def set_verification_plan(
    target: VerificationPlan | None,
    *,
    by: User,
    at: datetime,
    rates: Mapping[str, int],
    first_subjects: int,
    reason: str,
) -> VerificationPlan:
    """Put another version of the plan in force; the earlier ones stay to be read."""
    with connection.cursor() as cursor:
        cursor.execute(NAME_LOCK_SQL, [PLAN_STREAM])  # of two set at once, the second one gets the next number
    latest = VerificationPlan.objects.order_by("-number").values_list("number", flat=True).first() or 0
    made = VerificationPlan.objects.create(
        number=latest + 1,
        rates=dict(rates),
        first_subjects=first_subjects,
        reason=reason.strip(),
        set_at=at,
        set_by=by,
    )
    facts = {"number": made.number, "rates": dict(rates), "first_subjects": first_subjects}
    record("casebook.verification_plan.set", stream=PLAN_STREAM, by=by, at=at, reason=reason.strip(), facts=facts)
    return made
