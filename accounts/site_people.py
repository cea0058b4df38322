"""Who works at a site on a day: role, delegated tasks, trainings; and when that was last reviewed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Min, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import AccessReview, Delegation, Grant, Site, Training, User
from protocol.assumptions import ACCESS_REVIEW_DAYS

EVERY = timedelta(days=ACCESS_REVIEW_DAYS)


def end_of(site: Site, on: date, *, now: datetime) -> datetime:
    """Return the moment a list as at this day speaks of: the end of the day at the site, or now."""
    return min(datetime.combine(on + timedelta(days=1), time(), site.zone) - timedelta(microseconds=1), now)


def site_people(site: Site, *, at: datetime) -> QuerySet[User]:
    """Return who held a role at the site, or for all sites, at a moment: with `roles`, `tasks` and `taken`.

    Four queries for any number of people.
    """
    on = at.astimezone(site.zone).date()
    standing = _standing(at).filter(Q(site=site) | Q(site__isnull=True)).select_related("granted_by", "site")
    tasks = Delegation.objects.filter(site=site, from_on__lte=on).filter(Q(to_on__isnull=True) | Q(to_on__gte=on))
    tasks = tasks.select_related("delegated_by").order_by("task", "from_on")
    taken = Training.objects.filter(trained_on__lte=on).select_related("recorded_by").order_by("trained_on", "role")
    people = User.objects.filter(is_system=False, pk__in=standing.values("user_id")).order_by("name", "email")
    return people.prefetch_related(
        Prefetch("grants", queryset=standing.order_by("role"), to_attr="roles"),
        Prefetch("delegations", queryset=tasks, to_attr="tasks"),
        Prefetch("trainings", queryset=taken, to_attr="taken"),
    )


def _standing(at: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(valid_from__lte=at).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=at))


@dataclass(frozen=True)
class LastReview:
    """The last review of the access at a site."""

    at: datetime
    by_name: str
    findings: str


@dataclass(frozen=True)
class Reviewed:
    """When the access at a site was last reviewed, and by when it is to be again."""

    site: Site
    last: LastReview | None
    due_on: date | None  # None where nobody ever had access
    on: date

    @property
    def is_overdue(self) -> bool:
        """Whether the day has passed."""
        return self.due_on is not None and self.on > self.due_on


def reviewed(sites: Iterable[Site], *, at: datetime) -> list[Reviewed]:
    """Return how the review of access stands at each of these sites. One query."""
    sites = list(sites)
    latest = AccessReview.objects.filter(site=OuterRef("pk")).order_by("-reviewed_at")[:1]
    said = {name: Subquery(latest.values(name)) for name in ("reviewed_at", "reviewed_by__name", "findings")}
    rows = Site.objects.filter(pk__in=[site.pk for site in sites]).values_list("pk")
    found = {row[0]: row[1:] for row in rows.annotate(Min("grants__valid_from"), **said)}
    return [_reviewed(site, *found[site.pk], now=at) for site in sites]


def _reviewed(
    site: Site, begun: datetime | None, at: datetime | None, by_name: str, findings: str, *, now: datetime
) -> Reviewed:
    last = LastReview(at, by_name, findings) if at else None
    since = at or begun
    due = since.astimezone(site.zone).date() + EVERY if since else None
    return Reviewed(site, last, due, now.astimezone(site.zone).date())
