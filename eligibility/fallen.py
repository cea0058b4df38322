"""Decisions of reviews that stand no longer: what they were given for was changed, and they stay on record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from audit.models import Event
from eligibility.models import ReviewResolution
from eligibility.selectors.entering import WRITES
from eligibility.selectors.judged import Judged, Review
from eligibility.selectors.reviews import is_kept
from protocol.language import Criterion
from protocol.trial import TRIAL

Saved = tuple[datetime, str]  # when a form was saved, and of which CRF


@dataclass(frozen=True, kw_only=True)
class FallenReview:
    """What one person decided on a verdict as it was judged before."""

    criterion: Criterion
    decision: ReviewResolution
    is_kept: bool  # from this reader, as long as both had not decided
    changed_at: datetime | None  # when a form the verdict rests on was saved next; None where reference data changed


def fallen_reviews(judged: Judged, reader: User) -> tuple[FallenReview, ...]:
    """Return the decisions that the verdicts as judged now do not count, by time. Two queries, one without any."""
    standing = [review.judgement_hash for review in judged.reviews.values()]
    rows = ReviewResolution.objects.filter(subject=judged.subject).exclude(judgement_hash__in=standing)
    found = list(rows.select_related("resolved_by").order_by("resolved_at", "pk"))
    saved = _saved(judged, found[0].resolved_at) if found else ()
    return tuple(_fallen(each, found, saved, judged, reader) for each in found)


def _fallen(
    decision: ReviewResolution,
    all_: Iterable[ReviewResolution],
    saved: Sequence[Saved],
    judged: Judged,
    reader: User,
) -> FallenReview:
    code, hash_ = decision.criterion, decision.judgement_hash
    alike = tuple(each for each in all_ if each.judgement_hash == hash_)
    rests_on = _crfs(judged, code)
    last = max(each.resolved_at for each in alike)
    return FallenReview(
        criterion=TRIAL.criterion(code),
        decision=decision,
        is_kept=is_kept(Review(criterion=code, judgement_hash=hash_, said=alike), reader, at=judged.subject.site_id),
        changed_at=next((at for at, crf in saved if at > last and crf in rests_on), None),
    )


def _crfs(judged: Judged, code: str) -> set[str]:
    judgement = judged.judgements[code]
    return {each.crf for each in judgement.evidence} | {need.crf for need in judgement.needs}


def _saved(judged: Judged, since: datetime) -> Sequence[Saved]:
    """Return when forms of the subject were saved since, by time."""
    events = Event.objects.filter(subject_id=judged.subject.pk, kind__in=WRITES, at__gt=since)
    return [(at, json.loads(facts).get("crf", "")) for at, facts in events.order_by("at").values_list("at", "facts")]
