"""What a change takes back: a determination whose verdicts it altered, and a response it is no longer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from accounts.models import User
from audit.door import record
from casebook.actions import advance
from casebook.models import Subject
from casebook.states import Stage
from eligibility.models import Determination, Revocation
from eligibility.selectors.judged import Judged
from eligibility.selectors.standing import latest_confirmation, standing_determination
from protocol.words import N_, Sentence, sentence

SIGNED_STAGES = (Stage.RESPONSE_CONFIRMED, Stage.ELIGIBLE)

VERDICTS_ALTERED = N_("A change of the casebook altered what it rests on: %(criteria)s.")
RESPONSE_ALTERED = N_("A change of the casebook altered the scans or markers on which the response was confirmed.")
REVIEW_FAILED = N_("A review of a verdict was decided otherwise: %(criteria)s.")
TAKEN_BACK = N_("%(name)s took it back: %(reason)s")
LEFT = N_("The subject is not randomized.")


def follow(judged: Judged, *, by: User, at: datetime, because: str = VERDICTS_ALTERED) -> None:
    """Take back what a change made untrue. Asks nothing for a subject of which nothing was signed."""
    subject = judged.subject
    if subject.stage not in SIGNED_STAGES:
        return
    confirmation = latest_confirmation(subject)
    is_confirmed = confirmation is not None and confirmation.evidence_hash == judged.evidence_hash
    determination = standing_determination(subject)
    altered = _altered(determination, judged) if determination is not None else ()
    if determination is not None and (altered or not is_confirmed):
        why = sentence(because, criteria=altered) if is_confirmed else sentence(RESPONSE_ALTERED)
        revoke(determination, why=why, altered=altered, by=by, at=at)
        _step_back(subject, Stage.RESPONSE_CONFIRMED if is_confirmed else Stage.SCREENING, why=why, by=by, at=at)
    elif not is_confirmed and subject.stage == Stage.RESPONSE_CONFIRMED:
        _step_back(subject, Stage.SCREENING, why=sentence(RESPONSE_ALTERED), by=by, at=at)


def revoke(
    determination: Determination,
    *,
    why: Sentence,
    altered: tuple[str, ...],
    by: User,
    at: datetime,
    key: UUID | None = None,
) -> Revocation:
    """Keep that the determination stands no longer, and why. `key`: of the row, where something was signed about it."""
    revocation = Revocation.objects.create(
        id=key or uuid4(),
        determination=determination,
        subject_id=determination.subject_id,
        site_id=determination.site_id,
        reason=why.to_json(),
        altered=list(altered),
        revoked_at=at,
        revoked_by=by,
    )
    facts = {"determination": str(determination.pk), "revocation": str(revocation.pk), "altered": list(altered)}
    about = determination.subject
    record("eligibility.determination.revoked", subject=about, by=by, at=at, facts=facts, message=why)
    return revocation


def _altered(determination: Determination, judged: Judged) -> tuple[str, ...]:
    """Return the criteria that do not pass although the day until which they did has not passed: a change did it."""
    return tuple(code for code in judged.not_passed if not _has_lapsed(determination, code, judged.on))


def _has_lapsed(determination: Determination, code: str, on: date) -> bool:
    until = determination.snapshot["verdicts"].get(code, {}).get("valid_until")
    return bool(until) and date.fromisoformat(until) < on


def _step_back(subject: Subject, to: Stage, *, why: Sentence, by: User, at: datetime) -> None:
    advance(subject, by=by, at=at, to=to, reason=why.english())
    subject.stage = to  # the row in the hands of whoever saves says the same as the one in the table
