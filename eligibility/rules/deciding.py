"""Who may confirm a response, resolve a review and sign a determination, and on what."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import User
from accounts.roles import Permission
from accounts.rules import may, may_perform, term
from audit.decision import YES, Decision, no
from casebook.models import Form, Subject
from casebook.rules.locks import may_change
from casebook.rules.transferring import may_go_on
from casebook.rules.wording import may_reason, may_say
from casebook.selectors.standing import day_at, standing_over_subject
from casebook.states import Stage
from eligibility.rules.gate import gate, is_confirmed, passes, readings_are_signed
from eligibility.selectors.entering import entered_by
from eligibility.selectors.judged import Judged, Review, asks_for_a_round, judged_of
from eligibility.selectors.standing import latest_confirmation, standing_determination
from eligibility.snapshot import content_hash_of
from eligibility.states import ReviewSays
from protocol.language import Verdict
from protocol.roles import Task
from protocol.words import N_

RESPONSE = "I05"
SURGEON_EVALUATION = "SU"
OPEN = (Stage.SCREENING, Stage.RESPONSE_CONFIRMED, Stage.ELIGIBLE)

NOT_SCREENING = N_("%(subject)s is at the stage %(stage)s; this is done while a subject is in screening.")
CHANGED_RESPONSE = N_(
    "Scans or markers were changed while you read them. Read them again, then confirm. Nothing was signed."
)
CHANGED_CASEBOOK = N_(
    "The answers this determination rests on were changed while you read them. "
    "Read it again, then sign. Nothing was signed."
)
CHANGED_VERDICT = N_(
    "The verdict on %(criterion)s was judged anew while you read it. Read it again. Nothing was signed."
)
NO_REVIEW = N_(
    "The verdict on %(criterion)s is %(verdict)s: only a verdict that needs review is resolved by two persons."
)
STANDS_AS = {
    Verdict.PASS: N_("passed"),
    Verdict.FAIL: N_("failed"),
    Verdict.UNKNOWN: N_("unknown"),
    Verdict.REVIEW: N_("under review"),
}
NO_RESPONSE = N_("There is no clinical complete response to confirm: I05 is %(verdict)s. %(reason)s")
IS_CONFIRMED = N_("The response is confirmed already, on this very evidence.")
IS_DETERMINED = N_("%(subject)s is determined eligible already, valid until %(until)s.")
EVALUATED_ALONE = N_(
    "You evaluated %(subject)s as a surgeon, and do not sign the determination alone: "
    "another investigator has to sign it."
)
ENTERED_EVIDENCE = N_("You entered what %(criterion)s rests on: a review is resolved by two persons who did not.")
NOT_STANDING = N_("No determination of %(subject)s stands that could be taken back.")
OTHER_DETERMINATION = N_(
    "The determination you read stands no longer. Read the page again; nothing was taken back by you."
)
NEW_ROUND = N_("The surgeons disagree: both evaluate anew in a new round, and nobody decides in their place.")
SAID_ALREADY = N_("You decided on this verdict already; another person has to decide as well.")
SAID_BOTH = N_("You decided on this verdict already, and so did another person. You may decide otherwise.")
FAILED = N_(
    "%(criterion)s fails by review: it passes only when both say so, and %(names)s decided that it fails. "
    "It stays so while what it rests on is the same, unless whoever said so decides otherwise."
)


def may_begin_deciding(user: User, subject: Subject, *, at: datetime) -> Decision:
    """Whether the user, as an investigator, may decide anything on the eligibility of this subject now."""
    if not (decision := may_perform(user, Task.ELIGIBILITY, subject.site, day_at(subject.site, at))):
        return decision
    return _is_open(subject)


def _is_open(subject: Subject) -> Decision:
    if not (decision := may_change(standing_over_subject(subject)) and may_go_on(subject)):
        return decision
    if subject.stage not in OPEN:
        return no(NOT_SCREENING, subject=subject.number, stage=term(Stage(subject.stage).value))
    return YES


def may_confirm_response(user: User, subject: Subject, *, at: datetime, evidence_hash: str) -> Decision:
    """Whether the user may sign that the scans and markers shown are a confirmed response."""
    if not (decision := may_begin_deciding(user, subject, at=at)):
        return decision
    judged = judged_of(subject, at=at)
    if judged.evidence_hash != evidence_hash:
        return no(CHANGED_RESPONSE)
    return has_response_to_confirm(judged)


def has_response_to_confirm(judged: Judged) -> Decision:
    """Whether there is a response that is not confirmed yet."""
    if not judged.counts(RESPONSE):
        said = judged.judgements[RESPONSE]
        return no(NO_RESPONSE, verdict=term(STANDS_AS[said.verdict]), reason=said.reason)
    latest = latest_confirmation(judged.subject)
    is_standing = latest is not None and latest.evidence_hash == judged.evidence_hash
    if is_standing and judged.subject.stage != Stage.SCREENING:
        return no(IS_CONFIRMED)
    return readings_are_signed(judged)


def may_resolve_review(
    user: User,
    subject: Subject,
    *,
    at: datetime,
    criterion: str,
    judgement_hash: str,
    decision: str,
    reason: str,
) -> Decision:
    """Whether the user may decide, as one of two, on this verdict that needs review, as it was shown."""
    if not (allowed := may_review_at_all(user, subject, at=at)):
        return allowed
    judged = judged_of(subject, at=at)
    if criterion not in judged.reviews:
        verdict = judged.judgements[criterion].verdict if criterion in judged.judgements else Verdict.UNKNOWN
        return no(NO_REVIEW, criterion=criterion, verdict=term(STANDS_AS[verdict]))
    if judged.reviews[criterion].judgement_hash != judgement_hash:
        return no(CHANGED_VERDICT, criterion=criterion)
    if not (allowed := may_review_this(user, judged, judged.reviews[criterion], decision=decision)):
        return allowed
    if decision not in ReviewSays.values:
        return no(N_("Say whether the criterion passes or fails."))
    return may_reason(reason, otherwise=N_("Say why you decide so."))


def may_review_at_all(user: User, subject: Subject, *, at: datetime) -> Decision:
    """Whether the user may resolve reviews of this subject: as investigator, or as medical reviewer."""
    as_reviewer = may(user, Permission.ELIGIBILITY_REVIEW, subject.site)
    if not as_reviewer and not (decision := is_investigator(user, subject, at=at)):
        return decision
    return _is_open(subject)


def is_investigator(user: User, subject: Subject, *, at: datetime) -> Decision:
    """Whether the user decides on eligibility as an investigator: role, delegation and training."""
    return may_perform(user, Task.ELIGIBILITY, subject.site, day_at(subject.site, at))


def may_review_this(user: User, judged: Judged, review: Review, *, decision: str = "") -> Decision:
    """Whether the user did not enter what is to be reviewed, and has not decided on it, or decides otherwise now."""
    if asks_for_a_round(judged.judgements[review.criterion]):
        return no(NEW_ROUND)
    evidence = {each.form for each in judged.judgements[review.criterion].evidence if each.form}
    if evidence & entered_by(user, [judged.subject]):
        return no(ENTERED_EVIDENCE, criterion=review.criterion)
    own = review.word_of(user)
    if own is not None and decision in ("", own.decision):
        return no(SAID_BOTH if review.is_complete else SAID_ALREADY)
    if own is None and review.has_failed:
        return no(FAILED, criterion=review.criterion, names=review.failing)
    return YES


def may_determine(user: User, subject: Subject, *, at: datetime, content_hash: str) -> Decision:
    """Whether the user may sign that this subject is eligible, on exactly the content that was shown."""
    judged = judged_of(subject, at=at)
    if not (decision := may_begin_determining(user, judged, at=at)):
        return decision
    return YES if content_hash_of(judged) == content_hash else no(CHANGED_CASEBOOK)


def may_begin_determining(user: User, judged: Judged, *, at: datetime) -> Decision:
    """Whether the user may sign the determination of this subject as it is now."""
    subject = judged.subject
    if not (decision := may_begin_deciding(user, subject, at=at)):
        return decision
    if Form.objects.filter(subject=subject, crf=SURGEON_EVALUATION, entered_by=user).exists():
        return no(EVALUATED_ALONE, subject=subject.number)
    if not (decision := is_confirmed(judged)):
        return decision
    if not (decision := passes(judged)):
        return decision
    standing = standing_determination(subject)
    if standing is not None and gate(subject, at=at, judged=judged):
        return no(IS_DETERMINED, subject=subject.number, until=standing.valid_until)
    return YES


def may_revoke_determination(
    user: User, subject: Subject, *, at: datetime, determination: UUID | str, reason: str
) -> Decision:
    """Whether the user may take back this determination, which is the one that was shown."""
    if not (decision := may_begin_revoking(user, subject, at=at)):
        return decision
    standing = standing_determination(subject)
    if standing is None or str(standing.pk) != str(determination):
        return no(OTHER_DETERMINATION)
    return may_say(reason, otherwise=N_("Say why the determination is taken back."))


def may_begin_revoking(user: User, subject: Subject, *, at: datetime) -> Decision:
    """Whether the user, as an investigator, may take back the determination of this subject. One who evaluated may."""
    if not (decision := may_begin_deciding(user, subject, at=at)):
        return decision
    return YES if standing_determination(subject) is not None else no(NOT_STANDING, subject=subject.number)
