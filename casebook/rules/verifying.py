"""Rules over source data verification: marking values, taking marks back, reviewing, and the plan of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may
from audit.decision import YES, Decision, no
from casebook.models import Form, Verification, VerificationPlan
from casebook.rules.marks import may_mark
from casebook.rules.wording import may_say
from casebook.selectors.verification_plan import PlanInForce, plan_in_force
from protocol.trial import TRIAL
from protocol.verification import FULL
from protocol.words import N_

MOST_FIRST_SUBJECTS = 1000


def may_verify(user: User, form: Form, *, paths: Iterable[str] = (), version: int | None = None) -> Decision:
    """Whether the user may mark these values, of the version that was compared, as equal to their source."""
    if not (decision := may_mark(user, form, Permission.FORM_VERIFY)):
        return decision
    if version not in (None, form.version):
        return no(N_("This form was changed while you compared it. Look at it again, then mark. Nothing was marked."))
    if empty := [path for path in paths if path not in form.answers]:
        return no(N_("There is no answer to verify at %(path)s."), path=empty[0])
    return YES


def may_unverify(user: User, form: Form, *, path: str = "", reason: str = "words") -> Decision:
    """Whether the user may take back the mark at a path, saying why."""
    if not (decision := may_mark(user, form, Permission.FORM_VERIFY)):
        return decision
    if path and not Verification.objects.filter(form=form, path=path, fallen_at__isnull=True).exists():
        return no(N_("No mark stands at %(path)s."), path=path)
    return may_say(reason, otherwise=N_("Say why the mark is taken back."))


def may_review(user: User, form: Form, *, version: int | None = None) -> Decision:
    """Whether the user may mark the version that was read as reviewed."""
    if not (decision := may_mark(user, form, Permission.FORM_REVIEW)):
        return decision
    if version not in (None, form.version):
        return no(N_("This form was changed while you read it. Read it again, then mark it. Nothing was marked."))
    return YES


def may_set_plan(
    user: User,
    target: VerificationPlan | None = None,
    *,
    rates: Mapping[str, int] | None = None,
    first_subjects: int = 0,
    reason: str = "words",
) -> Decision:
    """Whether the user may put another plan of verification in force, saying why."""
    if not (decision := may(user, Permission.VERIFICATION_PLAN, None)):
        return decision
    if rates is None:
        return YES
    if rates.keys() != {crf.code for crf in TRIAL.crfs}:
        return no(N_("The plan names every form of the trial once."))
    if any(not 0 <= rate <= FULL for rate in rates.values()):
        return no(N_("A share of forms is a whole number from 0 to 100."))
    if not 0 <= first_subjects <= MOST_FIRST_SUBJECTS:
        return no(N_("The number of first subjects is a whole number from 0 to %(most)s."), most=MOST_FIRST_SUBJECTS)
    if not (decision := may_say(reason, otherwise=N_("Say why the plan is changed."))):
        return decision
    return _says_something_new(plan_in_force(), rates, first_subjects)


def _says_something_new(now: PlanInForce, rates: Mapping[str, int], first_subjects: int) -> Decision:
    if dict(rates) == dict(now.rates) and first_subjects == now.first_subjects:
        return no(N_("This plan is in force already."))
    return YES
