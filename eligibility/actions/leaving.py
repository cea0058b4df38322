"""A subject that is not randomized: why, and by whose word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from audit.door import action, record
from casebook.actions import advance
from casebook.models import Subject
from casebook.states import Stage
from eligibility.actions.judging import rejudge
from eligibility.actions.revoking import LEFT, revoke
from eligibility.models import ScreenFailure
from eligibility.rules.leaving import failed, may_declare_screen_failure
from eligibility.selectors.judged import judged_of
from eligibility.selectors.standing import standing_determination
from eligibility.states import FailureKind
from protocol.words import sentence


@action(may_declare_screen_failure)
def declare_screen_failure(
    subject: Subject,
    *,
    by: User,
    at: datetime,
    reason: str,
    kind: str = FailureKind.CRITERIA,
    criteria: Sequence[str] = (),
) -> ScreenFailure:
    """Declare that the subject is not randomized. Without named criteria, those that fail by the answers are kept."""
    codes = (*criteria,) or failed(judged_of(subject, at=at))
    if (determination := standing_determination(subject)) is not None:
        revoke(determination, why=sentence(LEFT), altered=(), by=by, at=at)
    failure = ScreenFailure.objects.create(
        subject=subject,
        site_id=subject.site_id,
        kind=kind,
        criteria=list(codes) if kind == FailureKind.CRITERIA else [],
        reason=reason.strip(),
        declared_at=at,
        declared_by=by,
    )
    facts = {"failure": str(failure.pk), "kind": str(kind), "criteria": failure.criteria}
    record("eligibility.subject.failed", subject=subject, by=by, at=at, reason=failure.reason, facts=facts)
    subject = advance(subject, by=by, at=at, to=Stage.SCREEN_FAILURE, reason=failure.reason)
    rejudge(subject, form=None, by=by, at=at)
    return failure
