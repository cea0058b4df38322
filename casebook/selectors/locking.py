"""What stands against a lock, counted for many at once; which forms are ready for one; what is frozen and locked.

A constant number of queries for any number of forms, visits, subjects or sites.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import Site, User
from accounts.roles import Permission
from casebook.models import Form, Lock, Query, Subject, UnlockRequest, Visit
from casebook.ports import hindrances_of
from casebook.selectors.queries import STANDING
from casebook.selectors.sight import visible_forms
from casebook.selectors.signing import is_unsigned
from casebook.selectors.verification_plan import asked_for, plan_in_force, with_draw
from casebook.selectors.verifying import with_marks
from casebook.states import FormState, LockKind, LockLevel, Stage, UnlockState, VisitState
from protocol.schedule import SCREENING
from protocol.words import N_

DONE = (FormState.COMPLETE, FormState.NOT_DONE)
LEFT = (Stage.SCREEN_FAILURE, Stage.WITHDRAWN)  # what was expected of them and not begun is not asked any more
ENDED = (Stage.COMPLETED, *LEFT)
GROUPS: Mapping[LockLevel, str] = {
    LockLevel.FORM: "pk",
    LockLevel.VISIT: "visit",
    LockLevel.SUBJECT: "subject",
}

UNFINISHED = N_("forms neither complete nor marked as not done: %(count)s")
ASKED = N_("queries open or answered and not closed: %(count)s")
UNSIGNED = N_("complete forms without a signature that stands: %(count)s")
UNVERIFIED = N_("forms that the plan asks to verify and that are not: %(count)s")
VISITS_OPEN = N_("visits whose outcome is not recorded: %(count)s")
NOT_ENDED = N_("subjects still in the trial: %(count)s")
SUBJECTS_OPEN = N_("subjects that are not locked: %(count)s")
SITES_OPEN = N_("sites with subjects that are not locked: %(count)s")
# Each level asks for these, in this order; what apps above say comes after.
ASKED_OF: Mapping[LockLevel, tuple[tuple[str, str], ...]] = {
    LockLevel.FORM: (
        ("unfinished", UNFINISHED),
        ("queries", ASKED),
        ("unsigned", UNSIGNED),
        ("unverified", UNVERIFIED),
    ),
    LockLevel.VISIT: (
        ("visits", VISITS_OPEN),
        ("unfinished", UNFINISHED),
        ("queries", ASKED),
        ("unsigned", UNSIGNED),
        ("unverified", UNVERIFIED),
    ),
    LockLevel.SUBJECT: (
        ("not ended", NOT_ENDED),
        ("visits", VISITS_OPEN),
        ("unfinished", UNFINISHED),
        ("queries", ASKED),
        ("unsigned", UNSIGNED),
        ("unverified", UNVERIFIED),
    ),
    LockLevel.SITE: (("subjects", SUBJECTS_OPEN),),
    LockLevel.TRIAL: (("sites", SITES_OPEN),),
}


@dataclass(frozen=True)
class Condition:
    """One precondition of a lock: what would stand against it, and how often it does."""

    name: str
    message: str
    count: int

    @property
    def is_met(self) -> bool:
        """Whether nothing stands against the lock here."""
        return self.count == 0


def conditions_of(level: LockLevel, targets: Collection[Any]) -> dict[Any, tuple[Condition, ...]]:
    """Return the preconditions of locking each of these, by key; the trial's key is None."""
    keys: list[Any] = [None] if level == LockLevel.TRIAL else [target.pk for target in targets]
    counts = _counts(level, keys)
    above = hindrances_of(keys) if level == LockLevel.SUBJECT else ()
    return {
        key: (
            *(Condition(name, message, counts[name].get(key, 0)) for name, message in ASKED_OF[level]),
            *(Condition(each.name, each.message, each.counts.get(key, 0)) for each in above),
        )
        for key in keys
    }


def _counts(level: LockLevel, keys: Collection[Any]) -> Mapping[str, Mapping[Any, int]]:
    match level:
        case LockLevel.TRIAL:
            return {"sites": {None: _sites_open().count()}}
        case LockLevel.SITE:
            return {"subjects": _tally(_unlocked_subjects().filter(site__in=keys), "site")}
        case LockLevel.SUBJECT:
            ended = Subject.objects.filter(pk__in=keys).exclude(stage__in=ENDED)
            return {"not ended": _tally(ended, "pk"), "visits": _visits_open(keys), **_of_forms(level, keys)}
        case LockLevel.VISIT:
            return {"visits": _tally(_open().filter(pk__in=keys), "pk"), **_of_forms(level, keys)}
    return _of_forms(level, keys)


def _of_forms(level: LockLevel, keys: Collection[Any]) -> dict[str, Mapping[Any, int]]:
    group = GROUPS[level]
    forms = Form.objects.filter(**{f"{group}__in": list(keys)})
    expected = forms if level == LockLevel.FORM else _still_asked(forms)
    standing = Query.objects.filter(form__in=forms.order_by().values("pk"), state__in=STANDING)
    return {
        "unfinished": _tally(expected.exclude(state__in=DONE), group),
        "queries": _tally(standing, "form" if level == LockLevel.FORM else f"form__{group}"),
        "unsigned": _tally(forms.filter(is_unsigned()), group),
        "unverified": _tally(unverified(forms), group),
    }


def _tally(rows: QuerySet[Any], group: str) -> Mapping[Any, int]:
    # By key, so that no annotation of the rows comes between the groups.
    plain = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))
    return dict(plain.values_list(group).annotate(count=Count("pk", distinct=True)).order_by())


def _still_asked(forms: QuerySet[Form]) -> QuerySet[Form]:
    not_begun = Q(state=FormState.NOT_STARTED)
    return forms.exclude(not_begun & (Q(visit__state=VisitState.CANCELLED) | Q(subject__stage__in=LEFT)))


def unverified(forms: QuerySet[Form]) -> QuerySet[Form]:
    """Return those of the forms that the plan in force asks to verify and that are not wholly verified."""
    drawn = with_marks(with_draw(forms.filter(state=FormState.COMPLETE)))
    return drawn.filter(asked_for(plan_in_force()), marked__lt=F("answered"))


def _open() -> QuerySet[Visit]:
    # Screening has no day of its own: it is what its forms are.
    return Visit.objects.filter(state=VisitState.OPEN).exclude(code=SCREENING.code)


def _visits_open(subjects: Collection[Any]) -> Mapping[Any, int]:
    return _tally(_open().filter(subject__in=list(subjects)), "subject")


def _unlocked_subjects() -> QuerySet[Subject]:
    return Subject.objects.filter(~Exists(_standing(LockKind.LOCK).filter(level="subject", subject=OuterRef("pk"))))


def _sites_open() -> QuerySet[Site]:
    has_subjects = Exists(Subject.objects.filter(site=OuterRef("pk")))
    return Site.objects.filter(
        has_subjects, ~Exists(_standing(LockKind.LOCK).filter(level="site", site=OuterRef("pk")))
    )


def _standing(kind: LockKind | None = None) -> QuerySet[Lock]:
    locks = Lock.objects.filter(lifted_at__isnull=True)
    return locks.filter(kind=kind) if kind else locks


def over_form(*kinds: LockKind) -> Exists:
    """Return what is true of a form under a standing lock of these kinds, whatever its level."""
    its = Q(form=OuterRef("pk")) | Q(level=LockLevel.VISIT, visit=OuterRef("visit"))
    wide = Q(level=LockLevel.SUBJECT, subject=OuterRef("subject")) | Q(level=LockLevel.SITE, site=OuterRef("site"))
    return Exists(_standing().filter(its | wide | Q(level=LockLevel.TRIAL), kind__in=kinds))


def ready_forms(user: User, sites: Iterable[int] | None = None) -> QuerySet[Form]:
    """Return the forms this person may lock now: nothing stands against it, and no lock stands over them."""
    here = [site for site in (user.site_ids() if sites is None else sites) if user.holds(Permission.FORM_LOCK, at=site)]
    forms = visible_forms(user).filter(site__in=here, state__in=DONE)
    asked = Query.objects.filter(form=OuterRef("pk"), state__in=STANDING)
    left = unverified(Form.objects.filter(site__in=here))
    return (
        forms.filter(~over_form(LockKind.LOCK), ~Exists(asked)).exclude(is_unsigned()).exclude(pk__in=left.values("pk"))
    )


def ready_to_lock(user: User, sites: Iterable[int] | None = None) -> int:
    """Return how many forms this person may lock now. Two queries."""
    return ready_forms(user, sites).count()


def standing_on(level: LockLevel, keys: Collection[Any]) -> Mapping[Any, tuple[Lock, ...]]:
    """Return the freezes and locks set on each of these themselves, the lock before the freeze. One query."""
    found: dict[Any, list[Lock]] = defaultdict(list)
    column = f"{level.value}_id"
    locks = _standing().filter(level=level).select_related("set_by", "site", "subject").order_by("-kind")
    if level != LockLevel.TRIAL:
        locks = locks.filter(**{f"{level.value}__in": list(keys)})
    for lock in locks:
        found[None if level == LockLevel.TRIAL else getattr(lock, column)].append(lock)
    return {key: tuple(locks) for key, locks in found.items()}


def waiting_unlocks(user: User) -> QuerySet[UnlockRequest]:
    """Return the wishes to unlock that wait for a second person, the oldest first, within the user's sight."""
    seen = Q(site__isnull=True) | Q(site__in=list(user.site_ids()))
    waiting = UnlockRequest.objects.filter(seen, state=UnlockState.WAITING)
    return waiting.select_related("lock", "site", "subject__site", "asked_by").order_by("asked_at", "id")


def lock_sites(user: User) -> list[int]:
    """Return the sites where the user may freeze, lock and unlock. No query."""
    return [site for site in user.site_ids() if user.holds(Permission.FORM_LOCK, at=site)]
