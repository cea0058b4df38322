"""Changes to users, roles and sites: each a verb through the door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from accounts.models import AccessReview, Delegation, Grant, Signature, Site, SiteProtocol, Training, User
from accounts.rules import (
    may_administer,
    may_choose_language,
    may_deactivate,
    may_delegate,
    may_end_delegation,
    may_end_grant,
    may_end_sessions,
    may_give_grant,
    may_reactivate,
    may_record_training,
    may_review_access,
)
from accounts.signing import content_hash
from accounts.site_people import site_people
from audit.decision import Refusal
from audit.door import action, record
from protocol.roles import Role, Task
from protocol.trial import TRIALS
from protocol.words import N_, sentence

STREAM = "accounts"
DELEGATES = N_("I delegate this task and answer for how it is done.")


@action(may_administer, creates=True)
def add_user(
    target: None,
    *,
    by: User,
    at: datetime,
    email: str,
    name: str,
    language: str = "en",
    organisation: str = "",
) -> User:
    """Add a person. They choose the password themselves, by the link that the caller has sent to them."""
    address = email.strip().lower()
    if User.objects.filter(email=address).exists():
        raise Refusal(sentence(N_("There is an account for %(email)s already; open it instead."), email=address))
    user = User(email=address, name=name.strip(), language=language, organisation=organisation.strip())
    user.set_unusable_password()
    user.full_clean()
    user.save(force_insert=True)
    _record("accounts.user.added", by=by, at=at, user=user)
    return user


@action(may_deactivate)
def deactivate_user(user: User, *, by: User, at: datetime, reason: str = "") -> User:
    """Deactivate an account at once: no further request is answered, and its sessions are gone."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    ended = _end_sessions_of(user)
    _record("accounts.user.deactivated", by=by, at=at, user=user, reason=reason, sessions=ended)
    return user


@action(may_reactivate)
def reactivate_user(user: User, *, by: User, at: datetime, reason: str = "") -> User:
    """Let an account be used again, with the roles that still stand."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record("accounts.user.reactivated", by=by, at=at, user=user, reason=reason)
    return user


@action(may_end_sessions)
def end_sessions(user: User, *, by: User, at: datetime) -> int:
    """Log the person out everywhere; return from how many sessions."""
    ended = _end_sessions_of(user)
    _record("accounts.sessions.ended", by=by, at=at, user=user, sessions=ended)
    return ended


@action(may_choose_language)
def choose_language(user: User, *, by: User, at: datetime, language: str) -> User:
    """Show the pages to this person in another language from now on."""
    user.language = User.Language(language)
    user.save(update_fields=["language"])
    _record("accounts.language.chosen", by=by, at=at, user=user, language=language)
    return user


@action(may_give_grant)
def give_grant(
    user: User,
    *,
    by: User,
    at: datetime,
    role: Role | str,
    site: Site | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Grant:
    """Give the person a role, at one site or (without a site) at every site, from now or a given moment."""
    grant = Grant(
        user=user,
        role=Role(role),
        site=site,
        valid_from=valid_from or at,
        valid_to=valid_to,
        granted_at=at,
        granted_by_id=by.pk,
    )
    _demand_order(grant.valid_from, grant.valid_to)
    grant.save(force_insert=True)
    _record("accounts.grant.given", by=by, at=at, user=user, role=grant.role, site=site and site.pk)
    return grant


@action(may_end_grant)
def end_grant(grant: Grant, *, by: User, at: datetime, reason: str = "") -> Grant:
    """Take the role away now; what was done under it stays."""
    grant.ended_at, grant.ended_by_id = at, by.pk
    # A role that was to begin later has then stood for no time at all.
    grant.valid_to = max(at, grant.valid_from)
    grant.save(update_fields=["ended_at", "ended_by", "valid_to"])
    _record(
        "accounts.grant.ended",
        by=by,
        at=at,
        user=grant.user,
        reason=reason,
        role=grant.role,
        site=grant.site_id,
    )
    return grant


@action(may_delegate)
def delegate_task(
    site: Site,
    *,
    by: User,
    at: datetime,
    to: User,
    task: Task | str,
    from_on: date,
    to_on: date | None = None,
) -> Delegation:
    """Hand a task of the site to a person for these days, both included; signed by whoever delegates."""
    delegation = Delegation(
        user=to,
        site=site,
        task=Task(task),
        from_on=from_on,
        to_on=to_on,
        delegated_at=at,
        delegated_by_id=by.pk,
    )
    delegation.signature = _signed(delegation, by=by, at=at)
    delegation.save(force_insert=True)
    _record("accounts.task.delegated", by=by, at=at, user=to, site=site.pk, task=delegation.task)
    return delegation


@action(may_end_delegation)
def end_delegation(delegation: Delegation, *, by: User, at: datetime, on: date, reason: str = "") -> Delegation:
    """Take the task back; `on` is the last day it stands, today at the latest."""
    delegation.ended_at, delegation.ended_by_id = at, by.pk
    delegation.to_on = max(delegation.from_on, min(on, delegation.to_on or on))
    delegation.save(update_fields=["ended_at", "ended_by", "to_on"])
    facts = {"site": delegation.site_id, "task": delegation.task}
    _record("accounts.delegation.ended", by=by, at=at, user=delegation.user, reason=reason, **facts)
    return delegation


@action(may_record_training)
def record_training(
    user: User, *, by: User, at: datetime, role: Role | str, protocol_version: str, trained_on: date
) -> Training:
    """Record that the person was trained for a role under a version of the protocol."""
    _demand_version(protocol_version)
    known = {"role": Role(role), "protocol_version": protocol_version, "trained_on": trained_on}
    if Training.objects.filter(user=user, **known).exists():
        raise Refusal(sentence(N_("This training is recorded already.")))
    training = Training(user=user, recorded_at=at, recorded_by_id=by.pk, **known)
    training.save(force_insert=True)
    _record("accounts.training.recorded", by=by, at=at, user=user, role=training.role, version=protocol_version)
    return training


@action(may_review_access)
def review_access(site: Site, *, by: User, at: datetime, findings: str) -> AccessReview:
    """Record that somebody went through who has access at the site, and what came of it."""
    said = {"findings": findings.strip(), "people": site_people(site, at=at).count()}
    review = AccessReview.objects.create(site=site, reviewed_at=at, reviewed_by_id=by.pk, **said)
    _record("accounts.access.reviewed", by=by, at=at, site=site.pk, people=review.people)
    return review


@action(may_administer, creates=True)
def add_site(
    target: None,
    *,
    by: User,
    at: datetime,
    code: str,
    name: str,
    time_zone: str,
    country: str = "",
    counts: bool = True,
    synthetic: bool = False,
) -> Site:
    """Add a site. `counts=False` for an exercise, which stands outside every figure of the trial."""
    if Site.objects.filter(code=code).exists():
        raise Refusal(sentence(N_("There is a site %(code)s already; choose another code."), code=code))
    site = Site(code=code, name=name, time_zone=time_zone, country=country, counts=counts, synthetic=synthetic)
    site.full_clean()
    site.save(force_insert=True)
    _record("accounts.site.added", by=by, at=at, site=site.pk, code=site.code)
    return site


@action(may_administer)
def change_site(site: Site, *, by: User, at: datetime, reason: str, **fields: Any) -> Site:
    """Change the name, time zone, country or openness of a site; its code and kind never change."""
    if strange := set(fields) - {"name", "time_zone", "country", "is_open"}:
        raise ValueError(f"Expected name, time_zone, country or is_open, got {sorted(strange)}.")
    for field, value in fields.items():
        setattr(site, field, value)
    site.full_clean()
    site.save(update_fields=list(fields))
    _record("accounts.site.changed", by=by, at=at, reason=reason, site=site.pk, fields=sorted(fields))
    return site


@action(may_administer)
def set_site_protocol(site: Site, *, by: User, at: datetime, version: str, effective_on: date) -> SiteProtocol:
    """Let the site work under a version of the protocol from a day on: the day its ethics approval names."""
    _demand_version(version)
    if (taken := SiteProtocol.objects.filter(site=site, version=version).first()) is not None:
        message = N_("Version %(version)s is in force at %(site)s from %(on)s already.")
        raise Refusal(sentence(message, version=version, site=site.code, on=taken.effective_on))
    if SiteProtocol.objects.filter(site=site, effective_on=effective_on).exists():
        message = N_("Another version takes effect at %(site)s on %(on)s; choose another day.")
        raise Refusal(sentence(message, site=site.code, on=effective_on))
    protocol = SiteProtocol(site=site, version=version, effective_on=effective_on, set_at=at, set_by_id=by.pk)
    protocol.save(force_insert=True)
    _record("accounts.site.protocol_set", by=by, at=at, site=site.pk, version=version)
    return protocol


def _record(kind: str, *, by: User, at: datetime, user: User | None = None, reason: str = "", **facts: Any) -> None:
    about: Mapping[str, Any] = {"user": str(user.pk), **facts} if user else facts
    record(kind, stream=STREAM, by=by, at=at, reason=reason, facts=about)


def _signed(delegation: Delegation, *, by: User, at: datetime) -> Signature:
    content = {name: getattr(delegation, name) for name in ("id", "user_id", "site_id", "task", "from_on", "to_on")}
    signature = Signature(
        id=uuid4(),
        signer_id=by.pk,
        printed_name=by.name,
        meaning=DELEGATES,
        signed_at=at,
        about_kind="delegation",
        about_id=delegation.pk,
        content_hash=content_hash(content),
        site=delegation.site,
    )
    signature.save(force_insert=True)
    return signature


def _end_sessions_of(user: User) -> int:
    keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    return UserSession.objects.filter(user=user).delete()[0]


def _demand_order(first: datetime, last: datetime | None) -> None:
    if last is not None and last <= first:
        raise Refusal(sentence(N_("The end of a role is after its beginning; correct the dates.")))


def _demand_version(version: str) -> None:
    released = [trial.version for trial in TRIALS]
    if version not in released:
        raise Refusal(
            sentence(
                N_("There is no version %(version)s of the protocol; choose one of: %(known)s."),
                version=version,
                known=tuple(released),
            )
        )
