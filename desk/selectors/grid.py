"""Reads for the status grid: of each subject and visit the worst state, with counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import User
from casebook.marks import WORST_FIRST
from casebook.models import Subject
from casebook.selectors.queries import STANDING
from casebook.selectors.sight import (
    READ_APART,
    REVEALING_CRFS,
    REVEALING_VISITS,
    arm_hidden_at,
    hidden_forms,
    reads_apart_at,
    visible_forms,
    visible_queries,
    visible_subjects,
)
from casebook.selectors.stage_told import with_stage_told
from casebook.selectors.transfers import before_consent
from casebook.states import FormState, Stage
from desk.selectors.signing import subjects_to_sign, to_begin
from protocol.trial import TRIAL

LOG = "LOG"
SEVERITY = {state: number for number, state in enumerate(WORST_FIRST)}
VISITS = {visit.code: visit for visit in TRIAL.visits}


# By hand, because 1,500 rows through the object mapper cost more than the whole page may. Row-level security and
# `casebook.selectors.sight` decide what is seen; the last column tells whether `hidden_forms` has to be asked.
CELLS_SQL = """
WITH held AS (SELECT level, form_id, visit_id, subject_id, site_id, CASE kind WHEN 'lock' THEN 2 ELSE 1 END AS rank
                FROM casebook_lock
               WHERE lifted_at IS NULL AND (subject_id IS NULL OR subject_id = ANY(%(subjects)s))),
     -- Level by level, so that where nothing is locked nothing is joined.
     locked AS (SELECT form_id, max(rank) AS held
                  FROM (SELECT form_id, rank FROM held WHERE level = 'form'
                        UNION ALL
                        SELECT f.id, rank FROM held h JOIN casebook_form f USING (visit_id) WHERE level = 'visit'
                        UNION ALL
                        SELECT f.id, rank FROM held h JOIN casebook_form f ON f.subject_id = h.subject_id
                         WHERE level = 'subject'
                        UNION ALL
                        SELECT f.id, rank FROM held h JOIN casebook_form f ON level = 'trial' OR f.site_id = h.site_id
                         WHERE level IN ('site', 'trial') AND f.subject_id = ANY(%(subjects)s)) every
                 GROUP BY form_id)
SELECT f.subject_id::text, coalesce(v.code, 'LOG'), coalesce(v.closes_on < %(on)s, false), count(*)::int,
       (count(*) FILTER (WHERE f.state = 'complete'))::int, (count(*) FILTER (WHERE f.state = 'not done'))::int,
       (count(*) FILTER (WHERE f.state = 'in progress'))::int,
       coalesce(sum(q.opened), 0)::int, coalesce(sum(q.answered), 0)::int,
       (count(*) FILTER (WHERE f.state = 'complete' AND m.marked > 0 AND m.marked >= m.answered))::int,
       (count(*) FILTER (WHERE f.state = 'complete' AND s.about_id IS NOT NULL))::int,
       (count(*) FILTER (WHERE l.held >= 1))::int,
       (count(*) FILTER (WHERE l.held = 2))::int,
       bool_or(f.crf = ANY(%(blinded)s) AND f.entered_by_id <> %(user)s)
  FROM casebook_form f
  LEFT JOIN casebook_visit v ON v.id = f.visit_id
  LEFT JOIN (SELECT form_id, count(*) FILTER (WHERE state = 'open') AS opened,
                    count(*) FILTER (WHERE state = 'answered') AS answered
               FROM casebook_query WHERE subject_id = ANY(%(subjects)s) AND state IN ('open', 'answered')
              GROUP BY form_id) q ON q.form_id = f.id
  LEFT JOIN casebook_markcount m ON m.form_id = f.id
  LEFT JOIN (SELECT DISTINCT about_id, form_version FROM accounts_signature
              WHERE about_kind = 'form' AND subject_id = ANY(%(subjects)s)) s
         ON s.about_id = f.id AND s.form_version = f.version
  LEFT JOIN locked l ON l.form_id = f.id
 WHERE f.subject_id = ANY(%(subjects)s) AND NOT f.id = ANY(%(hidden)s::uuid[])
   AND NOT (f.site_id = ANY(%(unseeing)s::bigint[])
            AND (f.crf = ANY(%(revealing)s) OR coalesce(v.code, 'LOG') = ANY(%(visits)s)))
 GROUP BY f.subject_id, v.id -- keys alone: to put 4,500 codes in order takes longer than to count them
"""
BLINDED = [crf.code for crf in TRIAL.crfs if crf.blind_until_complete]
APART = [*BLINDED, *(code for crf in READ_APART for code in crf.read_apart_from)]  # of second readers


class Cell(NamedTuple):
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
    waiting: str = ""  # "queries", "forms", "begin" or "signature": only subjects where these wait
    arm: str = ""  # "none" or "any" arm; one arm only for who may know it
    order: str = "number"


ORDERS = {
    "number": ("site__code", "sequence", "id"),
    "newest": ("-added_at", "id"),
    "stage": ("told", "site__code", "sequence", "id"),
}


def subjects_in(found: Filter, user: User) -> QuerySet[Subject]:
    """Return the subjects within sight that the filter lets through, in its order."""
    subjects = with_stage_told(visible_subjects(user).select_related("site"), user)
    if found.site:
        subjects = subjects.filter(site=found.site)
    if found.stage in Stage.values:
        subjects = subjects.filter(Q(told=found.stage))
    if found.number:
        subjects = subjects.filter(number__icontains=found.number)
    if found.waiting == "queries":
        subjects = subjects.filter(pk__in=visible_queries(user).filter(state__in=STANDING).values("subject"))
    elif found.waiting == "forms":
        begun = visible_forms(user).filter(~before_consent(), state=FormState.IN_PROGRESS)
        subjects = subjects.filter(pk__in=begun.values("subject"))
    elif found.waiting == "begin":
        subjects = subjects.filter(pk__in=visible_forms(user).filter(to_begin()).values("subject"))
    elif found.waiting == "signature":
        subjects = subjects.filter(subjects_to_sign(user))
    return subjects.order_by(*ORDERS.get(found.order, ORDERS["number"]))


def cells_of(subjects: Iterable[Subject], user: User, *, on: date) -> Mapping[UUID, dict[str, Cell]]:
    """Return the cells by subject and visit code; `on` decides what is overdue. One query, two where some are blinded."""
    pks = [subject.pk for subject in subjects]
    rows = _rows(pks, user, on=on, hidden=[])
    if any(row[-1] for row in rows):
        # Which of them are still blinded, the one rule decides; here they are only left out.
        hidden = hidden_forms(user).filter(subject__in=pks, crf__in=APART).values_list("pk", flat=True)
        rows = _rows(pks, user, on=on, hidden=list(hidden))
    cells: dict[UUID, dict[str, Cell]] = {}
    by_text = {str(pk): pk for pk in pks}  # reading 1,500 keys anew would cost more than drawing them
    for found in rows:
        subject, code, is_over = found[:3]
        cell = _cell(found[3:-1], is_over)
        row = cells.setdefault(by_text[subject], {})
        row[code] = joined(row[code], cell) if code in row else cell
    return cells


def _rows(pks: list[UUID], user: User, *, on: date, hidden: list[UUID]) -> list[tuple[Any, ...]]:
    asked: dict[str, Any] = {
        "subjects": pks,
        "hidden": hidden,
        "on": on,
        "user": user.pk,
        "blinded": APART if reads_apart_at(user) else BLINDED,
        "unseeing": list(arm_hidden_at(user)),
        "revealing": list(REVEALING_CRFS),
        "visits": list(REVEALING_VISITS),
    }
    with connection.cursor() as cursor:
        cursor.execute(CELLS_SQL, asked)
        return cursor.fetchall()


def columns_of(cells: Mapping[UUID, Mapping[str, Cell]]) -> list[str]:
    """Return the visit codes that any of these subjects has, the log first, then as the protocol orders them."""
    codes = {code for row in cells.values() for code in row}
    return sorted(codes, key=lambda code: (code != LOG, VISITS[code].number if code in VISITS else 0))


class _Counted(NamedTuple):
    """How many forms of one cell there are, and of how many of them something is true."""

    expected: int
    complete: int
    not_done: int
    begun: int
    opened: int
    answered: int
    verified: int
    signed: int
    held: int
    locked: int


@lru_cache(maxsize=10_000)  # 1,500 cells of a page say few things that differ
def _cell(counted: tuple[int, ...], is_over: bool) -> Cell:
    found = _Counted._make(counted)
    done = found.complete + found.not_done
    return Cell(_state(found, is_over), done, found.expected, found.opened + found.answered)


def _state(found: _Counted, is_over: bool) -> str:
    """Return the worst state; the order is that of the marks."""
    done = found.complete + found.not_done
    if is_over and done < found.expected:
        return "overdue"
    if found.opened:
        return "query open"
    if found.answered:
        return "query answered"
    if done < found.expected:
        return "in progress" if found.begun or done else "not started"
    return _state_when_done(found)


def _state_when_done(found: _Counted) -> str:
    """Return how far a cell has come of which nothing is left to enter: what is true of all its forms."""
    if found.locked == found.expected:
        return "locked"
    if found.held == found.expected:
        return "frozen"
    if not found.complete:
        return "not done"
    if found.signed == found.complete:
        return "signed"
    return "verified" if found.verified == found.complete else "complete"


def joined(one: Cell, other: Cell) -> Cell:
    """Return two cells of one visit code as one: a visit can come again."""
    worst = min(one.state, other.state, key=lambda state: SEVERITY[state])
    return Cell(worst, one.done + other.done, one.expected + other.expected, one.queries + other.queries)
