"""Reads for accounts: which sites exist for a user, who holds what, and when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from accounts.models import DatabaseClock, Delegation, Grant, Site, User
from accounts.roles import ROLES, Permission
from audit.models import Event
from protocol.roles import Role

# Asked by every save: the words stand as they are, for composing them anew takes ten times as long as the answer.
STANDING_SQL = """
SELECT force.version,
       EXISTS (SELECT FROM accounts_delegation d
                WHERE d.user_id = %(user)s AND d.site_id = %(site)s AND d.task = %(task)s
                  AND d.from_on <= %(on)s AND (d.to_on IS NULL OR d.to_on >= %(on)s)),
       EXISTS (SELECT FROM accounts_training t
                WHERE t.user_id = %(user)s AND t.role = ANY (%(roles)s) AND t.protocol_version = force.version
                  AND t.trained_on <= %(on)s)
  FROM (SELECT 1) AS one
  LEFT JOIN LATERAL (SELECT p.version FROM accounts_siteprotocol p
                      WHERE p.site_id = %(site)s AND p.effective_on <= %(on)s
                      ORDER BY p.effective_on DESC LIMIT 1) AS force ON true
"""
# Asked for every form that is added.
IN_FORCE_SQL = """
SELECT version FROM accounts_siteprotocol WHERE site_id = %s AND effective_on <= %s ORDER BY effective_on DESC LIMIT 1
"""


def visible_sites(user: User) -> QuerySet[Site]:
    """Return the sites whose clinical data exist for this user."""
    return Site.objects.filter(pk__in=user.site_ids()).order_by("code")


def sites_in_sight(user: User) -> list[Site]:
    """Return the same sites. No query where all of the user's roles are at sites, for their grants name these."""
    of_grants = {grant.site.pk: grant.site for grant in user.standing_grants if grant.site}
    if user.site_ids() <= of_grants.keys():
        return sorted((of_grants[key] for key in user.site_ids()), key=lambda site: site.code)
    return list(visible_sites(user))


def protocol_in_force(site: Site, *, on: date) -> str | None:
    """Return the protocol version a site works under on a day; None before the first one takes effect."""
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE_SQL, [site.pk, on])
        found = cursor.fetchone()
    return found[0] if found else None


@dataclass(frozen=True)
class Standing:
    """What stands for a task on a day: the version in force (or none), the delegation, the training."""

    version: str | None
    delegated: bool
    trained: bool


def task_standing(user: User, *, task: str, site: Site, on: date, roles: Iterable[str]) -> Standing:
    """Return, in one query, what stands for the user's task at the site on that day."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING_SQL, {"user": user.pk, "task": task, "site": site.pk, "on": on, "roles": list(roles)})
        return Standing(*cursor.fetchone())


def people(*, on: datetime) -> QuerySet[User]:
    """Return every person, with the grants that stood at a moment as `standing`."""
    return _with_grants(User.objects.filter(is_system=False), on=on).order_by("name", "email")


def _with_grants(users: QuerySet[User], *, on: datetime) -> QuerySet[User]:
    standing = Grant.objects.filter(valid_from__lte=on).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=on))
    ordered = standing.select_related("site", "granted_by").order_by("role", "granted_at")
    return users.prefetch_related(Prefetch("grants", queryset=ordered, to_attr="standing"))


def delegation_log(site: Site) -> QuerySet[Delegation]:
    """Return all delegations of a site, ended ones too: the log is kept whole."""
    return (
        Delegation.objects.filter(site=site)
        .select_related("user", "delegated_by", "ended_by")
        .order_by("user__name", "task", "from_on", "id")
    )


def open_grants(user: User) -> QuerySet[Grant]:
    """Return the grants that stand now or will stand later."""
    return Grant.objects.filter(user=user).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock()))


def is_last_administrator(user: User) -> bool:
    """Whether nobody else could administer the trial without this user."""
    administrators = Grant.objects.filter(
        role=Role.ADMINISTRATOR, valid_from__lte=DatabaseClock(), user__is_active=True
    ).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock()))
    holders = set(administrators.values_list("user_id", flat=True))
    return holders == {user.pk}


def overlapping_delegations(
    user: User, *, task: str, site: Site, from_on: date, to_on: date | None
) -> QuerySet[Delegation]:
    """Return delegations of the task to the user that share a day with this period; both ends included."""
    found = Delegation.objects.filter(user=user, site=site, task=task)
    found = found.filter(Q(to_on__isnull=True) | Q(to_on__gte=from_on))
    return found if to_on is None else found.filter(from_on__lte=to_on)


def visible_people(user: User, *, on: datetime) -> QuerySet[User]:
    """Return the people whose roles the user may see: all, or those with a role at the user's own sites."""
    if user.holds(Permission.PEOPLE_READ, at=None):
        return people(on=on)
    sites = [grant.site_id for grant in user.standing_grants if user.holds(Permission.PEOPLE_READ, at=grant.site_id)]
    return people(on=on).filter(pk__in=Grant.objects.filter(site__in=sites).values("user_id"))


def administered_sites(user: User) -> QuerySet[Site]:
    """Return the sites whose people the user may see: an administrator all of them, though none of their data."""
    if user.holds(Permission.PEOPLE_READ, at=None):
        return Site.objects.order_by("code")
    return Site.objects.filter(
        pk__in=[grant.site_id for grant in user.standing_grants if user.holds(Permission.PEOPLE_READ, at=grant.site_id)]
    ).order_by("code")


def visible_grants(user: User) -> QuerySet[Grant]:
    """Return the grants that an administrator may end."""
    allowed = user.holds(Permission.PEOPLE_READ, at=None)
    found = Grant.objects.select_related("user", "site")
    return found if allowed else found.filter(site__in=administered_sites(user))


def visible_delegations(user: User) -> QuerySet[Delegation]:
    """Return the delegations of the sites whose people the user may see."""
    return Delegation.objects.filter(site__in=administered_sites(user)).select_related("user", "site")


def workers_of(site: Site) -> QuerySet[User]:
    """Return the active people who hold a role at the site now."""
    standing = Grant.objects.filter(site=site, valid_from__lte=DatabaseClock()).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock())
    )
    return User.objects.filter(is_active=True, pk__in=standing.values("user_id")).order_by("name", "email")


def holders_of(permission: Permission, site_id: int | None) -> list[User]:
    """Return the active people whose standing roles include this at the site; without a site, at all sites. Two queries."""
    roles = [role for role, permissions in ROLES.items() if permission in permissions]
    standing = Grant.objects.filter(role__in=roles, valid_from__lte=DatabaseClock()).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=DatabaseClock())
    )
    here = standing.filter(Q(site__isnull=True) | Q(site=site_id)) if site_id else standing.filter(site__isnull=True)
    return list(User.objects.filter(is_active=True, pk__in=here.values("user_id")).order_by("email"))


def active_on(*, on: datetime) -> dict[str, bool]:
    """Return, for every account whose standing ever changed before a moment, whether it was active then."""
    kinds = {"accounts.user.added": True, "accounts.user.reactivated": True, "accounts.user.deactivated": False}
    told = Event.objects.filter(kind__in=kinds, at__lte=on).order_by("id").values_list("kind", "facts")
    return {json.loads(facts)["user"]: kinds[kind] for kind, facts in told}
