"""What is due on a day, as conditions of a query: sites on both sides of midnight have days of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q

from accounts.models import Site
from casebook.selectors.standing import day_at
from casebook.states import VisitState
from followup.status import GRACE_DAYS, VisitStatus

OPEN = Q(state=VisitState.OPEN)
STATES: Mapping[VisitStatus, VisitState] = {
    VisitStatus.MISSED: VisitState.MISSED,
    VisitStatus.CANCELLED: VisitState.CANCELLED,
    VisitStatus.ATTENDED: VisitState.ATTENDED,
}


class Days:
    """Today at each of these sites: at most three different days, however many sites there are."""

    def __init__(self, sites: Iterable[Site], at: datetime) -> None:
        self.by_site = {site.pk: day_at(site, at) for site in sites}
        groups: dict[date, list[int]] = defaultdict(list)
        for site, day in self.by_site.items():
            groups[day].append(site)
        self.groups: Mapping[date, Sequence[int]] = groups

    def where(self, condition: Callable[[date], Q]) -> Q:
        """Return the condition as it reads at each site on its own day."""
        parts = [Q(site__in=sites) & condition(day) for day, sites in self.groups.items()]
        return reduce(or_, parts) if parts else Q(pk=None)

    def status(self, status: VisitStatus) -> Q:
        """Return which visits have this status; attended ones whether in time or not."""
        if state := STATES.get(status):
            return self.where(lambda _day: Q(state=state))
        return OPEN & self.where(CONDITIONS[status])

    def overdue_for(self, least: int, most: int | None) -> Q:
        """Return the visits overdue since so many days, both ends included; without `most` since at least so many."""
        return OPEN & self.where(lambda day: _over(day, least, most))

    def within(self, days: int) -> Q:
        """Return the open visits whose target lies within so many days from today."""
        return OPEN & self.where(lambda day: Q(target_on__range=(day, day + timedelta(days=days))))


def _over(day: date, least: int, most: int | None) -> Q:
    """Return which windows, with what grace they have, ended so many days before the day."""

    def ended(grace: int) -> Q:
        last = day - timedelta(days=least + grace)
        if most is None:
            return Q(closes_on__lte=last)
        return Q(closes_on__range=(day - timedelta(days=most + grace), last))

    graced = [Q(code=code) & ended(grace) for code, grace in GRACE_DAYS.items()]
    # Said first without the codes: so the index by closing day is enough to find them.
    return Q(closes_on__lt=day) & reduce(or_, graced, ~Q(code__in=GRACE_DAYS) & ended(0))


def _due(day: date) -> Q:
    graced = [Q(code=code, closes_on__gte=day - timedelta(days=grace)) for code, grace in GRACE_DAYS.items()]
    longest = day - timedelta(days=max(GRACE_DAYS.values(), default=0))
    return Q(opens_on__lte=day, closes_on__gte=longest) & reduce(or_, graced, Q(closes_on__gte=day))


def _in_grace(day: date) -> Q:
    return Q(closes_on__lt=day) & _due(day)


# What is in grace is still due: a list of what is due holds it too.
CONDITIONS: Mapping[VisitStatus, Callable[[date], Q]] = {
    VisitStatus.UPCOMING: lambda day: Q(opens_on__gt=day),
    VisitStatus.DUE: _due,
    VisitStatus.GRACE: _in_grace,
    VisitStatus.OVERDUE: lambda day: _over(day, 1, None),
    VisitStatus.UNDATED: lambda _day: Q(opens_on=None),
}
