"""What people sign on the way to randomization: the response, a review, the determination."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from accounts.models import User
from accounts.roles import Permission
from accounts.signing import content_hash as hash_of
from audit.door import action, record
from casebook.actions import advance
from casebook.models import Subject
from casebook.selectors.standing import day_at
from casebook.states import Stage
from eligibility.actions.judging import keep
from eligibility.actions.revoking import REVIEW_FAILED, TAKEN_BACK, follow, revoke
from eligibility.actions.signing import signed
from eligibility.hashes import evidence_of
from eligibility.models import Determination, ResponseConfirmation, ReviewResolution, Revocation
from eligibility.rules.deciding import (
    is_investigator,
    may_confirm_response,
    may_determine,
    may_resolve_review,
    may_revoke_determination,
)
from eligibility.selectors.judged import Judged, judged_of
from eligibility.selectors.standing import latest_confirmation
from eligibility.snapshot import snapshot_of
from eligibility.states import ReviewSays
from protocol.response import Response
from protocol.words import N_, sentence

CONFIRMS = N_("I have read the scans and tumour markers shown: they are a clinical complete response, confirmed.")
PASSES = N_("I have reviewed this verdict and what it rests on: the criterion passes.")
FAILS = N_("I have reviewed this verdict and what it rests on: the criterion fails.")
REVOKES = N_("I take back the determination of eligibility of this subject.")
DETERMINES = N_("I have read every criterion and what it rests on: this subject is eligible for randomization.")


@action(may_confirm_response)
def confirm_response(subject: Subject, *, by: User, at: datetime, evidence_hash: str) -> ResponseConfirmation:
    """Sign that the scans and markers shown are a confirmed response. Stands while the evidence is the same."""
    judged, key = judged_of(subject, at=at), uuid4()
    signature = signed(subject, kind="response", about=key, meaning=CONFIRMS, content_hash=evidence_hash, by=by, at=at)
    confirmation = ResponseConfirmation.objects.create(
        id=key,
        subject=subject,
        site_id=subject.site_id,
        evidence_hash=evidence_hash,
        summary=_summary(judged.response),
        signature=signature,
        confirmed_at=at,
        confirmed_by=by,
    )
    facts = {"confirmation": str(key), "evidence_hash": evidence_hash, "signature": str(signature.pk)}
    record("eligibility.response.confirmed", subject=subject, by=by, at=at, facts=facts)
    if subject.stage == Stage.SCREENING:
        advance(subject, by=by, at=at, to=Stage.RESPONSE_CONFIRMED)
    return confirmation


def _summary(response: Response) -> Mapping[str, Any]:
    said = {"verdict": response.verdict.value, "reason": response.reason.to_json(), "on": response.on.isoformat()}
    return {**evidence_of(response), **said}


@action(may_resolve_review)
def resolve_review(
    subject: Subject, *, by: User, at: datetime, criterion: str, judgement_hash: str, decision: str, reason: str
) -> ReviewResolution:
    """Decide, as one of two persons, on a verdict that needs review. It passes when both decide that it does."""
    key = uuid4()
    said = {"criterion": criterion, "judgement_hash": judgement_hash, "decision": decision, "reason": reason.strip()}
    signature = signed(
        subject,
        kind="review",
        about=key,
        meaning=PASSES if decision == ReviewSays.PASS else FAILS,
        content_hash=hash_of(said),
        by=by,
        at=at,
    )
    resolution = ReviewResolution.objects.create(
        id=key,
        subject=subject,
        site_id=subject.site_id,
        **said,
        as_investigator=bool(is_investigator(by, subject, at=at)),
        as_reviewer=by.holds(Permission.ELIGIBILITY_REVIEW, at=subject.site),
        signature=signature,
        resolved_at=at,
        resolved_by=by,
    )
    # The decision itself is a judgement on the subject, and stands in the row only.
    facts = {"resolution": str(key), "criterion": criterion, "signature": str(signature.pk)}
    record("eligibility.review.decided", subject=subject, by=by, at=at, facts=facts)
    for judged in keep([subject], at=at):
        follow(judged, by=by, at=at, because=REVIEW_FAILED)
    return resolution


@action(may_determine)
def determine(subject: Subject, *, by: User, at: datetime, content_hash: str) -> Determination:
    """Sign that the subject is eligible, with every answer judged. Stands until its day, or until it is revoked."""
    judged, key = judged_of(subject, at=at), uuid4()
    signature = signed(
        subject, kind="determination", about=key, meaning=DETERMINES, content_hash=content_hash, by=by, at=at
    )
    confirmation = latest_confirmation(subject)  # the rule was asked on it
    determination = _kept(
        judged, key=key, content_hash=content_hash, signature=signature, confirmation=confirmation, by=by, at=at
    )
    facts = {
        "determination": str(key),
        "content_hash": content_hash,
        "valid_until": determination.valid_until.isoformat(),
        "limiting": determination.limiting,
        "signature": str(signature.pk),
    }
    record("eligibility.subject.determined", subject=subject, by=by, at=at, facts=facts)
    if subject.stage == Stage.RESPONSE_CONFIRMED:
        advance(subject, by=by, at=at, to=Stage.ELIGIBLE)
    return determination


@action(may_revoke_determination)
def revoke_determination(
    subject: Subject, *, by: User, at: datetime, determination: UUID | str, reason: str
) -> Revocation:
    """Take a determination back by signature, for a reason that no answer says. A new one may be signed later."""
    key, standing = uuid4(), Determination.objects.select_related("subject").get(pk=determination)
    said = {"determination": str(standing.pk), "reason": reason.strip()}
    signed(subject, kind="revocation", about=key, meaning=REVOKES, content_hash=hash_of(said), by=by, at=at)
    why = sentence(TAKEN_BACK, name=by.name, reason=reason.strip())
    revocation = revoke(standing, why=why, altered=(), by=by, at=at, key=key)
    if subject.stage == Stage.ELIGIBLE:
        advance(subject, by=by, at=at, to=Stage.RESPONSE_CONFIRMED, reason=reason.strip())
    return revocation


def _kept(judged: Judged, *, at: datetime, by: User, **whole: Any) -> Determination:
    subject, snapshot = judged.subject, snapshot_of(judged)
    until, limiting = judged.valid_until
    return Determination.objects.create(
        id=whole["key"],
        subject=subject,
        site_id=subject.site_id,
        snapshot=snapshot,
        content_hash=whole["content_hash"],
        evidence_hash=judged.evidence_hash,
        fingerprint=snapshot["protocol"]["fingerprint"],
        determined_on=day_at(subject.site, at),
        valid_until=until,
        limiting=limiting,
        confirmation_id=whole["confirmation"].pk,
        signature=whole["signature"],
        determined_at=at,
        determined_by=by,
    )
