"""Rules for accounts: who may do what, where and when, and the sentence that says why not."""

from __future__ import annotations

from datetime import date

from accounts import selectors
from accounts.models import Site, User
from accounts.roles import READING, ROLES, TASKS, Permission
from audit.decision import YES, Decision, no
from protocol.roles import Role, Task
from protocol.words import N_, Sentence, sentence


def may(user: User, permission: Permission, site: Site | None) -> Decision:
    """Whether a role the user holds now includes this at the site; without a site, at all sites."""
    if not user.is_active:
        return no(N_("Your account is deactivated. Ask an administrator to reactivate it."))
    if not user.holds(permission, at=site):
        return _not_held(permission, site)
    if site is not None and not site.is_open and permission not in READING:
        return no(N_("Site %(site)s is closed: its data can be read, but no longer changed."), site=site.code)
    return YES


def may_perform(user: User, task: Task | str, site: Site, on: date) -> Decision:
    """Whether the user may do a task on a day: the role, the delegation and the training for it, all at once."""
    task = Task(task)
    if not (decision := may(user, TASKS[task], site)) or user.is_system:
        return decision
    roles = _roles_for(user, TASKS[task], site)
    standing = selectors.task_standing(user, task=task, site=site, on=on, roles=roles)
    words = {"task": term(task.title), "site": site.code, "on": on}
    # Whoever delegates the tasks of a site answers for all of them, and needs no paper from themselves.
    if not (standing.delegated or Role.PRINCIPAL_INVESTIGATOR in roles):
        return no(
            N_(
                "No delegation of this task to you stands at %(site)s on %(on)s: %(task)s. "
                "Ask the principal investigator to delegate it."
            ),
            **words,
        )
    if standing.version is None:
        return no(
            N_("No version of the protocol is in force at %(site)s on %(on)s. Ask an administrator to set it."),
            site=site.code,
            on=on,
        )
    if not standing.trained:
        return no(
            N_(
                "No training of yours as %(roles)s under protocol %(version)s is recorded by %(on)s. "
                "Take the training and have an administrator record it."
            ),
            roles=tuple(term(role.title) for role in roles),
            version=standing.version,
            on=on,
        )
    return YES


def term(title: str) -> Sentence:
    """Return words that are translated inside another sentence."""
    return sentence(title)


def _not_held(permission: Permission, site: Site | None) -> Decision:
    words = {"permission": term(permission.title)}
    if site is None:
        return no(
            N_("Your role does not include this: %(permission)s. Ask an administrator if it should."), **words
        )
    return no(
        N_("Your role at %(site)s does not include this: %(permission)s. Ask an administrator if it should."),
        site=site.code,
        **words,
    )


def _roles_for(user: User, permission: Permission, site: Site) -> tuple[Role, ...]:
    held = {Role(grant.role) for grant in user.standing_grants if grant.site_id in (None, site.pk)}
    return tuple(role for role in Role if role in held and permission in ROLES[role])
