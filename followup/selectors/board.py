"""The overdue board: of each site how many visits are due, and since when others are overdue. One query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from accounts.models import Site, User
from casebook.selectors.sight import visible_visits
from casebook.states import VisitState
from followup.selectors.due import Days
from followup.selectors.visits import AGES
from followup.status import VisitStatus

SOON_DAYS = 14


@dataclass(frozen=True)
class SiteRow:
    """One site on the board: counts by age of what is overdue, and what is due now and soon."""

    site: Site
    ages: tuple[tuple[str, int], ...]
    due: int
    soon: int

    @property
    def overdue(self) -> int:
        """How many visits are overdue at all."""
        return sum(count for _age, count in self.ages)


def visit_board(user: User, sites: Iterable[Site], days: Days) -> list[SiteRow]:
    """Return a row for every site, the one with most overdue visits first."""
    sites = list(sites)
    counts = {f"age{place}": days.overdue_for(*age) for place, age in enumerate(AGES.values())}
    asked = {**counts, "due": days.status(VisitStatus.DUE), "soon": days.within(SOON_DAYS)}
    found = (
        visible_visits(user)
        .filter(state=VisitState.OPEN, site__in=[site.pk for site in sites], opens_on__isnull=False)
        .values("site")
        .annotate(**{name: Count("pk", filter=condition) for name, condition in asked.items()})
    )
    by_site = {row["site"]: row for row in found.order_by("site")}
    rows = [_row(site, by_site.get(site.pk, {})) for site in sites]
    return sorted(rows, key=lambda row: (-row.overdue, row.site.code))


def _row(site: Site, found: Mapping[str, Any]) -> SiteRow:
    ages = tuple((age, found.get(f"age{place}", 0)) for place, age in enumerate(AGES))
    return SiteRow(site, ages, found.get("due", 0), found.get("soon", 0))
