"""The overview of freezes and locks: what there is at a level, narrowed by site, subject and by what stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet

from accounts.models import Site, User
from casebook.models import Lock, Subject
from casebook.selectors.locking import (
    Condition,
    conditions_of,
    lock_sites,
    over_form,
    ready_forms,
    standing_on,
)
from casebook.selectors.records import visit_number
from casebook.selectors.sight import visible_forms, visible_subjects, visible_visits
from casebook.states import LockKind, LockLevel

OPEN, FROZEN, LOCKED, READY = "open", "frozen", "locked", "ready"
ORDER: dict[LockLevel, tuple[str | Case, ...]] = {
    LockLevel.FORM: ("subject__number", visit_number("visit__code"), "visit__repeat", "crf", "repeat", "pk"),
    LockLevel.VISIT: ("subject__number", visit_number("code"), "repeat", "pk"),
    LockLevel.SUBJECT: ("number", "pk"),
    LockLevel.SITE: ("code", "pk"),
}
READ_WITH: dict[LockLevel, tuple[str, ...]] = {
    LockLevel.FORM: ("subject", "site", "visit"),
    LockLevel.VISIT: ("subject", "site"),
    LockLevel.SUBJECT: ("site",),
    LockLevel.SITE: (),
}


@dataclass(frozen=True)
class Row:
    """One form, visit, subject or site with what stands on it, and what stands against its lock."""

    target: Any
    locks: tuple[Lock, ...]
    conditions: tuple[Condition, ...]
    within: Mapping[str, Lock] = field(default_factory=dict)  # the widest above that covers this as well, by kind

    @property
    def standing(self) -> dict[str, Lock]:
        """The lock and the freeze that are set on it, by kind."""
        return {lock.kind: lock for lock in self.locks}

    def held(self, kind: LockKind) -> Lock | None:
        """The widest lock, or freeze, that covers it: of a level above, or its own."""
        return self.within.get(kind) or self.standing.get(kind)

    @property
    def unmet(self) -> tuple[Condition, ...]:
        """What stands against its lock."""
        return tuple(each for each in self.conditions if not each.is_met)


def targets_at(user: User, level: LockLevel, *, site: int = 0, number: str = "", held: str = "") -> QuerySet[Any]:
    """Return what there is at a level where the user may lock, in order; `held` narrows to what stands on it."""
    here = [key for key in lock_sites(user) if site in (0, key)]
    found = _all_at(user, level).filter(**{"pk__in" if level == LockLevel.SITE else "site__in": here})
    if number and level != LockLevel.SITE:
        found = found.filter(**{f"{'' if level == LockLevel.SUBJECT else 'subject__'}number__icontains": number})
    found = _held(user, found, level, held)
    return found.select_related(*READ_WITH[level]).order_by(*ORDER[level])


def _all_at(user: User, level: LockLevel) -> QuerySet[Any]:
    return {
        LockLevel.FORM: visible_forms,
        LockLevel.VISIT: visible_visits,
        LockLevel.SUBJECT: visible_subjects,
        LockLevel.SITE: lambda _user: Site.objects.all(),
    }[level](user)


def _held(user: User, found: QuerySet[Any], level: LockLevel, held: str) -> QuerySet[Any]:
    if held == READY and level == LockLevel.FORM:
        return found.filter(pk__in=ready_forms(user).values("pk"))
    locked, frozen = (_over(level, kind) for kind in (LockKind.LOCK, LockKind.FREEZE))
    if held == LOCKED:
        return found.filter(locked)
    if held == FROZEN:
        return found.filter(frozen)
    return found.filter(~locked) if held in (OPEN, READY) else found


def _over(level: LockLevel, kind: LockKind) -> Exists:
    if level == LockLevel.FORM:
        return over_form(kind)
    covering = Q(level=LockLevel.TRIAL) | Q(**{level.value: OuterRef("pk"), "level": level})
    if level == LockLevel.VISIT:
        covering |= Q(level=LockLevel.SUBJECT, subject=OuterRef("subject"))
    if level in (LockLevel.VISIT, LockLevel.SUBJECT):
        covering |= Q(level=LockLevel.SITE, site=OuterRef("site"))
    return Exists(Lock.objects.filter(covering, lifted_at__isnull=True, kind=kind))


def rows_of(level: LockLevel, targets: list[Any]) -> list[Row]:
    """Return these with what stands on each and against its lock; a constant number of queries."""
    locks = standing_on(level, [target.pk for target in targets])
    conditions = conditions_of(level, targets)
    within = held_within(level, targets)
    return [Row(each, locks.get(each.pk, ()), conditions[each.pk], within[each.pk]) for each in targets]


def held_within(level: LockLevel, targets: list[Any]) -> dict[Any, dict[str, Lock]]:
    """Return of each of these the lock and the freeze of the widest level above that cover it, by kind. One query."""
    above = [each for each in reversed(LockLevel) if list(LockLevel).index(each) > list(LockLevel).index(level)]
    locks = Lock.objects.filter(lifted_at__isnull=True, level__in=above)
    subjects = {_key(target, LockLevel.SUBJECT) for target in targets} - {None}
    near = Q(level__in=(LockLevel.TRIAL, LockLevel.SITE)) | Q(subject__in=subjects)
    covering = {
        (lock.kind, lock.level, None if lock.level == LockLevel.TRIAL else _key(lock, lock.level)): lock
        for lock in locks.filter(near)
    }
    found: dict[Any, dict[str, Lock]] = {each.pk: {} for each in targets}
    for each, kind, wide in product(targets, LockKind.values, above):
        if (lock := covering.get((kind, wide, _key(each, wide)))) is not None:
            found[each.pk].setdefault(kind, lock)
    return found


def _key(row: Any, level: LockLevel | str) -> Any:
    return row.pk if isinstance(row, Subject) and level == LockLevel.SUBJECT else getattr(row, f"{level}_id", None)


def row_of(level: LockLevel, target: Any) -> Row:
    """Return one target with what stands on it; the trial is no row and has no key."""
    key = target.pk if target is not None else None
    locks = standing_on(level, [key])
    return Row(target, locks.get(key, ()), conditions_of(level, [target])[key])
