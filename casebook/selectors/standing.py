"""What stands over a form: its site, and freezes and locks of every level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Q, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import Site
from casebook.models import Form, Lock, Subject
from casebook.states import LockKind, LockLevel


@dataclass(frozen=True)
class Held:
    """One freeze or lock that covers a form, and at which level it was set."""

    kind: LockKind
    level: LockLevel


def standing_over(form: Form) -> tuple[Held, ...]:
    """Return the freezes and locks that cover the form, the widest first; `form.site` is read by the same query."""
    covering = Q(level=LockLevel.VISIT, visit=form.visit_id) if form.visit_id else Q(pk=None)
    return _held(form, form.subject_id, covering | Q(level=LockLevel.FORM, form=form.pk))


def standing_over_subject(subject: Subject) -> tuple[Held, ...]:
    """Return the freezes and locks of the subject, its site and the trial; `subject.site` is read by the same query."""
    return _held(subject, subject.pk, Q(pk=None))


def standing_over_site(site: Site) -> tuple[Held, ...]:
    """Return the freezes and locks of the site and of the trial."""
    return _widest_first(list(_locks_of_site(site.pk, Q(pk=None)).values("kind", "level")))


def _held(row: Form | Subject, subject_id: UUID, narrower: Q) -> tuple[Held, ...]:
    covering = Q(level=LockLevel.SUBJECT, subject=subject_id) | narrower
    locks = _locks_of_site(row.site_id, covering).values(said=JSONObject(kind=F("kind"), level=F("level")))
    site = Site.objects.annotate(locks=ArraySubquery(locks)).get(pk=row.site_id)
    row.site = site
    return _widest_first(site.locks)


def _widest_first(locks: Iterable[Mapping[str, Any]]) -> tuple[Held, ...]:
    held = (Held(LockKind(lock["kind"]), LockLevel(lock["level"])) for lock in locks)
    return tuple(sorted(held, key=lambda each: (-list(LockLevel).index(each.level), each.kind)))


def _locks_of_site(site_id: int, covering: Q) -> QuerySet[Lock]:
    wide = Q(level=LockLevel.TRIAL) | Q(level=LockLevel.SITE, site=site_id)
    return Lock.objects.filter(wide | covering, lifted_at__isnull=True)


def locks_over(subjects: Iterable[Subject]) -> QuerySet[Lock]:
    """Return the standing freezes and locks that touch these subjects at any level."""
    subjects = list(subjects)
    sites = {subject.site_id for subject in subjects}
    return Lock.objects.filter(lifted_at__isnull=True).filter(
        Q(level=LockLevel.TRIAL) | Q(level=LockLevel.SITE, site__in=sites) | Q(subject__in=subjects)
    )


def day_at(site: Site, at: datetime) -> date:
    """Return the calendar day of this moment at the site."""
    return at.astimezone(site.zone).date()
