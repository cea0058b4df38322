"""What stands beside each subject of the grid: arm, next visit, overdue visits. Three queries for any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, CharField, Count, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.models import User
from casebook.models import Subject, Visit
from casebook.selectors.sight import visible_visits
from casebook.states import VisitState
from desk.selectors.grid import ORDERS, Cell, Filter, joined, subjects_in
from followup.selectors import next_visits
from followup.selectors.due import Days
from followup.selectors.safety import arm_sites
from followup.status import VisitStatus
from protocol.arms import ARMS
from randomization.selectors import arms_of

ARM_TITLES = {arm.code: arm.title for arm in ARMS}
WITHOUT, WITH = "none", "any"
BY_VISITS = ("next", "overdue")  # orders besides those of the grid itself


@dataclass(frozen=True)
class Beside:
    """What the grid says of all its subjects besides their forms."""

    arms: Mapping[UUID, str]
    next: Mapping[UUID, Visit]
    overdue: Mapping[UUID, int]
    shows_arms: bool


def beside(
    subjects: Iterable[Subject], user: User, days: Days, cells: Mapping[UUID, dict[str, Cell]]
) -> tuple[Beside, Mapping[UUID, dict[str, Cell]]]:
    """Return it, and the cells with the visits that are overdue or missed: these may have no form at all."""
    subjects = list(subjects)
    asked = days.status(VisitStatus.OVERDUE)
    visits = visible_visits(user).filter(asked | Q(state=VisitState.MISSED), subject__in=[each.pk for each in subjects])
    state = Case(
        When(state=VisitState.MISSED, then=Value("missed")), default=Value("overdue"), output_field=CharField()
    )
    overdue: dict[UUID, int] = defaultdict(int)
    whole = {each.pk: dict(cells.get(each.pk, {})) for each in subjects}
    for subject, code, became in visits.order_by().values_list("subject_id", "code", state):
        overdue[subject] += became == "overdue"
        cell = Cell(became, 0, 0)
        there = whole[subject].get(code)
        whole[subject][code] = joined(there, cell) if there else cell
    arms = arms_of(user, subjects)
    return Beside(arms, next_visits(user, subjects), overdue, shows_arms=bool(arm_sites(user))), whole


def chosen(found: Filter, user: User, days: Days) -> QuerySet[Subject]:
    """Return the subjects within sight that the filter lets through, in its order; also by arm and by visits."""
    subjects = _with_arm(subjects_in(found, user), user, found.arm)
    if found.waiting == "overdue":
        subjects = subjects.filter(pk__in=_overdue(user, days).values("subject"))
    if found.order == "next":
        planned = visible_visits(user).filter(subject=OuterRef("pk"), state=VisitState.OPEN, target_on__isnull=False)
        first = Subquery(planned.order_by("target_on").values("target_on")[:1])
        return subjects.annotate(next_on=first).order_by("next_on", *ORDERS["number"])
    if found.order == "overdue":
        counted = _overdue(user, days).filter(subject=OuterRef("pk")).order_by().values("subject")
        number = Coalesce(Subquery(counted.annotate(number=Count("pk")).values("number")), 0)
        return subjects.annotate(overdue=number).order_by("-overdue", *ORDERS["number"])
    return subjects


def _with_arm(subjects: QuerySet[Subject], user: User, arm: str) -> QuerySet[Subject]:
    """Return those with this arm, with any, or with none yet; of one arm only where the user may know it."""
    if arm in (WITHOUT, WITH):
        return subjects.filter(allocation__isnull=arm == WITHOUT)
    if arm in ARM_TITLES:
        return subjects.filter(allocation__arm=arm, site__in=arm_sites(user))
    return subjects


def _overdue(user: User, days: Days) -> QuerySet[Visit]:
    return visible_visits(user).filter(days.status(VisitStatus.OVERDUE))
