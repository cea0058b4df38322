"""The gate to randomization: a determination that stands, on a response and on verdicts as they are now."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, term
from audit.decision import YES, Decision, no
from casebook.models import Subject
from casebook.rules.transferring import may_go_on
from casebook.selectors.standing import day_at
from casebook.states import Stage
from eligibility.models import Determination, GatePassage
from eligibility.selectors.judged import Judged, judged_of
from eligibility.selectors.standing import latest_confirmation, latest_determination
from eligibility.states import AsOf
from protocol.imaging import unsigned_scans
from protocol.words import N_, Sentence

NOT_DETERMINED = N_(
    "The eligibility of %(subject)s is not determined: an investigator has to sign the determination first."
)
REVOKED = N_(
    "The determination of %(subject)s was revoked on %(on)s. %(reason)s An investigator has to sign a new one."
)
LAPSED = N_(
    "The determination of %(subject)s was valid until %(until)s (limiting: %(limiting)s). "
    "Renew what has lapsed and sign a new determination."
)
NEVER_CONFIRMED = N_(
    "The response of %(subject)s is not confirmed yet: an investigator has to read the scans and markers and confirm it."
)
NOT_CONFIRMED = N_(
    "The response of %(subject)s is not confirmed on the evidence as it is now: "
    "an investigator has to read and confirm it again."
)
UNSIGNED_READINGS = N_(
    "The reading of the scan of %(days)s is not signed as it stands, and only a signed reading decides. "
    "An investigator has to read and sign the form “Tumour assessment” first."
)
NOT_PASSED = N_("Not every criterion of %(subject)s passes on %(on)s: %(criteria)s.")
WRONG_STAGE = N_("%(subject)s is at the stage %(stage)s. Only an eligible subject goes through the gate.")
PASSED_ALREADY = N_("%(subject)s went through the gate already.")


def gate(subject: Subject, *, at: datetime, judged: Judged | None = None) -> Decision:
    """Whether the subject may be randomized at this moment. Every criterion is judged afresh from the answers."""
    if not (decision := may_go_on(subject)):
        return decision
    determination = latest_determination(subject)
    if not (decision := _stands(determination, subject, at=at)):
        return decision
    if subject.stage != Stage.ELIGIBLE:
        return no(WRONG_STAGE, subject=subject.number, stage=term(Stage(subject.stage).value))
    judged = judged or judged_of(subject, at=at)
    if not (decision := is_confirmed(judged)):
        return decision
    return passes(judged)


def _stands(determination: Determination | None, subject: Subject, *, at: datetime) -> Decision:
    if determination is None:
        return no(NOT_DETERMINED, subject=subject.number)
    if hasattr(determination, "revocation"):
        revocation = determination.revocation
        on, reason = day_at(subject.site, revocation.revoked_at), Sentence.from_json(revocation.reason)
        return no(REVOKED, subject=subject.number, on=on, reason=reason)
    if determination.valid_until < day_at(subject.site, at):
        until, limiting = determination.valid_until, determination.limiting
        return no(LAPSED, subject=subject.number, until=until, limiting=limiting)
    return YES


def is_confirmed(judged: Judged) -> Decision:
    """Whether the response is confirmed on the evidence as it is now."""
    confirmation = latest_confirmation(judged.subject)
    if confirmation is None:
        return no(NEVER_CONFIRMED, subject=judged.subject.number)
    if confirmation.evidence_hash != judged.evidence_hash:
        return no(NOT_CONFIRMED, subject=judged.subject.number)
    return readings_are_signed(judged)


def readings_are_signed(judged: Judged) -> Decision:
    """Whether the reading of every scan that the response rests on is signed as it stands."""
    unsigned = unsigned_scans(judged.record, judged.on)
    return no(UNSIGNED_READINGS, days=unsigned) if unsigned else YES


def passes(judged: Judged) -> Decision:
    """Whether every criterion passes; a review that two persons resolved passes, nothing else is waived."""
    if not judged.not_passed:
        return YES
    failing = tuple(f"{code} ({judged.stands(code).value})" for code in judged.not_passed)
    return no(NOT_PASSED, subject=judged.subject.number, on=judged.on, criteria=failing)


def may_pass_gate(user: User, determination: Determination, *, at: datetime, judged: Judged | None = None) -> Decision:
    """Whether the subject of this determination may go through the gate now, by this person."""
    subject = determination.subject
    if not (decision := may(user, Permission.RANDOMIZE, subject.site)):
        return decision
    if GatePassage.objects.filter(subject=subject).exists():
        return no(PASSED_ALREADY, subject=subject.number)
    is_of_today = judged is None or judged.as_of is AsOf.END or judged.on == day_at(subject.site, at)
    if judged is not None and not (judged.subject.pk == subject.pk and is_of_today):
        raise ValueError(
            f"Expected a judgement of {subject.number} for today, got {judged.subject.number}, {judged.on}."
        )
    return gate(subject, at=at, judged=judged)
