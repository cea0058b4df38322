"""Visits within sight: those of a subject, the next ones of many, and lists narrowed by what a reader chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from audit.numbers import number_typed
from casebook.models import Form, Subject, Visit
from casebook.selectors.sight import visible_forms, visible_visits
from casebook.states import FormState, VisitState
from followup.selectors.due import Days
from followup.status import NOT_ATTENDED_BY_HAND, VisitStatus
from protocol.schedule import SCREENING
from protocol.trial import TRIAL

ORDER = {visit.code: visit.number for visit in TRIAL.visits}
WITHINS = ("14", "30")
TO_DO = "todo"
ALL = "all"
STATUSES = (
    VisitStatus.DUE,
    VisitStatus.GRACE,
    VisitStatus.OVERDUE,
    VisitStatus.UPCOMING,
    VisitStatus.ATTENDED,
    VisitStatus.MISSED,
    VisitStatus.CANCELLED,
    VisitStatus.UNDATED,
)
# Days a visit has been overdue, both ends included: the columns of the overdue board.
AGES: Mapping[str, tuple[int, int | None]] = {"1-7": (1, 7), "8-14": (8, 14), "15-28": (15, 28), "29-": (29, None)}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a reader chose to see; every field stands in the address of the page. Empty: what is due or overdue."""

    site: str = ""  # key of the site; "0" for all
    state: str = ""  # a VisitStatus, or "all"
    within: str = ""  # target within so many days from today
    age: str = ""  # overdue since
    visit: str = ""  # code of the visit
    number: str = ""
    day: str = ""  # ISO day that the window includes

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Chosen:
        """Return what the address says; a value that is on no list counts as not chosen."""
        known = {
            "state": {ALL, *(status.value for status in STATUSES)},
            "within": set(WITHINS),
            "age": set(AGES),
            "visit": set(ORDER),
        }
        said = {each.name: str(query.get(each.name, "")).replace("\x00", "").strip()[:40] for each in fields(cls)}
        return cls(**{name: value for name, value in said.items() if value in known.get(name, {value})})

    def to_query(self) -> dict[str, str]:
        """Return what the address says again."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}

    @property
    def chosen_day(self) -> date | None:
        """The day the window is to include, where the text is one."""
        try:
            return date.fromisoformat(self.day) if len(self.day) == 10 else None
        except ValueError:
            return None


def visits_of(user: User, subject: Subject) -> list[Visit]:
    """Return the visits of the subject as far as the user may see them, by day and then as the schedule has them."""
    visits = visible_visits(user).filter(subject=subject)
    return sorted(visits, key=_place)


def _place(visit: Visit) -> tuple[bool, bool, date, int, int]:
    day = visit.target_on or visit.attended_on or date.max
    return (visit.code != SCREENING.code, visit.target_on is None, day, ORDER.get(visit.code, 0), visit.repeat)


def forms_by_visit(user: User, subject: Subject) -> dict[UUID, list[Form]]:
    """Return the forms of the subject's visits as far as the user may read them, in the order in which the visit asks for them."""
    found: dict[UUID, list[Form]] = {}
    forms = visible_forms(user).filter(subject=subject, visit__isnull=False)
    for form in sorted(forms.defer("answers").select_related("visit"), key=_place_of_form):
        found.setdefault(form.visit_id, []).append(form)  # type: ignore[arg-type]  # only forms of visits were asked for
    return found


def operation_to_enter(user: User, subject: Subject) -> Form | None:
    """Return the operation form that waits to be completed, as far as the user may see it. One query."""
    waiting = visible_forms(user).filter(subject=subject, crf="OP").exclude(state=FormState.COMPLETE)
    return waiting.defer("answers").order_by("repeat").first()


def _place_of_form(form: Form) -> tuple[int, int]:
    asked = TRIAL.visit(form.visit.code).forms if form.visit else ()
    return (asked.index(form.crf) if form.crf in asked else len(asked), form.repeat)


def next_visits(user: User, subjects: Iterable[Subject]) -> dict[UUID, Visit]:
    """Return of each of these subjects the open visit with the earliest target. One query."""
    keys = [subject.pk for subject in subjects]
    planned = visible_visits(user).filter(subject__in=keys, state=VisitState.OPEN, target_on__isnull=False)
    first = planned.order_by("subject_id", "target_on", "code", "repeat").distinct("subject_id")
    return {visit.subject_id: visit for visit in first}


def could_serve(user: User, visit: Visit) -> list[Visit]:
    """Return the open visits of the subject whose window overlaps that of this visit: one attendance may serve them too."""
    if visit.opens_on is None or visit.closes_on is None:
        return []
    others = visible_visits(user).filter(subject=visit.subject_id, state=VisitState.OPEN).exclude(pk=visit.pk)
    there = others.filter(opens_on__lte=visit.closes_on, closes_on__gte=visit.opens_on)
    return sorted(there.exclude(code__in=NOT_ATTENDED_BY_HAND), key=_place)


def visits_in(user: User, chosen: Chosen, days: Days) -> QuerySet[Visit]:
    """Return the visits of follow-up that fit what was chosen, those first whose window closes first."""
    visits = visible_visits(user).exclude(code=SCREENING.code).filter(_state(chosen, days))
    if site := number_typed(chosen.site):
        visits = visits.filter(site=site)
    if chosen.number:
        visits = visits.filter(subject__number__icontains=chosen.number)
    if chosen.visit:
        visits = visits.filter(code=chosen.visit)
    if chosen.within:
        visits = visits.filter(days.within(int(chosen.within)))
    if chosen.age:
        visits = visits.filter(days.overdue_for(*AGES[chosen.age]))
    if day := chosen.chosen_day:
        visits = visits.filter(Q(opens_on__lte=day, closes_on__gte=day) | Q(attended_on=day))
    return visits.select_related("subject", "site").order_by(
        F("closes_on").asc(nulls_last=True), "subject__number", "id"
    )


def _state(chosen: Chosen, days: Days) -> Q:
    if chosen.state == ALL or (not chosen.state and (chosen.within or chosen.chosen_day)):
        return Q()
    if chosen.state:
        return days.status(VisitStatus(chosen.state))
    return days.status(VisitStatus.DUE) | days.status(VisitStatus.OVERDUE)


def month_counts(
    user: User, site: str, *, first: date, last: date
) -> tuple[list[tuple[date, date, date, int]], dict[date, int]]:
    """Return the windows of open visits that touch these days, each with its number, and attendances by day. Two queries."""
    visits = visible_visits(user).exclude(code=SCREENING.code)
    if chosen_site := number_typed(site):
        visits = visits.filter(site=chosen_site)
    touching = visits.filter(state=VisitState.OPEN, opens_on__lte=last, closes_on__gte=first)
    windows = touching.values_list("opens_on", "closes_on", "target_on").annotate(count=Count("pk"))
    there = visits.filter(attended_on__range=(first, last)).values_list("attended_on").annotate(count=Count("pk"))
    return list(windows.order_by("opens_on", "closes_on", "target_on")), dict(there.order_by("attended_on"))
