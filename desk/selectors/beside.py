"""What stands beside each subject of the grid: arm, next visit, overdue visits. Two queries for any number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from casebook.models import Subject, Visit
from casebook.selectors.sight import REVEALING_VISITS, arm_hidden_at, visible_visits
from casebook.selectors.stage_told import stages_told
from casebook.states import BEFORE_RANDOMIZATION, Stage, VisitState
from desk.selectors.grid import ORDERS, Cell, Filter, joined, subjects_in
from followup.selectors.due import Days
from followup.selectors.safety import arm_sites
from followup.status import GRACE_DAYS, VisitStatus
from protocol import course
from protocol.arms import ARMS
from randomization.selectors import arms_of

ARM_TITLES = {arm.code: arm.title for arm in ARMS}
WITHOUT, WITH = "none", "any"
# Why visits were called off once a subject left, what says most first; a subject in follow-up keeps that stage.
LEAVING = (course.DIED, course.CONSENT_WITHDRAWN, course.LOST, course.VISITS_WITHDRAWN, course.TREATMENT_WITHDRAWN)
BY_VISITS = ("next", "overdue")  # orders besides those of the grid itself


# By hand, as the cells are: the object mapper would cost more than the whole page may. Row-level security and
# `casebook.selectors.sight` decide what is seen; `followup.status` says when a visit is overdue.
VISITS_SQL = """
SELECT v.subject_id,
       (array_agg(v.code ORDER BY v.target_on, v.code, v.repeat) FILTER (WHERE v.state = 'open' AND v.target_on IS NOT NULL))[1],
       min(v.target_on) FILTER (WHERE v.state = 'open'),
       array_agg(v.code) FILTER (WHERE v.state = 'missed'),
       array_agg(v.code) FILTER (WHERE v.state = 'open'
         AND v.closes_on + coalesce((%(grace)s::jsonb ->> v.code)::int, 0) < (%(today)s::jsonb ->> v.site_id::text)::date),
       array_agg(DISTINCT v.cancelled_because) FILTER (WHERE v.state = 'cancelled')
  FROM casebook_visit v
 WHERE v.subject_id = ANY(%(subjects)s) AND (v.state IN ('missed', 'cancelled') OR (v.state = 'open' AND v.closes_on IS NOT NULL))
   AND NOT (v.site_id = ANY(%(unseeing)s::bigint[]) AND v.code = ANY(%(revealing)s))
 GROUP BY v.subject_id
"""


class Next(NamedTuple):
    """The open visit whose target comes first."""

    code: str
    target_on: date


@dataclass(frozen=True)
class Beside:
    """What the grid says of all its subjects besides their forms."""

    arms: Mapping[UUID, str]
    next: Mapping[UUID, Next]
    overdue: Mapping[UUID, int]
    shows_arms: bool
    stages: Mapping[UUID, Stage]  # as this user may know them
    left: Mapping[UUID, str]  # why no visit follows any more, where the stage alone does not say it


def beside(
    subjects: Iterable[Subject], user: User, days: Days, cells: Mapping[UUID, dict[str, Cell]]
) -> tuple[Beside, Mapping[UUID, dict[str, Cell]]]:
    """Return it, and the cells with the visits that are overdue or missed: these may have no form at all."""
    subjects = list(subjects)
    whole = dict(cells)
    coming, overdue, left = dict[UUID, Next](), dict[UUID, int](), dict[UUID, str]()
    for subject, code, target_on, missed, late, cancelled in _visits_of(subjects, user, days):
        if code:
            coming[subject] = Next(code, target_on)
        if late:
            overdue[subject] = len(late)
        if why := next((word for word in LEAVING if word in (cancelled or ())), ""):
            left[subject] = why
        if late or missed:
            whole[subject] = _with_visits(whole.get(subject, {}), missed or (), late or ())
    may_have_arm = [each for each in subjects if each.stage not in BEFORE_RANDOMIZATION]
    told, shows_arms = stages_told(subjects, user), bool(arm_sites(user))
    return Beside(arms_of(user, may_have_arm), coming, overdue, shows_arms=shows_arms, stages=told, left=left), whole


def _visits_of(subjects: Iterable[Subject], user: User, days: Days) -> list[tuple[Any, ...]]:
    asked: dict[str, Any] = {
        "subjects": [each.pk for each in subjects],
        "grace": json.dumps(dict(GRACE_DAYS)),
        "today": json.dumps({str(site): day.isoformat() for site, day in days.by_site.items()}),
        "unseeing": list(arm_hidden_at(user)),
        "revealing": list(REVEALING_VISITS),
    }
    with connection.cursor() as cursor:
        cursor.execute(VISITS_SQL, asked)
        return cursor.fetchall()


def _with_visits(row: Mapping[str, Cell], missed: Iterable[str], late: Iterable[str]) -> dict[str, Cell]:
    found = dict(row)
    for state, codes in (("missed", missed), ("overdue", late)):
        for code in codes:
            cell = Cell(state, 0, 0)
            found[code] = joined(found[code], cell) if code in found else cell
    return found


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
