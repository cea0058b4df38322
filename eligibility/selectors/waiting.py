"""What waits for a signature on the way to randomization, for lists: by the verdicts as kept, never one query a row.

A list invites; the page judges anew before anybody signs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form, Subject
from casebook.selectors.transfers import owing_consent
from casebook.states import Stage
from eligibility.hashes import judgement_hash
from eligibility.kept import judgement_from
from eligibility.models import CriterionVerdict, Determination
from eligibility.selectors.entering import entered_by
from eligibility.selectors.judged import Review, asks_for_a_round, last_words
from protocol.language import Verdict

RESPONSE, SURGEON_EVALUATION = "I05", "SU"
IN_QUESTION = (Stage.SCREENING, Stage.RESPONSE_CONFIRMED, Stage.ELIGIBLE)
KEPT = ("subject_id", "criterion", "verdict", "reason", "evidence", "needs", "valid_until")


@dataclass(frozen=True)
class Waiting:
    """Who waits for one person at the gate, by site and number."""

    responses: list[Subject]  # an investigator may confirm the response now
    reviews: list[Subject]  # a verdict in review waits for this person's decision
    determinations: list[Subject]  # every criterion passes, and no determination is valid


def waiting_at_gate(user: User, sites: Iterable[int]) -> Waiting:
    """Return who waits at these sites for this person. Six queries at most."""
    sites = list(sites)
    responses, signatures = list(_responses(user, sites)), list(_signatures(user, sites))
    in_review = list(_in_review(user, sites))
    reviews, evidence = _reviews({*responses, *signatures, *in_review})
    entered = entered_by(user, in_review)
    return Waiting(
        responses=[each for each in responses if _is_resolved(reviews[each.pk].get(RESPONSE))],
        reviews=[
            subject
            for subject in in_review
            if any(
                (subject.pk, code) in evidence
                and not review.is_complete
                and all(said.resolved_by_id != user.pk for said in review.said)
                and not evidence[subject.pk, code] & entered
                for code, review in reviews[subject.pk].items()
            )
        ],
        determinations=[each for each in signatures if all(map(_is_resolved, reviews[each.pk].values()))],
    )


def _is_resolved(review: Review | None) -> bool:
    return review is None or review.is_resolved


def _responses(user: User, sites: Iterable[int]) -> QuerySet[Subject]:
    waiting = _subjects(user, sites, Permission.ELIGIBILITY_JUDGE).filter(stage=Stage.SCREENING)
    return _passing(waiting, Q(criterion=RESPONSE))


def _signatures(user: User, sites: Iterable[int]) -> QuerySet[Subject]:
    own = Form.objects.filter(subject=OuterRef("pk"), crf=SURGEON_EVALUATION, entered_by=user)
    lapsed = Determination.objects.filter(
        subject=OuterRef("pk"), revocation__isnull=True, valid_until__gte=F("subject__verdicts__judged_on")
    )
    waiting = _subjects(user, sites, Permission.ELIGIBILITY_JUDGE).exclude(Exists(own))
    ready = Q(stage=Stage.RESPONSE_CONFIRMED) | (Q(stage=Stage.ELIGIBLE) & ~Exists(lapsed))
    return _passing(waiting.filter(ready), Q())


def _in_review(user: User, sites: Iterable[int]) -> QuerySet[Subject]:
    here = _subjects(user, sites, Permission.ELIGIBILITY_JUDGE, Permission.ELIGIBILITY_REVIEW)
    in_review = CriterionVerdict.objects.filter(subject=OuterRef("pk"), verdict=Verdict.REVIEW)
    return here.filter(Exists(in_review), stage__in=IN_QUESTION)


def _subjects(user: User, sites: Iterable[int], *permissions: Permission) -> QuerySet[Subject]:
    allowed = [site for site in sites if any(user.holds(permission, at=site) for permission in permissions)]
    subjects = Subject.objects.filter(site__in=set(allowed) & set(user.site_ids()))
    # After a transfer nobody decides before the consent there.
    return subjects.exclude(owing_consent()).select_related("site").order_by("site__code", "sequence")


def _passing(subjects: QuerySet[Subject], which: Q) -> QuerySet[Subject]:
    """Return those of whom these kept verdicts pass, or wait for a review that may be resolved."""
    stopping = CriterionVerdict.objects.filter(which, subject=OuterRef("pk"))
    return subjects.filter(Exists(stopping)).exclude(
        Exists(stopping.filter(verdict__in=[Verdict.FAIL, Verdict.UNKNOWN]))
    )


def _reviews(
    subjects: Collection[Subject],
) -> tuple[Mapping[UUID, Mapping[str, Review]], Mapping[tuple[UUID, str], set[str]]]:
    """Return the kept verdicts in review with what was decided, and the forms each rests on. Two queries at most."""
    rows = CriterionVerdict.objects.filter(subject__in=[each.pk for each in subjects], verdict=Verdict.REVIEW)
    hashes: dict[tuple[UUID, str], str] = {}
    evidence: dict[tuple[UUID, str], set[str]] = {}
    for row in rows.values(*KEPT):
        whose, judgement = (row["subject_id"], row["criterion"]), judgement_from(row)
        hashes[whose] = judgement_hash(row["criterion"], judgement)
        if not asks_for_a_round(judgement):  # which waits for the surgeons, and for nobody's decision
            evidence[whose] = {each.form for each in judgement.evidence}
    said = last_words({subject for subject, _code in hashes}, hashes.values()) if hashes else {}
    found: dict[UUID, dict[str, Review]] = defaultdict(dict)
    for (subject, code), known in hashes.items():
        words = said.get((subject, known), ())
        found[subject][code] = Review(criterion=code, judgement_hash=known, said=words)
    return found, evidence
