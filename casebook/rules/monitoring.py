"""Rules over monitoring visits, and over the notes that say where a site keeps its sources."""

from __future__ import annotations

from datetime import date, datetime

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import MonitoringVisit
from casebook.rules.wording import may_say
from casebook.selectors.standing import day_at
from casebook.states import MonitoringKind, MonitoringNoteKind, MonitoringState
from protocol.trial import TRIAL
from protocol.words import N_

IN_THE_FUTURE = N_("%(on)s is still to come at %(site)s. Correct the day.")
NO_DAY = N_("Write the day as year-month-day, such as 2026-03-31.")


def may_open_visit(
    user: User, site: Site, *, at: datetime | None = None, began_on: date | None = None, kind: str = "on-site"
) -> Decision:
    """Whether the user may begin a monitoring visit of this site, on a day that has come."""
    if not (decision := may(user, Permission.FORM_VERIFY, site)):
        return decision
    if MonitoringVisit.objects.filter(site=site, monitor=user, state=MonitoringState.OPEN).exists():
        return no(N_("A visit of yours at %(site)s is open. Close it before you begin another."), site=site.code)
    if kind not in MonitoringKind.values:
        return no(N_("Say whether the visit is on site or remote."))
    if began_on and at and began_on > day_at(site, at):
        return no(IN_THE_FUTURE, on=began_on, site=site.code)
    return YES


def may_note(user: User, visit: MonitoringVisit, *, text: str = "words", kind: str = "finding") -> Decision:
    """Whether the user may write down a finding or an action of this visit."""
    if not (decision := _is_own_and_open(user, visit)):
        return decision
    if kind not in MonitoringNoteKind.values:
        return no(N_("Say whether this is a finding or an action."))
    return may_say(text, otherwise=N_("Write what you found, or what is to be done."))


def may_close_visit(
    user: User, visit: MonitoringVisit, *, at: datetime | None = None, ended_on: date | None = None
) -> Decision:
    """Whether the user may close this visit with its last day."""
    if not (decision := _is_own_and_open(user, visit)):
        return decision
    if ended_on and ended_on < visit.began_on:
        return no(N_("The visit began on %(on)s; its last day is not before that."), on=visit.began_on)
    if ended_on and at and ended_on > day_at(visit.site, at):
        return no(IN_THE_FUTURE, on=ended_on, site=visit.site.code)
    return YES


def _is_own_and_open(user: User, visit: MonitoringVisit) -> Decision:
    if not (decision := may(user, Permission.FORM_VERIFY, visit.site)):
        return decision
    if visit.monitor_id != user.pk:
        return no(N_("This is the visit of another monitor; only they write in it."))
    if visit.state != MonitoringState.OPEN:
        return no(N_("This visit is closed. What comes later belongs to the next one."))
    return YES


def may_note_source(
    user: User,
    site: Site,
    *,
    at: datetime | None = None,
    crf: str = "",
    place: str = "words",
    since: date | None = None,
) -> Decision:
    """Whether the user may say where this site keeps the source of a CRF."""
    if not (decision := may(user, Permission.FORM_ENTER, site)):
        return decision
    if crf and crf not in {each.code for each in TRIAL.crfs}:
        return no(N_("The trial has no form %(crf)s."), crf=crf)
    if since and at and since > day_at(site, at):
        return no(IN_THE_FUTURE, on=since, site=site.code)
    return may_say(place, otherwise=N_("Write where the source is kept."))
