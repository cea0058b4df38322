"""What stands over a form: its site, and freezes and locks of every level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Site
from audit.rows import rows_by
from casebook.models import Form, Lock, Subject, Visit
from casebook.states import LockKind, LockLevel

# Asked by every save and every page of a form: the words stand as they are, for composing them anew costs far more.
STANDING_SQL = """
SELECT s.*, coalesce((SELECT json_agg(json_build_object('kind', l.kind, 'level', l.level))
         FROM (SELECT * FROM casebook_lock WHERE lifted_at IS NULL AND subject_id = %(subject)s
               UNION ALL SELECT * FROM casebook_lock WHERE lifted_at IS NULL AND subject_id IS NULL) l
        WHERE l.level IN ('trial', 'subject') OR (l.level = 'site' AND l.site_id = s.id)
           OR (l.level = 'visit' AND l.visit_id = %(visit)s)
           OR (l.level = 'form' AND l.form_id = %(form)s)), '[]') AS locks
  FROM accounts_site s WHERE s.id = %(site)s
"""


@dataclass(frozen=True)
class Held:
    """One freeze or lock that covers a form, and at which level it was set."""

    kind: LockKind
    level: LockLevel


def standing_over(form: Form) -> tuple[Held, ...]:
    """Return what covers the form, locks before freezes, the widest first; `form.site` is read by the same query."""
    return _held(form, subject=form.subject_id, visit=form.visit_id, form=form.pk)


def standing_over_subject(subject: Subject) -> tuple[Held, ...]:
    """Return the freezes and locks of the subject, its site and the trial; `subject.site` is read by the same query."""
    return _held(subject, subject=subject.pk)


def standing_over_visit(visit: Visit) -> tuple[Held, ...]:
    """Return what covers the visit, locks before freezes, the widest first; `visit.site` is read by the same query."""
    return _held(visit, subject=visit.subject_id, visit=visit.pk)


def standing_over_site(site: Site) -> tuple[Held, ...]:
    """Return the freezes and locks of the site and of the trial."""
    return _weightiest_first(_locks_of_site(site.pk).values("kind", "level"))


def standing_over_trial() -> tuple[Held, ...]:
    """Return the freeze and the lock of the whole trial."""
    locks = Lock.objects.filter(level=LockLevel.TRIAL, lifted_at__isnull=True)
    return _weightiest_first(locks.values("kind", "level"))


def _held(
    row: Form | Subject | Visit, *, subject: UUID, visit: UUID | None = None, form: UUID | None = None
) -> tuple[Held, ...]:
    asked = {"site": row.site_id, "subject": subject, "visit": visit, "form": form}
    [site] = rows_by(Site, STANDING_SQL, asked)
    row.site = site
    return _weightiest_first(site.locks)  # type: ignore[attr-defined]  # a column of the query


def _weightiest_first(locks: Iterable[Mapping[str, Any]]) -> tuple[Held, ...]:
    held = (Held(LockKind(lock["kind"]), LockLevel(lock["level"])) for lock in locks)
    return tuple(sorted(held, key=lambda each: (each.kind != LockKind.LOCK, -list(LockLevel).index(each.level))))


def _locks_of_site(site_id: int) -> QuerySet[Lock]:
    wide = Q(level=LockLevel.TRIAL) | Q(level=LockLevel.SITE, site=site_id)
    return Lock.objects.filter(wide, lifted_at__isnull=True)


def locks_over(subjects: Iterable[Subject]) -> QuerySet[Lock]:
    """Return the standing freezes and locks that touch these subjects at any level."""
    subjects = list(subjects)
    sites = {subject.site_id for subject in subjects}
    return Lock.objects.filter(lifted_at__isnull=True).filter(
        Q(level=LockLevel.TRIAL) | Q(level=LockLevel.SITE, site__in=sites) | Q(subject__in=subjects)
    )


def held_over_each(forms: Iterable[Form]) -> Mapping[UUID, tuple[Held, ...]]:
    """Return what covers each of these forms, locks before freezes, the widest first. One query."""
    forms = list(forms)
    subjects = {form.subject_id for form in forms}
    wide = Q(level=LockLevel.TRIAL) | Q(level=LockLevel.SITE, site__in={form.site_id for form in forms})
    locks = list(Lock.objects.filter(wide | Q(subject__in=subjects), lifted_at__isnull=True))
    return {form.pk: _weightiest_first(vars(lock) for lock in locks if covers(lock, form)) for form in forms}


def covers(lock: Lock, form: Form) -> bool:
    """Whether a freeze or lock covers this form."""
    match lock.level:
        case LockLevel.FORM:
            return lock.form_id == form.pk
        case LockLevel.VISIT:
            return lock.visit_id is not None and lock.visit_id == form.visit_id
        case LockLevel.SUBJECT:
            return lock.subject_id == form.subject_id
        case LockLevel.SITE:
            return lock.site_id == form.site_id
    return True


def day_at(site: Site, at: datetime) -> date:
    """Return the calendar day of this moment at the site."""
    return at.astimezone(site.zone).date()
