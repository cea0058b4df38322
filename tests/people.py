"""Sites and people for tests, reached by walking the real actions."""

from __future__ import annotations

import itertools
from datetime import date

from django.utils import timezone

from accounts import actions
from accounts.models import Grant, Site, User
from accounts.roles import ROLES, SITE_ROLES, TASKS
from accounts.system import system_actor
from protocol.roles import Role
from protocol.trial import TRIAL

LONG_AGO = date(2020, 1, 1)
_number = itertools.count(1)


def set_up() -> User:
    """Return the system user that sets up an installation."""
    return system_actor("set-up")


def a_site(code: str = "", **fields: object) -> Site:
    """Return a site that works under the current protocol version since long ago."""
    code = code or f"T{next(_number)}"
    details = {"name": f"Test site {code}", "time_zone": "Asia/Shanghai", **fields}
    site = actions.add_site(None, by=set_up(), at=timezone.now(), code=code, **details)
    actions.set_site_protocol(site, by=set_up(), at=timezone.now(), version=TRIAL.version, effective_on=LONG_AGO)
    return site


def somebody(name: str = "", **fields: object) -> User:
    """Return a person with an account and no role."""
    number = next(_number)
    return actions.add_user(
        None,
        by=set_up(),
        at=timezone.now(),
        email=f"person{number}@example.org",
        name=name or f"Person {number}",
        **fields,
    )


def a_user(
    role: Role, site: Site | None = None, *, trained: bool = True, delegated: bool = True, password: str = ""
) -> User:
    """Return a person with a role; trained, and with the tasks of the role delegated, unless told otherwise."""
    user = somebody(f"{role.title} {next(_number)}")
    actions.give_grant(user, by=set_up(), at=timezone.now(), role=role, site=site)
    if trained:
        actions.record_training(
            user,
            by=set_up(),
            at=timezone.now(),
            role=role,
            protocol_version=TRIAL.version,
            trained_on=LONG_AGO,
        )
    if delegated and role in SITE_ROLES and role != Role.PRINCIPAL_INVESTIGATOR:
        delegate_everything(user, role, site)
    if password:
        user.set_password(password)
        user.save(update_fields=["password"])
    return User.objects.get(pk=user.pk)


def delegate_everything(user: User, role: Role, site: Site) -> None:
    """Let the principal investigator of the site delegate all tasks that the role may take on."""
    lead = principal_investigator(site)
    fresh = User.objects.get(pk=user.pk)
    for task, permission in TASKS.items():
        if permission in ROLES[role]:
            actions.delegate_task(site, by=lead, at=timezone.now(), to=fresh, task=task, from_on=LONG_AGO)


def principal_investigator(site: Site) -> User:
    """Return the principal investigator of the site, made where there is none."""
    grant = Grant.objects.filter(role=Role.PRINCIPAL_INVESTIGATOR, site=site, ended_at=None).first()
    return User.objects.get(pk=grant.user_id) if grant else a_user(Role.PRINCIPAL_INVESTIGATOR, site)


def an_administrator(**options: object) -> User:
    """Return an administrator."""
    return a_user(Role.ADMINISTRATOR, trained=False, **options)
