"""What stands on the page of one subject before it is randomized: the gate as it is now, the strata, who attests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from audit.decision import Decision
from casebook.models import Subject
from eligibility.models import Determination, ResponseConfirmation
from eligibility.selectors import judged_of, latest_confirmation, standing_determination
from eligibility.selectors.veiled import until_signed, veiled_from
from protocol.arms import STRATA
from protocol.language import Criterion, Verdict
from protocol.trial import TRIAL
from protocol.words import Sentence
from randomization.rules import may_randomize
from randomization.selectors import Levels, levels_of

CONSENT = "ICF"


@dataclass(frozen=True)
class Line:
    """One criterion: its verdict now, and whether two persons resolved a review of it."""

    criterion: Criterion
    verdict: Verdict
    counts: bool
    reason: Sentence

    @property
    def is_resolved(self) -> bool:
        """Whether it passes because two persons resolved a review."""
        return self.counts and self.verdict is not Verdict.PASS


@dataclass(frozen=True)
class Click:
    """Everything that is judged at the click, for the day at the site."""

    subject: Subject
    on: date
    lines: tuple[Line, ...]
    determination: Determination | None
    confirmation: ResponseConfirmation | None  # of the response as it is now
    consent: str
    levels: Levels
    decision: Decision

    @property
    def not_passed(self) -> tuple[Line, ...]:
        """Return the criteria that do not count as passed."""
        return tuple(line for line in self.lines if not line.counts)

    @property
    def strata(self) -> list[tuple[str, str]]:
        """Return factor and level in English words; an empty level is not known."""
        return titled(self.levels.known)


def click_of(subject: Subject, user: User, *, at: datetime) -> Click:
    """Return what the page shows, and whether the user may randomize the subject now."""
    judged = judged_of(subject, at=at)
    veiled = veiled_from(judged, user)
    lines = tuple(
        Line(criterion, said.verdict, judged.counts(code), until_signed() if code in veiled else said.reason)
        for criterion in TRIAL.criteria
        if (said := judged.judgements[code := criterion.code])
    )
    confirmation = latest_confirmation(subject)
    is_confirmed = confirmation is not None and confirmation.evidence_hash == judged.evidence_hash
    consents = [form for form in judged.record.forms if form.crf == CONSENT and form.complete]
    return Click(
        subject=subject,
        on=judged.on,
        lines=lines,
        determination=standing_determination(subject),
        confirmation=confirmation if is_confirmed else None,
        consent=consents[-1].answer("version").value if consents else "",
        levels=levels_of(judged.record, on=judged.on),
        decision=may_randomize(user, subject, at=at),
    )


def titled(levels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the title of each factor and of its level, as they were or will be used."""
    return [
        (factor.title, next((level.title for level in factor.levels if level.value == levels.get(factor.code)), ""))
        for factor in STRATA
    ]
