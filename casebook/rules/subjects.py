"""Rules over subjects: adding one, adding a visit, advancing a stage."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Site, User
from accounts.roles import Permission
from accounts.rules import may, term
from audit.decision import YES, Decision, no
from casebook.models import Subject, Visit
from casebook.ports import may_try_again
from casebook.rules.locks import may_change
from casebook.rules.transferring import may_go_on
from casebook.selectors.standing import standing_over_site, standing_over_subject
from casebook.states import STAGE_MOVES, Stage
from protocol.trial import TRIAL
from protocol.words import N_


def may_add_subject(user: User, site: Site, *, rescreened_from: Subject | None = None) -> Decision:
    """Whether the user may put a new subject on the screening log of this site; no consent is needed for that."""
    if not (decision := may(user, Permission.SUBJECT_ADD, site)):
        return decision
    if not (decision := may_change(standing_over_site(site))):
        return decision
    return _may_try_again(site, rescreened_from) if rescreened_from else YES


def _may_try_again(site: Site, before: Subject) -> Decision:
    before = Subject.objects.get(pk=before.pk)
    if before.site_id != site.pk or before.stage != Stage.SCREEN_FAILURE:
        return no(
            N_("A new attempt follows a screen failure at the same site; %(subject)s is none."), subject=before.number
        )
    if (after := Subject.objects.filter(rescreened_from=before).first()) is not None:
        return no(
            N_("%(subject)s was screened again already, as %(after)s."), subject=before.number, after=after.number
        )
    return may_try_again(before)


def may_add_visit(user: User, subject: Subject, *, at: datetime, code: str = "UNS") -> Decision:
    """Whether an unscheduled visit may be added now. Planned visits are planned by the schedule."""
    held = standing_over_subject(subject)
    if not (decision := may(user, Permission.FORM_ENTER, subject.site)):
        return decision
    if not (decision := may_change(held)):
        return decision
    if not (decision := may_go_on(subject)):
        return decision
    if TRIAL.visit(code).anchor:
        return no(N_("Visit %(visit)s is planned by the schedule. Add an unscheduled visit instead."), visit=code)
    return YES


def may_expect(user: User, visit: Visit) -> Decision:
    """Whether forms of this visit may be expected. The caller's own rule says who may cause it."""
    if visit.site_id not in user.site_ids():
        return no(N_("Subject %(subject)s is not at one of your sites."), subject=visit.subject.number)
    return YES


def may_advance(user: User, subject: Subject, *, to: Stage) -> Decision:
    """Whether the subject may reach this stage from where it stands. The caller's own rule says who may cause it."""
    if subject.site_id not in user.site_ids():
        return no(N_("Subject %(subject)s is not at one of your sites."), subject=subject.number)
    if to not in STAGE_MOVES[Stage(subject.stage)]:
        return no(
            N_("Subject %(subject)s is at the stage %(stage)s, which is not followed by %(to)s."),
            subject=subject.number,
            stage=term(Stage(subject.stage).value),
            to=term(Stage(to).value),
        )
    return YES
