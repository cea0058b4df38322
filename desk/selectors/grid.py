"""Reads for the status grid: of each subject and visit the worst state, with counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from casebook.marks import WORST_FIRST
from casebook.models import Query, Subject
from casebook.selectors.queries import STANDING
from casebook.selectors.sight import visible_forms, visible_subjects
from casebook.states import FormState, QueryState, Stage
from protocol.trial import TRIAL

LOG = "LOG"
DONE = (FormState.COMPLETE, FormState.NOT_DONE)
SEVERITY = {state: number for number, state in enumerate(WORST_FIRST)}
VISITS = {visit.code: visit for visit in TRIAL.visits}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands at one subject and visit: the worst state, how many forms are done, of how many."""

    state: str
    done: int
    expected: int
    queries: int = 0


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list of subjects is narrowed to; every part can stand in a URL."""

    site: int | None = None
    stage: str = ""
    number: str = ""
    waiting: str = ""  # "queries" or "forms": only subjects where these wait
    order: str = "number"


ORDERS = {
    "number": ("site__code", "sequence", "id"),
    "newest": ("-added_at", "id"),
    "stage": ("stage", "site__code", "sequence", "id"),
}


def subjects_in(found: Filter, user: User) -> QuerySet[Subject]:
    """Return the subjects within sight that the filter lets through, in its order."""
    subjects = visible_subjects(user).select_related("site")
    if found.site:
        subjects = subjects.filter(site=found.site)
    if found.stage in Stage.values:
        subjects = subjects.filter(stage=found.stage)
    if found.number:
        subjects = subjects.filter(number__icontains=found.number)
    if found.waiting == "queries":
        subjects = subjects.filter(pk__in=Query.objects.filter(state__in=STANDING).values("subject"))
    elif found.waiting == "forms":
        subjects = subjects.filter(pk__in=visible_forms(user).filter(state=FormState.IN_PROGRESS).values("subject"))
    return subjects.order_by(*ORDERS.get(found.order, ORDERS["number"]))


def cells_of(subjects: Iterable[Subject], user: User, *, on: date) -> Mapping[UUID, Mapping[str, Cell]]:
    """Return the cells by subject and visit code; `on` decides what is overdue. Two queries."""
    pks = [subject.pk for subject in subjects]
    asked = _queries(pks, user)
    cells: dict[UUID, dict[str, Cell]] = defaultdict(dict)
    rows = (
        visible_forms(user)
        .filter(subject__in=pks)
        .values("subject_id", "visit__code", "visit__closes_on")
        .annotate(
            expected=Count("id"),
            complete=Count("id", filter=Q(state=FormState.COMPLETE)),
            not_done=Count("id", filter=Q(state=FormState.NOT_DONE)),
            begun=Count("id", filter=Q(state=FormState.IN_PROGRESS)),
        )
        .order_by()
    )
    for row in rows:
        subject, code = row["subject_id"], row["visit__code"] or LOG
        cell = _cell(row, asked.get((subject, code), (0, 0)), on=on)
        before = cells[subject].get(code)
        cells[subject][code] = _joined(before, cell) if before else cell
    return cells


def columns_of(cells: Mapping[UUID, Mapping[str, Cell]]) -> list[str]:
    """Return the visit codes that any of these subjects has, the log first, then as the protocol orders them."""
    codes = {code for row in cells.values() for code in row}
    return sorted(codes, key=lambda code: (code != LOG, VISITS[code].number if code in VISITS else 0))


def _queries(pks: list[UUID], user: User) -> dict[tuple[UUID, str], tuple[int, int]]:
    rows = (
        Query.objects.filter(subject__in=pks, state__in=STANDING, form__in=visible_forms(user).values("pk"))
        .values("subject_id", "form__visit__code")
        .annotate(
            opened=Count("id", filter=Q(state=QueryState.OPEN)),
            answered=Count("id", filter=Q(state=QueryState.ANSWERED)),
        )
        .order_by()
    )
    found: dict[tuple[UUID, str], tuple[int, int]] = {}
    for row in rows:
        found[row["subject_id"], row["form__visit__code"] or LOG] = (row["opened"], row["answered"])
    return found


def _cell(row: Mapping[str, object], asked: tuple[int, int], *, on: date) -> Cell:
    expected, complete, not_done, begun = (int(str(row[name])) for name in ("expected", "complete", "not_done", "begun"))
    opened, answered = asked
    done, closes_on = complete + not_done, row["visit__closes_on"]
    if isinstance(closes_on, date) and closes_on < on and done < expected:
        state = "overdue"
    elif opened:
        state = "query open"
    elif answered:
        state = "query answered"
    elif begun or 0 < done < expected:
        state = "in progress"
    elif done < expected:
        state = "not started"
    else:
        state = "complete" if complete else "not done"
    return Cell(state, done, expected, opened + answered)


def _joined(one: Cell, other: Cell) -> Cell:
    """Return two cells of one visit code as one: a visit can come again."""
    worst = min(one.state, other.state, key=lambda state: SEVERITY[state])
    return Cell(worst, one.done + other.done, one.expected + other.expected, one.queries + other.queries)
