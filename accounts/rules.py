"""Rules for accounts: who may do what, where and when, and the sentence that says why not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from accounts import selectors
from accounts.apart import APART
from accounts.models import Delegation, Grant, Site, User
from accounts.roles import READING, ROLES, SITE_ROLES, TASKS, TRIAL_ROLES, Permission
from audit.decision import YES, Decision, no
from protocol.roles import Role, Task
from protocol.words import N_, Param, Sentence, sentence

# A training belongs to no site, so its day may be the one of the most eastern time zone.
FURTHEST_AHEAD = timedelta(hours=14)


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
    words: dict[str, Param] = {"task": term(task.title), "site": site.code, "on": on}
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
        return no(N_("Your role does not include this: %(permission)s. Ask an administrator if it should."), **words)
    return no(
        N_("Your role at %(site)s does not include this: %(permission)s. Ask an administrator if it should."),
        site=site.code,
        **words,
    )


def _roles_for(user: User, permission: Permission, site: Site) -> tuple[Role, ...]:
    held = {Role(grant.role) for grant in user.standing_grants if grant.site_id in (None, site.pk)}
    return tuple(role for role in Role if role in held and permission in ROLES[role])


def may_administer(user: User, target: object = None) -> Decision:
    """Whether the user may change users, roles and sites at all."""
    return may(user, Permission.ADMINISTER, None)


def may_deactivate(user: User, target: User) -> Decision:
    """Whether the account can be deactivated: never one's own, a system user's, or the last administrator's."""
    if not (decision := may_administer(user)):
        return decision
    if target.is_system:
        return no(N_("%(name)s is a part of the system and cannot be deactivated."), name=target.name)
    if not target.is_active:
        return no(N_("The account of %(name)s is deactivated already."), name=target.name)
    if target.pk == user.pk:
        return no(N_("You cannot deactivate your own account. Ask another administrator to do it."))
    if selectors.is_last_administrator(target):
        return no(N_("%(name)s is the last administrator. Give somebody else this role first."), name=target.name)
    return YES


def may_reactivate(user: User, target: User) -> Decision:
    """Whether a deactivated account can be used again."""
    if not (decision := may_administer(user)):
        return decision
    if target.is_active:
        return no(N_("The account of %(name)s is active already."), name=target.name)
    return YES


def may_invite(user: User, target: User) -> Decision:
    """Whether a person may be sent the link by which they choose their password."""
    if not (decision := may_administer(user)):
        return decision
    if not target.is_active:
        return no(N_("The account of %(name)s is deactivated: no link is sent. Reactivate it first."), name=target.name)
    return YES


def may_end_sessions(user: User, target: User) -> Decision:
    """Whether the user may log another person out everywhere."""
    return YES if target.pk == user.pk else may_administer(user)


def may_choose_language(user: User, target: User) -> Decision:
    """Whether the user may choose the language of an account: their own alone."""
    if target.pk == user.pk:
        return YES
    return no(N_("Everyone chooses the language of their own account."))


def may_give_grant(user: User, target: User, role: str, site: Site | None = None) -> Decision:
    """Whether this role can be given: to somebody else, where the role belongs, and apart from what they hold."""
    for decision in (may_change_roles(user, target), _is_placed(role, site), _stays_apart(target, role)):
        if not decision:
            return decision
    if any(held.role == role and held.site_id in (None, site and site.pk) for held in selectors.open_grants(target)):
        return no(N_("%(name)s holds this role already: %(role)s."), name=target.name, role=term(Role(role).title))
    return YES


def may_end_grant(user: User, grant: Grant) -> Decision:
    """Whether a role can be taken away now."""
    if not (decision := may_change_roles(user, grant.user)):
        return decision
    if grant.ended_at is not None:
        return no(N_("This role was ended already."))
    if grant.role == Role.ADMINISTRATOR and selectors.is_last_administrator(grant.user):
        return no(
            N_("%(name)s is the last administrator. Give somebody else this role first."),
            name=grant.user.name,
        )
    return YES


def may_delegate(
    user: User,
    site: Site,
    to: User | None = None,
    task: str = "",
    from_on: date | None = None,
    to_on: date | None = None,
) -> Decision:
    """Whether the user may hand a task of this site to a person for these days."""
    if not (decision := may(user, Permission.TASK_DELEGATE, site)):
        return decision
    return _can_take_on(to, Task(task), site, from_on, to_on) if to and from_on else YES


def may_begin_delegation(site: Site, from_on: date, *, at: datetime) -> Decision:
    """Whether a delegation signed on the page at this moment may begin on that day of the site."""
    if from_on < at.astimezone(site.zone).date():
        return no(N_("A delegation begins on the day it is signed or later."))
    return YES


def may_end_delegation(user: User, delegation: Delegation) -> Decision:
    """Whether a delegation can be taken back: by whoever delegates at its site."""
    if not (decision := may(user, Permission.TASK_DELEGATE, delegation.site)):
        return decision
    if delegation.ended_at is not None:
        return no(N_("This delegation was ended already."))
    return YES


def may_record_training(
    user: User, target: User, trained_on: date | None = None, at: datetime | None = None
) -> Decision:
    """Whether the user may record a training: an administrator, or whoever leads a site where the person works."""
    if trained_on and at and trained_on > (at + FURTHEST_AHEAD).date():
        return no(N_("A training lies in the past; %(on)s is still to come. Correct the day."), on=trained_on)
    if user.holds(Permission.TRAINING_RECORD, at=None):
        return YES
    if not user.holds_anywhere(Permission.TRAINING_RECORD):
        return _not_held(Permission.TRAINING_RECORD, None)
    if any(
        user.holds(Permission.TRAINING_RECORD, at=grant.site_id) for grant in target.standing_grants if grant.site_id
    ):
        return YES
    return no(
        N_("%(name)s holds no role at your site. Ask an administrator to record this training."),
        name=target.name,
    )


def may_change_roles(user: User, target: User) -> Decision:
    """Whether the user may give and end roles of this person: never their own."""
    if not (decision := may_administer(user)):
        return decision
    if target.pk == user.pk:
        return no(N_("You cannot change your own roles. Ask another administrator to do it."))
    if target.is_system:
        return no(N_("%(name)s is a part of the system; what it may do stands in the code."), name=target.name)
    return YES


def _is_placed(role: str, site: Site | None) -> Decision:
    words = {"role": term(Role(role).title)}
    if Role(role) in SITE_ROLES and site is None:
        return no(N_("This role belongs to one site; choose which: %(role)s."), **words)
    if Role(role) in TRIAL_ROLES and site is not None:
        return no(N_("This role is for the whole trial; leave the site empty: %(role)s."), **words)
    return YES


def _stays_apart(target: User, role: str) -> Decision:
    held = [Role(grant.role) for grant in selectors.open_grants(target)]
    together = frozenset().union(*(ROLES[each] for each in (*held, Role(role))))
    broken = next((rule for rule in APART if rule.broken_by(together)), None)
    return no(broken.why) if broken else YES


def _can_take_on(target: User, task: Task, site: Site, from_on: date, to_on: date | None) -> Decision:
    words: dict[str, Param] = {"name": target.name, "site": site.code, "task": term(task.title)}
    if to_on is not None and to_on < from_on:
        return no(N_("The last day of a delegation is not before its first day; correct the dates."))
    if not target.is_active:
        return no(N_("The account of %(name)s is deactivated; reactivate it first."), name=target.name)
    if not target.holds(TASKS[task], at=site):
        return no(
            N_(
                "%(name)s holds no role at %(site)s that includes this: %(task)s. "
                "Have an administrator give the role first."
            ),
            **words,
        )
    if selectors.overlapping_delegations(target, task=task, site=site, from_on=from_on, to_on=to_on).exists():
        return no(N_("This is delegated to %(name)s already on some of these days: %(task)s."), **words)
    return YES


def may_review_access(user: User, site: Site, findings: str = "words") -> Decision:
    """Whether the user may record a review of who has access at the site: an administrator, or who leads the site."""
    if not user.holds_anywhere(Permission.ADMINISTER) and not (decision := may(user, Permission.TASK_DELEGATE, site)):
        return decision
    if not findings.strip():
        return no(N_("Say what the review found; “nobody has more than their work needs” where nothing is to change."))
    return YES
