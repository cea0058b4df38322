"""What people sign on the page of a candidate: where each signature stands, and why a button is grey."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Permission
from audit.decision import Decision
from casebook.models import Form
from casebook.selectors.evaluations import CHART
from casebook.selectors.records import forms_with_signers
from casebook.words import value_in_words
from eligibility.candidate import Candidate
from eligibility.fallen import FallenReview, fallen_reviews
from eligibility.lesions import LesionTable, lesion_table
from eligibility.models import Determination, GatePassage, ResponseConfirmation, ScreenFailure
from eligibility.rules.deciding import (
    FAILED,
    SURGEON_EVALUATION,
    has_response_to_confirm,
    may_begin_deciding,
    may_begin_determining,
    may_begin_revoking,
    may_review_at_all,
    may_review_this,
)
from eligibility.rules.gate import gate
from eligibility.rules.leaving import failed, may_begin_declaring
from eligibility.rules.screening import may_screen_again
from eligibility.second_readings import SecondReadings, second_readings_of
from eligibility.selectors.judged import Judged, Review
from eligibility.selectors.reviews import is_kept
from eligibility.selectors.standing import latest_confirmation, latest_determination, passage_of
from eligibility.snapshot import content_hash_of, strata_of
from eligibility.states import FailureKind, ReviewSays
from protocol.facts import day_of
from protocol.imaging import unsigned_scans
from protocol.language import Criterion, Verdict
from protocol.record import Judgement
from protocol.trial import TRIAL
from protocol.words import Sentence, sentence

SCAN = "TA"


@dataclass(frozen=True, kw_only=True)
class ResponsePanel:
    """Whether the response is confirmed on the evidence as it is, and whether this reader may confirm it."""

    confirmation: ResponseConfirmation | None
    stands: bool
    shown: str  # the hash of the evidence on the page
    may: Decision
    to_sign: tuple[Form, ...] = ()  # the readings that are not signed as they stand, by the day of the scan


@dataclass(frozen=True, kw_only=True)
class ReviewPanel:
    """One verdict that needs review: what was decided, and whether this reader may decide."""

    criterion: Criterion
    judgement: Judgement
    review: Review
    may: Decision
    kept: bool  # what was decided is kept from this reader, who may still decide
    otherwise: str = ""  # what this reader may decide now, having decided the contrary

    @property
    def verdict(self) -> str:
        """The verdict with what was decided."""
        if self.review.is_resolved:
            return Verdict.PASS.value
        return Verdict.FAIL.value if self.review.has_failed else Verdict.REVIEW.value

    @property
    def failed(self) -> Sentence | None:
        """Why it fails by review, where it does."""
        if not self.review.has_failed:
            return None
        return sentence(FAILED, criterion=self.criterion.code, names=self.review.failing)


@dataclass(frozen=True, kw_only=True)
class DeterminationPanel:
    """The latest determination and how it stands, the gate now, and whether this reader may sign a new one."""

    latest: Determination | None
    revoked: Sentence | None
    gate: Decision
    may: Decision
    may_revoke: Decision
    shown: str  # the hash of the content on the page
    valid_until: date
    limiting: str
    strata: tuple[tuple[str, str], ...]
    passage: GatePassage | None
    altered: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LeavingPanel:
    """Why the subject left, or whether this reader may declare it, and which criteria could be why."""

    failure: ScreenFailure | None
    again: Decision | None  # of a screen failure: whether this reader may screen the person again
    may: Decision
    kinds: tuple[tuple[str, str], ...]
    criteria: tuple[tuple[Criterion, str, bool], ...]  # criterion, verdict, whether it fails by the answers


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One surgeon's evaluation: who and when; what was found only where the reader may see it."""

    surgeon: str
    is_record: bool  # transcribed from the chart: `surgeon` is who transcribed it
    round: str
    question: str
    finding: str
    on: str
    is_signed: bool
    form: Form | None


@dataclass(frozen=True, kw_only=True)
class Panels:
    """Everything that is signed on the page of a candidate."""

    response: ResponsePanel
    reviews: tuple[ReviewPanel, ...]
    fallen: tuple[FallenReview, ...]
    determination: DeterminationPanel
    leaving: LeavingPanel
    evaluations: tuple[Evaluation, ...]
    second_readings: SecondReadings
    lesions: LesionTable
    judges: bool  # the reader is an investigator of this site
    reviewing: bool
    randomizes: bool
    evaluates: bool  # the reader is one of the surgeons


def panels_of(candidate: Candidate, user: User, *, at: datetime) -> Panels:
    """Return what stands of the signatures on this candidate, as this reader may act on them."""
    site = candidate.subject.site
    judges = user.holds(Permission.ELIGIBILITY_JUDGE, at=site)
    return Panels(
        response=_response(candidate, user, at=at),
        reviews=tuple(_reviews(candidate, user, at=at)),
        fallen=tuple(
            each for each in fallen_reviews(candidate.whole, user) if each.criterion.code not in candidate.veiled
        ),
        determination=_determination(candidate, user, at=at),
        leaving=_leaving(candidate, user, at=at),
        evaluations=tuple(_evaluations(candidate)),
        second_readings=second_readings_of(candidate.subject, candidate.judged.record, candidate.hidden),
        lesions=lesion_table(candidate.judged.record, candidate.response.assessments),
        judges=judges,
        evaluates=user.holds(Permission.EVALUATION_ENTER, at=site),
        randomizes=user.holds(Permission.RANDOMIZE, at=site),
        reviewing=judges or user.holds(Permission.ELIGIBILITY_REVIEW, at=site),
    )


def _response(candidate: Candidate, user: User, *, at: datetime) -> ResponsePanel:
    judged = candidate.judged
    latest = latest_confirmation(judged.subject)
    may = may_begin_deciding(user, judged.subject, at=at)
    return ResponsePanel(
        confirmation=latest,
        stands=latest is not None and latest.evidence_hash == judged.evidence_hash,
        shown=judged.evidence_hash,
        may=has_response_to_confirm(judged) if may else may,
        to_sign=tuple(_to_sign(candidate)),
    )


def _to_sign(candidate: Candidate) -> Iterable[Form]:
    """Yield the forms of the readings that nobody signed as they stand, among those the reader may see."""
    unsigned = set(unsigned_scans(candidate.judged.record, candidate.judged.on))
    for form in candidate.judged.record.complete_forms(SCAN):
        if not form.signed_by and day_of(form.answer("scan_on").value) in unsigned and form.id in candidate.forms:
            yield candidate.forms[form.id]


def _reviews(candidate: Candidate, user: User, *, at: datetime) -> Iterable[ReviewPanel]:
    judged = candidate.judged
    if not judged.reviews:
        return
    at_all = may_review_at_all(user, judged.subject, at=at)
    for code, review in judged.reviews.items():
        yield ReviewPanel(
            criterion=TRIAL.criterion(code),
            judgement=judged.judgements[code],
            review=review,
            kept=is_kept(review, user, at=judged.subject.site_id),
            otherwise=_otherwise(user, judged, review) if at_all else "",
            may=may_review_this(user, judged, review) if at_all else at_all,
        )


def _otherwise(user: User, judged: Judged, review: Review) -> str:
    """Return what this person, having decided on it, may decide instead; empty where nothing."""
    own = review.word_of(user)
    if own is None:
        return ""
    contrary = ReviewSays.FAIL if own.decision == ReviewSays.PASS else ReviewSays.PASS
    return contrary.value if may_review_this(user, judged, review, decision=contrary.value) else ""


def _determination(candidate: Candidate, user: User, *, at: datetime) -> DeterminationPanel:
    judged, whole = candidate.judged, candidate.whole
    latest, passage = latest_determination(judged.subject), passage_of(judged.subject)
    until, limiting = judged.valid_until
    is_revoked = latest is not None and hasattr(latest, "revocation")
    return DeterminationPanel(
        latest=latest,
        revoked=Sentence.from_json(latest.revocation.reason) if latest is not None and is_revoked else None,
        gate=_as_told(candidate, lambda each: gate(judged.subject, at=at, judged=each)),
        may=_as_told(candidate, lambda each: may_begin_determining(user, each, at=at)),
        may_revoke=may_begin_revoking(user, judged.subject, at=at),
        shown=content_hash_of(whole),
        valid_until=until,
        limiting=limiting,
        strata=tuple(_strata(candidate)),
        passage=passage,
        altered=tuple(each for each in whole.not_passed if each not in candidate.veiled) if passage is not None else (),
    )


def _as_told(candidate: Candidate, ask: Callable[[Judged], Decision]) -> Decision:
    """Return what holds of the subject as it was judged; a refusal says no more than this reader may know."""
    decision = ask(candidate.whole)
    return decision if decision or not candidate.veiled else ask(candidate.judged)


def _strata(candidate: Candidate) -> Iterable[tuple[str, str]]:
    levels = strata_of(candidate.judged)
    for stratum in TRIAL.strata:
        level = next((each.title for each in stratum.levels if each.value == levels[stratum.code]), "")
        yield _(stratum.title), _(level) if level else ""


def _leaving(candidate: Candidate, user: User, *, at: datetime) -> LeavingPanel:
    judged = candidate.judged
    failing = failed(judged)
    failure = ScreenFailure.objects.filter(subject=judged.subject).select_related("declared_by").first()
    return LeavingPanel(
        failure=failure,
        again=may_screen_again(user, judged.subject) if failure else None,
        may=may_begin_declaring(user, judged.subject, at=at),
        kinds=tuple((kind.value, str(kind.label)) for kind in FailureKind),
        criteria=tuple(
            (TRIAL.criterion(code), judged.stands(code).value, code in failing)
            for code in judged.not_passed
            if code not in candidate.veiled
        ),
    )


def _evaluations(candidate: Candidate) -> Iterable[Evaluation]:
    forms = forms_with_signers([candidate.subject.pk]).filter(crf=SURGEON_EVALUATION, entered_by__isnull=False)
    for form in forms.select_related("visit", "entered_by").order_by("repeat", "pk"):
        said = {} if str(form.pk) in candidate.hidden else form.answers
        yield Evaluation(
            surgeon=form.entered_by.name if form.entered_by else "",
            is_record=said.get("source", {}).get("value") == CHART,
            round=said.get("round", {}).get("value", ""),
            question=_answer(said, "question"),
            finding=_answer(said, "finding"),
            on=said.get("evaluated_on", {}).get("value", ""),
            is_signed=_is_signed(form, said),
            form=candidate.forms.get(str(form.pk)),
        )


def _is_signed(form: Form, said: dict[str, dict[str, str]]) -> bool:
    signers = form.signers  # type: ignore[attr-defined]
    # An investigator signs a record of the chart; an evaluation counts with its author's signature alone.
    return bool(signers) if said.get("source", {}).get("value") == CHART else form.completed_by_id in signers


def _answer(said: dict[str, dict[str, str]], path: str) -> str:
    value = said.get(path, {}).get("value", "")
    return value_in_words(TRIAL.crf(SURGEON_EVALUATION).item(path), value) if value else ""
