"""What the board shows of a kept verdict: the cell and the filter ask the same, whatever the hour of the last sweep.

A review that two persons settled shows as they did. A verdict whose last day has passed is unknown until it is judged again; what a declaration names as not met, fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value

from accounts.models import Site
from casebook.models import Subject
from casebook.selectors.standing import day_at
from casebook.states import Stage
from eligibility.selectors.judged import AFTER_THE_GATE
from protocol.language import Verdict

# After the gate eligibility is judged as of the day of the passage, and of who left as of the end of screening.
NOTHING_LAPSES = (*AFTER_THE_GATE, Stage.SCREEN_FAILURE)


def lapsed(sites: Iterable[Site], *, at: datetime) -> Q:
    """Return the condition of a verdict whose last day has passed at its site, and that was not judged since."""
    by_day: dict[date, list[int]] = defaultdict(list)
    for site in {site.pk: site for site in sites}.values():
        by_day[day_at(site, at)].append(site.pk)
    found = Q(pk__in=[])
    for today, here in by_day.items():
        found |= Q(site__in=here, valid_until__lt=today, judged_on__lt=today)
    return found


# The same as `is_shown` says, of every verdict of a page of subjects: a row a subject, not one a cell, for 2,000 keys of
# the same 50 subjects cost more than what they lead to. The three columns of a subject go through its verdicts in one
# order, whichever that is. By hand, because composing these words anew costs more than their answer.
CELLS_SQL = """
SELECT v.subject_id, array_agg(v.criterion),
       array_agg(CASE WHEN v.subject_id = ANY(%(open)s) AND v.valid_until < t.today AND v.judged_on < t.today THEN 'unknown'
                      WHEN v.reviewed <> '' THEN v.reviewed ELSE v.verdict END),
       array_agg(CASE WHEN v.reviewed = 'pass' THEN '[]' ELSE v.needs::text END)
  FROM eligibility_criterionverdict v
  LEFT JOIN unnest(%(sites)s::bigint[], %(days)s::date[]) AS t(site, today) ON t.site = v.site_id
 WHERE v.subject_id = ANY(%(subjects)s) GROUP BY v.subject_id
"""


def shown_of(subjects: Iterable[Subject], *, at: datetime) -> list[tuple[UUID, list[str], list[str], list[str]]]:
    """Return by subject the criteria, the verdicts that their cells show, and as JSON what each still needs. One query."""
    subjects = list(subjects)
    days = {site: day_at(site, at) for site in {subject.site_id: subject.site for subject in subjects}.values()}
    asked: dict[str, Any] = {
        "subjects": [subject.pk for subject in subjects],
        "open": [subject.pk for subject in subjects if subject.stage not in NOTHING_LAPSES],
        "sites": [site.pk for site in days],
        "days": list(days.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute(CELLS_SQL, asked)
        return cursor.fetchall()


def is_shown(verdict: Verdict, sites: Iterable[Site], *, at: datetime) -> Q:
    """Return the condition of a row whose cell shows this verdict; of subjects before and after the gate."""
    lapses = lapsed(sites, at=at) & ~Q(subject__stage__in=NOTHING_LAPSES)
    declared = Q(subject__stage=Stage.SCREEN_FAILURE) & Q(_is_named())
    stored = Q(reviewed=verdict.value) | Q(reviewed="", verdict=verdict.value)
    if verdict is Verdict.FAIL:
        return declared | (stored & ~lapses)
    kept = stored | lapses if verdict is Verdict.UNKNOWN else stored & ~lapses
    return kept & ~declared


def _is_named() -> Func:
    """Whether the declaration of the screen failure names the criterion of the row as not met."""
    named = Func(F("subject__screen_failure__criteria"), F("criterion"), function="jsonb_exists")
    return Func(named, Value(False), function="COALESCE", output_field=BooleanField())
