"""Who may declare that a subject leaves before randomization, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from accounts.rules import may_perform, term
from audit.decision import YES, Decision, no
from casebook.models import Subject
from casebook.rules.locks import may_change
from casebook.rules.wording import may_say
from casebook.selectors.standing import day_at, standing_over_subject
from casebook.states import STAGE_MOVES, Stage
from eligibility.selectors.judged import Judged, judged_of
from eligibility.states import FailureKind
from protocol.language import Verdict
from protocol.roles import Task
from protocol.words import N_

TOO_LATE = N_("%(subject)s is at the stage %(stage)s: only a subject before randomization can be a screen failure.")
WHICH_CRITERION = N_("No criterion of %(subject)s fails by the answers entered. Name the criterion that is not met.")
PASSES = N_("%(criterion)s passes by the answers entered, so it cannot be why %(subject)s is not randomized.")
UNKNOWN_CODE = N_("%(criterion)s is no criterion of the trial.")


def may_declare_screen_failure(
    user: User,
    subject: Subject,
    *,
    at: datetime,
    reason: str,
    kind: str = FailureKind.CRITERIA,
    criteria: Sequence[str] = (),
) -> Decision:
    """Whether the user may declare that this subject is not randomized, for this reason."""
    if not (decision := may_begin_declaring(user, subject, at=at)):
        return decision
    if kind not in FailureKind.values:
        return no(N_("Say of which kind the reason is."))
    if kind == FailureKind.CRITERIA and not (decision := _names_criteria(judged_of(subject, at=at), criteria)):
        return decision
    return may_say(reason, otherwise=N_("Say why the subject is not randomized."))


def may_begin_declaring(user: User, subject: Subject, *, at: datetime) -> Decision:
    """Whether the user may end the screening of this subject at all."""
    if not (decision := may_perform(user, Task.ELIGIBILITY, subject.site, day_at(subject.site, at))):
        return decision
    if not (decision := may_change(standing_over_subject(subject))):
        return decision
    if Stage.SCREEN_FAILURE not in STAGE_MOVES[Stage(subject.stage)]:
        return no(TOO_LATE, subject=subject.number, stage=term(Stage(subject.stage).value))
    return YES


def failed(judged: Judged) -> tuple[str, ...]:
    """Return the criteria that fail: by the answers entered, or by the decision of two persons."""
    return tuple(code for code in judged.judgements if judged.stands(code) is Verdict.FAIL)


def _names_criteria(judged: Judged, criteria: Sequence[str]) -> Decision:
    number = judged.subject.number
    for code in criteria:
        if code not in judged.judgements:
            return no(UNKNOWN_CODE, criterion=code)
        if judged.counts(code):
            return no(PASSES, criterion=code, subject=number)
    return YES if criteria or failed(judged) else no(WHICH_CRITERION, subject=number)
