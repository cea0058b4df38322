"""Whom a reference range touches that was confirmed after the subject was judged last. Derived: nothing can be lost."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, OuterRef, QuerySet, Subquery

from casebook.models import Form, ReferenceRange, Subject
from casebook.selectors.reference import naming
from eligibility.models import CriterionVerdict


def touched_since_judged(*, at: datetime) -> list[Subject]:
    """Return the subjects with a result of a laboratory one of whose ranges changed since. One query per laboratory."""
    found: dict[object, Subject] = {}
    for code, changed_at in _changed(at=at):
        last = CriterionVerdict.objects.filter(subject=OuterRef("pk")).order_by().values("subject")
        judged = Subject.objects.annotate(judged_at=Subquery(last.annotate(last=Max("judged_at")).values("last")))
        stale = judged.filter(judged_at__lt=changed_at, pk__in=Form.objects.filter(naming([code])).values("subject_id"))
        found |= {subject.pk: subject for subject in stale}
    return list(found.values())


def _changed(*, at: datetime) -> QuerySet[ReferenceRange, tuple[str, datetime]]:
    """Return each laboratory with the moment of its last confirmed change."""
    confirmed = ReferenceRange.objects.filter(confirmed_at__lte=at).order_by()
    return (
        confirmed.values("laboratory__code").annotate(last=Max("confirmed_at")).values_list("laboratory__code", "last")
    )
