"""The sweep of reminders: what is due at each site, by its own calendar day, becomes a notice to each of its people.

It tells dates, not moments: what became due while nobody swept is told by the next sweep, once. It runs as often as
one likes; what was told stays told, and what no longer holds before anybody was told is taken back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.urls import reverse

from accounts.models import DatabaseClock, Grant, Site
from accounts.roles import Permission, permissions_of
from accounts.system import system_actor
from audit.acting import as_actor
from casebook.selectors.standing import day_at
from casebook.states import FormState, Stage, VisitState
from followup import reminder_sql as sql
from followup import waiting_sql as waiting
from protocol.assumptions import (
    IMG_MAX_DAYS,
    IMG_MIN_DAYS,
    MARKER_MAX_DAYS,
    MARKER_MIN_DAYS,
    PATHOLOGY_WITHIN_DAYS,
    SURGEON_WINDOW_DAYS,
)
from protocol.crfs.evaluation import SURGEONS_NEEDED
from protocol.language import Verdict
from protocol.schedule import OPERATION, SURGERY, VISITS
from protocol.words import N_

# How long before its end a window, or a determination, is called closing; and how often what is overdue is told again.
CLOSING_DAYS: Final = 3
OVERDUE_EVERY_DAYS: Final = 7

LONGEST_WINDOW_DAYS: Final = max(visit.days_before + visit.days_after for visit in VISITS)
TITLES: Final = {visit.code: visit.title for visit in VISITS}
# That these visits are planned tells the arm.
REVEALING: Final = [visit.code for visit in VISITS if visit.arms or visit.anchor == OPERATION]
A_VISIT: Final = N_("a visit")
AGAIN: Final = N_("%(visit)s, number %(repeat)s")

OPENS, TARGET, CLOSES, OVERDUE = "visit opens", "visit target", "visit closes", "visit overdue"
OF_VISITS: Final[Mapping[str, str]] = {
    OPENS: N_("%(subject)s, %(visit)s: may take place from %(opens)s to %(closes)s."),
    TARGET: N_("%(subject)s, %(visit)s: the target day is %(target)s."),
    CLOSES: N_("%(subject)s, %(visit)s: the window closes on %(closes)s, and no visit is recorded."),
    OVERDUE: N_(
        "%(subject)s, %(visit)s: the window closed on %(closes)s. Record the visit, or that it was missed and why."
    ),
}
# An operation is neither recorded as a visit nor missed: its form says either, and there is grace for it.
SURGERY_IN_GRACE: Final = N_(
    "%(subject)s, %(visit)s: the window closed on %(closes)s. "
    "Enter the operation, or why there was none, by %(last)s, with a reason for the delay."
)
SURGERY_OVERDUE: Final = N_(
    "%(subject)s, %(visit)s: the window closed on %(closes)s, its grace ended on %(last)s. "
    "Enter the operation, or why there was none."
)
SCAN, SAMPLE, SCAN_CLOSES, SAMPLE_CLOSES = "scan possible", "sample possible", "scan closes", "sample closes"
OF_RESPONSE: Final[Mapping[str, str]] = {
    SCAN: N_("%(subject)s: the next scan for the response counts from %(from)s on."),
    SAMPLE: N_("%(subject)s: the next sample of AFP and PIVKA-II for the response counts from %(from)s on."),
    SCAN_CLOSES: N_("%(subject)s: a scan that confirms the response is in time until %(until)s."),
    SAMPLE_CLOSES: N_(
        "%(subject)s: a sample of AFP and PIVKA-II that confirms the response is in time until %(until)s."
    ),
}
LAPSES = "determination lapses"
OF_DETERMINATIONS: Final[Mapping[str, str]] = {
    LAPSES: N_("%(subject)s: the determination of eligibility holds until %(until)s; %(criterion)s lapses first."),
}
EVALUATE_INITIAL, EVALUATE_PRESENT, EVALUATION_UNSIGNED = "evaluate initial", "evaluate present", "evaluation unsigned"
EVALUATE_INITIAL_ANEW, EVALUATE_PRESENT_ANEW = "evaluate initial anew", "evaluate present anew"
OF_EVALUATIONS: Final[Mapping[str, str]] = {
    EVALUATE_INITIAL: N_("%(subject)s: your evaluation of the tumour before the first treatment is waited for."),
    EVALUATE_PRESENT: N_("%(subject)s: your evaluation of the tumour as it is now is waited for."),
    EVALUATE_INITIAL_ANEW: N_(
        "%(subject)s: the surgeons disagree in round %(before)s on the tumour before the first treatment. "
        "Your evaluation in round %(round)s is waited for."
    ),
    EVALUATE_PRESENT_ANEW: N_(
        "%(subject)s: the surgeons disagree in round %(before)s on the tumour as it is now. "
        "Your evaluation in round %(round)s is waited for."
    ),
    EVALUATION_UNSIGNED: N_("%(subject)s: an evaluation of yours is complete and counts once you sign it."),
}
NO_PATHOLOGY: Final = "pathology missing"
OF_PATHOLOGY: Final[Mapping[str, str]] = {
    NO_PATHOLOGY: N_(
        "%(subject)s: more than %(days)s days after the operation no pathology report is complete. "
        "Enter it, or why there is none."
    ),
}
RESPONSE: Final = "I05"
SCAN_SPAN, SAMPLE_SPAN = IMG_MAX_DAYS - IMG_MIN_DAYS, MARKER_MAX_DAYS - MARKER_MIN_DAYS
BEFORE_THE_GATE: Final = [Stage.LISTED, Stage.CONSENTED, Stage.SCREENING, Stage.RESPONSE_CONFIRMED]

# Any number that nothing else locks: two sweeps at once would only wait for each other.
ALONE_SQL: Final = "SELECT pg_try_advisory_xact_lock(20220414, 1)"
NOWHERE: Final = UUID(int=0)
# Who is reminded: those who enter data, or those who evaluate as surgeons.
READERS: Final = ("entering", "evaluating")


def remind(*, at: datetime) -> int:
    """Keep a notice for everything that is due at this moment and was not told before; return how many were new."""
    with as_actor(system_actor("follow-up")), connection.cursor() as cursor:
        cursor.execute(ALONE_SQL)
        if not cursor.fetchone()[0]:
            return 0  # another sweep is at it
        here = ground(at)
        return sum(_swept(cursor, part, here) for part in PARTS)


@dataclass(frozen=True)
class Part:
    """One part of the sweep: what it takes back, what it adds, what its statements are told, and who is reminded."""

    taken_back: str
    added: str
    messages: Mapping[str, str]
    page: str
    told: Mapping[str, Any]
    readers: str = "entering"


PARTS: Final = (
    Part(
        sql.VISITS_TAKEN_BACK,
        sql.VISITS,
        OF_VISITS,
        "casebook",
        {
            "open": VisitState.OPEN.value,
            "longest_window": LONGEST_WINDOW_DAYS,
            "opens": OPENS,
            "target": TARGET,
            "closes": CLOSES,
            "overdue": OVERDUE,
            "closing_days": CLOSING_DAYS,
            "every_days": OVERDUE_EVERY_DAYS,
            "revealing": REVEALING,
            "titles": json.dumps(TITLES),
            "neutral": A_VISIT,
            "again": AGAIN,
            "surgery": SURGERY.code,
            "grace_days": SURGERY.grace_days,
            "surgery_in_grace": SURGERY_IN_GRACE,
            "surgery_overdue": SURGERY_OVERDUE,
        },
    ),
    Part(
        sql.RESPONSE_TAKEN_BACK,
        sql.RESPONSE,
        OF_RESPONSE,
        "candidate",
        {
            "criterion": RESPONSE,
            "stages": [stage.value for stage in BEFORE_THE_GATE],
            "crfs": ["TA", "MK", "TA", "MK"],
            "offsets": [0, 0, SCAN_SPAN - CLOSING_DAYS, SAMPLE_SPAN - CLOSING_DAYS],
            "spans": [SCAN_SPAN, SAMPLE_SPAN, SCAN_SPAN, SAMPLE_SPAN],
        },
    ),
    Part(
        sql.DETERMINATIONS_TAKEN_BACK,
        sql.DETERMINATIONS,
        OF_DETERMINATIONS,
        "candidate",
        {"eligible": Stage.ELIGIBLE.value, "closing_days": CLOSING_DAYS},
    ),
    Part(
        waiting.EVALUATIONS_TAKEN_BACK,
        waiting.EVALUATIONS,
        OF_EVALUATIONS,
        "casebook",
        {
            "asked_kinds": [EVALUATE_INITIAL, EVALUATE_PRESENT],
            "anew_kinds": [EVALUATE_INITIAL_ANEW, EVALUATE_PRESENT_ANEW],
            "criteria": ["I02c", "I06"],
            "questions": ["initial", "present"],
            "windows": [None, SURGEON_WINDOW_DAYS],
            "unsigned": EVALUATION_UNSIGNED,
            "verdicts": [Verdict.UNKNOWN.value, Verdict.REVIEW.value],
            "needed": SURGEONS_NEEDED,
            "needs": json.dumps([{"crf": "SU"}]),
            "lacks": json.dumps([{"crf": "SU", "item": "finding"}]),
            "lacks_round": json.dumps([{"crf": "SU", "item": "round"}]),
            "stages": [Stage.SCREENING.value, Stage.RESPONSE_CONFIRMED.value],
            # What is evaluated too early is too old at randomization.
            "response": RESPONSE,
            "reached": [Verdict.PASS.value, Verdict.REVIEW.value],
            "evaluation": "SU",
            "own": "own evaluation",
            "complete": FormState.COMPLETE.value,
            "every_days": OVERDUE_EVERY_DAYS,
        },
        readers="evaluating",
    ),
    Part(
        waiting.REPORTS_TAKEN_BACK,
        waiting.REPORTS,
        OF_PATHOLOGY,
        "casebook",
        {
            "operation": "OP",
            "report": "PA",
            "withdrawal": "WD",
            "of_consent": "consent",
            "exploration": "exploration",
            "complete": FormState.COMPLETE.value,
            "not_done": FormState.NOT_DONE.value,
            "within_days": PATHOLOGY_WITHIN_DAYS,
            "every_days": OVERDUE_EVERY_DAYS,
        },
    ),
)


def _swept(cursor: Any, part: Part, here: Mapping[str, Any]) -> int:
    told = told_to(part, here)
    cursor.execute(part.taken_back, told)
    cursor.execute(part.added, told)
    return int(cursor.rowcount)


def told_to(part: Part, here: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the statements of a part are told."""
    people = here[part.readers]
    return {
        **{name: value for name, value in here.items() if name not in READERS},
        "person_sites": [site for site, _user in people],
        "people": [str(user) for _site, user in people],
        "see_arms": list(people.values()),
        **part.told,
        "kinds": list(part.messages),
        "messages": list(part.messages.values()),
        "path": reverse(part.page, args=[NOWHERE]),
        "placeholder": str(NOWHERE),
    }


def ground(at: datetime) -> dict[str, Any]:
    """Return the open sites with the day it is there, and who enters data, or evaluates, at each."""
    sites = list(Site.objects.filter(is_open=True).order_by("pk"))
    return {
        "at": at,
        "sites": [site.pk for site in sites],
        "days": [day_at(site, at) for site in sites],
        "entering": _people(),
        "evaluating": _people(Permission.EVALUATION_ENTER),
    }


def _people(doing: Permission = Permission.FORM_ENTER) -> dict[tuple[int, UUID], bool]:
    """Return who may do this at which site now, enter data or another thing, and whether they see arms there."""
    grants = Grant.objects.filter(user__is_active=True, site__isnull=False, valid_from__lte=DatabaseClock())
    standing = grants.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock())).order_by("site", "user", "id")
    held: dict[tuple[int, UUID], frozenset[Permission]] = {}
    for site, user, role in standing.values_list("site_id", "user_id", "role"):
        held[site, user] = held.get((site, user), frozenset()) | permissions_of(role)
    return {key: Permission.ARM_READ in permissions for key, permissions in held.items() if doing in permissions}
