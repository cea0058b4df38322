"""Whom reference data touch that changed after the subject was judged last. Derived: nothing can be lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, OuterRef, QuerySet, Subquery

from casebook.models import ConsentForm, ReferenceRange, Subject
from casebook.selectors.consents import judged_by_version_at
from casebook.selectors.reference import touched_by_any
from eligibility.models import CriterionVerdict


def touched_since_judged(*, at: datetime) -> list[Subject]:
    """Return the subjects whom a range or a version of the consent form touches that changed since.

    One query per laboratory, and one per site.
    """
    found: dict[object, Subject] = {}
    for touched, changed_at in (*_by_laboratory(at=at), *_by_site(at=at)):
        last = CriterionVerdict.objects.filter(subject=OuterRef("pk")).order_by().values("subject")
        judged = touched.annotate(judged_at=Subquery(last.annotate(last=Max("judged_at")).values("last")))
        found |= {subject.pk: subject for subject in judged.filter(judged_at__lt=changed_at)}
    return list(found.values())


def _by_laboratory(*, at: datetime) -> Iterator[tuple[QuerySet[Subject], datetime]]:
    """Yield whom each laboratory touches, with the moment when a range of it was confirmed last."""
    confirmed = ReferenceRange.objects.filter(confirmed_at__lte=at).order_by()
    of_each = confirmed.values("laboratory__code").annotate(last=Max("confirmed_at"))
    for code, last in of_each.values_list("laboratory__code", "last"):
        yield touched_by_any([code]), last


def _by_site(*, at: datetime) -> Iterator[tuple[QuerySet[Subject], datetime]]:
    """Yield who signed a consent at each site, with the moment when a version of it was changed last."""
    changed = ConsentForm.objects.filter(changed_at__lte=at).order_by()
    for site, last in changed.values("site").annotate(last=Max("changed_at")).values_list("site", "last"):
        yield judged_by_version_at(site), last
