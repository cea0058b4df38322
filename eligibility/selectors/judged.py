"""Subjects judged now from their answers, with the reviews that count: what rules ask and signatures bind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from accounts.models import User
from casebook.models import Form, Subject
from casebook.selectors.records import records_of, reference_for
from casebook.selectors.standing import day_at
from casebook.selectors.transfers import site_then
from casebook.states import Stage
from eligibility.hashes import evidence_hash, judgement_hash
from eligibility.models import GatePassage, ReviewResolution, ScreenFailure
from eligibility.states import AsOf, ReviewSays
from protocol.criteria import judge_all
from protocol.happenings import happened
from protocol.language import Verdict
from protocol.record import Judgement, Need, Record
from protocol.response import Response, response
from protocol.schedule import SCREENING, UNSCHEDULED
from protocol.trial import TRIAL

# Only a subject that came so far can have gone through the gate: for all others nothing is asked.
AFTER_THE_GATE = (Stage.RANDOMIZED, Stage.FOLLOW_UP, Stage.COMPLETED, Stage.WITHDRAWN)


@dataclass(frozen=True, kw_only=True)
class Review:
    """What people decided on one verdict that needs review: the last word of each, on this very judgement."""

    criterion: str
    judgement_hash: str
    said: tuple[ReviewResolution, ...] = ()

    @property
    def is_resolved(self) -> bool:
        """Whether an investigator and another person as reviewer both decided that it passes, and nobody otherwise."""
        return self.is_complete and all(each.decision == ReviewSays.PASS for each in self.said)

    @property
    def is_complete(self) -> bool:
        """Whether both have decided, whatever they said: an investigator, and another person as reviewer."""
        return any(
            one.as_investigator and other.as_reviewer and one.resolved_by_id != other.resolved_by_id
            for one in self.said
            for other in self.said
        )

    def word_of(self, user: User) -> ReviewResolution | None:
        """Return what this person decided last."""
        return next((each for each in self.said if each.resolved_by_id == user.pk), None)

    @property
    def has_failed(self) -> bool:
        """Whether both have decided, and one of them that it fails: then it fails, and further decisions are not asked."""
        return self.is_complete and bool(self.failing)

    @property
    def failing(self) -> tuple[str, ...]:
        """The names of those who decided that it fails."""
        return tuple(each.resolved_by.name for each in self.said if each.decision == ReviewSays.FAIL)


@dataclass(frozen=True)
class Judged:
    """One subject judged for a day."""

    subject: Subject
    on: date
    record: Record
    judgements: Mapping[str, Judgement]
    as_of: AsOf = AsOf.NOW

    @cached_property
    def reviews(self) -> Mapping[str, Review]:
        """The verdicts that need review, each with what was decided. One query, none without such a verdict."""
        hashes = self.review_hashes
        return self.reviewed_by(last_words([self.subject.pk], hashes.values()) if hashes else {})

    @cached_property
    def review_hashes(self) -> Mapping[str, str]:
        """The verdicts that need review, each with the hash of its judgement."""
        return {
            code: judgement_hash(code, judgement)
            for code, judgement in self.judgements.items()
            if judgement.verdict is Verdict.REVIEW
        }

    def reviewed_by(self, words: Mapping[tuple[UUID, str], tuple[ReviewResolution, ...]]) -> Mapping[str, Review]:
        """Return the verdicts that need review with what these words decided of them."""
        whose = self.subject.pk
        return {
            code: Review(criterion=code, judgement_hash=found, said=words.get((whose, found), ()))
            for code, found in self.review_hashes.items()
        }

    def counts(self, code: str) -> bool:
        """Whether the criterion passes: by itself, or because two persons resolved its review."""
        if self.judgements[code].verdict is Verdict.PASS:
            return True
        return self.judgements[code].verdict is Verdict.REVIEW and self.reviews[code].is_resolved

    def stands(self, code: str) -> Verdict:
        """Return the verdict with its review: two persons decided that it passes, or one of the two that it fails."""
        verdict = self.judgements[code].verdict
        if verdict is not Verdict.REVIEW:
            return verdict
        review = self.reviews[code]
        return Verdict.PASS if review.is_resolved else Verdict.FAIL if review.has_failed else verdict

    def needs(self, code: str) -> tuple[Need, ...]:
        """Return what the criterion still needs: nothing of what two persons settled that it passes, as on the board."""
        judgement = self.judgements[code]
        if judgement.verdict is Verdict.REVIEW and self.reviews[code].is_resolved:
            return ()
        return judgement.needs

    @cached_property
    def not_passed(self) -> tuple[str, ...]:
        """The criteria that do not pass, in their order."""
        return tuple(code for code in self.judgements if not self.counts(code))

    @cached_property
    def valid_until(self) -> tuple[date, str]:
        """The first day after which something that passes now lapses, and the criterion that does."""
        days = [
            (judgement.valid_until, code)
            for code, judgement in self.judgements.items()
            if judgement.valid_until and self.counts(code)
        ]
        return min(days, default=(self.on, ""))

    @cached_property
    def response(self) -> Response:
        """The clinical complete response with all its timepoints."""
        return response(self.record, self.on)

    @cached_property
    def evidence_hash(self) -> str:
        """The hash of the evidence of the response as it is now."""
        return evidence_hash(self.response)


def judged_of(subject: Subject, *, at: datetime) -> Judged:
    """Return one subject judged for the day at its site; after gate or end of screening, for the day of that."""
    return judged_many([subject], at=at)[subject.pk]


def judged_many(subjects: Iterable[Subject], *, at: datetime) -> dict[UUID, Judged]:
    """Return these subjects judged. Two queries, one more where some went through the gate, and where some failed.

    Of each that changed the site after the gate two more are asked: it stays judged by what was in force where it was.
    """
    subjects = list(subjects)
    records, passages, failures = records_of(subjects), passages_of(subjects), _failures_of(subjects)
    found: dict[UUID, Judged] = {}
    for subject in subjects:
        record, on, why = records[subject.pk], day_at(subject.site, at), AsOf.NOW
        if (passage := passages.get(subject.pk)) is not None:
            record = _versions_then(as_of(record, passage), subject, passage)
            on, why = passage.passed_on, AsOf.PASSAGE
        elif (ended_on := _ended_on(subject, record, failures.get(subject.pk))) is not None:
            on, why = min(on, ended_on), AsOf.END
        found[subject.pk] = Judged(subject, on, record, judge_all(record, on), why)
    return found


def _ended_on(subject: Subject, record: Record, failed_at: datetime | None) -> date | None:
    """Return the day on which the screening of somebody who never went through the gate ended."""
    if failed_at is not None:
        return day_at(subject.site, failed_at)
    return happened(record, randomized_on=None).withdrawn_consent_on if subject.stage == Stage.WITHDRAWN else None


def _failures_of(subjects: Iterable[Subject]) -> dict[UUID, datetime]:
    """Return when these subjects were declared screen failures. One query, none where nobody was."""
    failed = [subject.pk for subject in subjects if subject.stage == Stage.SCREEN_FAILURE]
    if not failed:
        return {}
    return dict(ScreenFailure.objects.filter(subject__in=failed).values_list("subject_id", "declared_at"))


def passages_of(subjects: Iterable[Subject]) -> dict[UUID, GatePassage]:
    """Return the passages of these subjects, by subject. One query, none where nobody came so far."""
    after = [subject.pk for subject in subjects if subject.stage in AFTER_THE_GATE]
    rows = GatePassage.objects.filter(subject__in=after) if after else ()
    return {passage.subject_id: passage for passage in rows}


def is_judged_by(form: Form) -> bool:
    """Whether a change of this form can change a verdict after the gate; forms of later visits cannot."""
    if TRIAL.crf(form.crf).after_randomization:
        return False
    return form.visit is None or form.visit.code in (SCREENING.code, UNSCHEDULED.code)


def as_of(record: Record, passage: GatePassage) -> Record:
    """Return what eligibility is judged by after the gate: screening and logs, and what was there at the click."""
    there = frozenset(passage.forms)
    forms = (each for each in record.forms if each.id in there or each.visit.partition("/")[0] in ("", SCREENING.code))
    return replace(record, forms=tuple(forms))


def _versions_then(record: Record, subject: Subject, passage: GatePassage) -> Record:
    """Return the record with the versions of the consent form of the site where the subject went through the gate."""
    site = site_then(subject, passage.passed_at)
    if site == subject.site_id:
        return record
    return replace(record, consent_versions=reference_for({site}).consents.get(site, ()))


def last_words(
    subjects: Iterable[UUID], hashes: Iterable[str]
) -> Mapping[tuple[UUID, str], tuple[ReviewResolution, ...]]:
    """Return the last word of each person, by subject and judgement. One query."""
    rows = ReviewResolution.objects.filter(subject__in=list(subjects), judgement_hash__in=list(hashes))
    last: dict[tuple[UUID, str, object], ReviewResolution] = {}
    for row in rows.select_related("resolved_by").order_by("resolved_at", "pk"):
        last[row.subject_id, row.judgement_hash, row.resolved_by_id] = row
    said: dict[tuple[UUID, str], tuple[ReviewResolution, ...]] = {}
    for (subject, found, _who), row in last.items():
        said[subject, found] = (*said.get((subject, found), ()), row)
    return said


def read_reviews(judged: Iterable[Judged]) -> None:
    """Read for all of these at once what was decided on their verdicts. One query, none where nothing needs review."""
    waiting = [each for each in judged if each.review_hashes]
    hashes = [found for each in waiting for found in each.review_hashes.values()]
    words = last_words([each.subject.pk for each in waiting], hashes) if waiting else {}
    for each in waiting:
        each.__dict__["reviews"] = each.reviewed_by(words)


def asks_for_a_round(judgement: Judgement) -> bool:
    """Whether the surgeons disagree: only a new round of both ends this review, and nobody decides in their place."""
    return any(need.crf == "SU" and need.item == "round" for need in judgement.needs)
