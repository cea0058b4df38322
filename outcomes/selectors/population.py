"""Whose figures a reader may see, and who counts in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.selectors import visible_sites
from casebook.models import Subject
from casebook.selectors.sight import visible_subjects
from casebook.selectors.standing import day_at


def readable_sites(user: User) -> list[Site]:
    """Return the sites whose figures the user may read."""
    return [site for site in visible_sites(user) if user.holds(Permission.REPORT_READ, at=site)]


def may_compare_arms(user: User, sites: Iterable[Site]) -> bool:
    """Whether the user may read outcomes by arm at all of these sites: before lock one named statistician alone."""
    return all(user.holds(Permission.ARM_REPORT_READ, at=site) for site in sites)


def may_see_arms(user: User, sites: Iterable[Site]) -> bool:
    """Whether the user may know the arm of every subject of these sites."""
    return all(user.holds(Permission.ARM_READ, at=site) for site in sites)


def may_know_arms(user: User, sites: Iterable[Site]) -> bool:
    """Whether what can happen in one arm only may be told to the user: of all these sites, or by arm anyway."""
    known = list(sites)
    return may_see_arms(user, known) or may_compare_arms(user, known)


def counted_sites(sites: Iterable[Site]) -> list[Site]:
    """Return those that count in the trial's figures; of an exercise alone, the exercise."""
    known = list(sites)
    return [site for site in known if site.counts] or known


def counted_subjects(user: User, sites: Iterable[Site]) -> QuerySet[Subject]:
    """Return the subjects of these sites that count. Synthetic ones count in no figure of the real trial."""
    subjects = visible_subjects(user).filter(site__in=[site.pk for site in sites]).select_related("site")
    return subjects.filter(synthetic=False) if settings.EDC_ENVIRONMENT == "production" else subjects


def today_of(sites: Iterable[Site], *, at: datetime) -> date:
    """Return the latest calendar day that any of these sites has at a moment."""
    return max((day_at(site, at) for site in sites), default=at.date())
