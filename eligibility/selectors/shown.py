"""What the board shows of a kept verdict: the cell and the filter ask the same, whatever the hour of the last sweep.

A review that two persons settled shows as they did. A verdict whose last day has passed is unknown until it is judged again; what a declaration names as not met, fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import BooleanField, Case, F, Func, Q, TextField, Value, When

from accounts.models import Site
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


def shown(lapses: Q) -> Case:
    """Return the verdict that a cell shows, of rows of which these have lapsed."""
    settled = When(~Q(reviewed=""), then=F("reviewed"))
    return Case(
        When(lapses, then=Value(Verdict.UNKNOWN.value)), settled, default=F("verdict"), output_field=TextField()
    )


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
