"""What waits for a signature on the way to randomization, for lists: by the verdicts as kept, never one query a row.

A list invites; the page judges anew before anybody signs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.roles import Permission
from casebook.models import Form, Subject
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


def responses_to_confirm(user: User, sites: Iterable[int]) -> list[Subject]:
    """Return the subjects at these sites whose response an investigator may confirm now. Three queries at most."""
    waiting = _subjects(user, sites, Permission.ELIGIBILITY_JUDGE).filter(stage=Stage.SCREENING)
    return _passing(waiting, Q(criterion=RESPONSE))


def determinations_to_sign(user: User, sites: Iterable[int]) -> list[Subject]:
    """Return the subjects at these sites of whom every criterion passes and no determination is valid."""
    own = Form.objects.filter(subject=OuterRef("pk"), crf=SURGEON_EVALUATION, entered_by=user)
    lapsed = Determination.objects.filter(
        subject=OuterRef("pk"), revocation__isnull=True, valid_until__gte=F("subject__verdicts__judged_on")
    )
    waiting = _subjects(user, sites, Permission.ELIGIBILITY_JUDGE).exclude(Exists(own))
    ready = Q(stage=Stage.RESPONSE_CONFIRMED) | (Q(stage=Stage.ELIGIBLE) & ~Exists(lapsed))
    return _passing(waiting.filter(ready), Q())


def reviews_to_resolve(user: User, sites: Iterable[int]) -> list[Subject]:
    """Return the subjects with a verdict in review that waits for this person's decision. Three queries at most."""
    here = _subjects(user, sites, Permission.ELIGIBILITY_JUDGE, Permission.ELIGIBILITY_REVIEW)
    in_review = CriterionVerdict.objects.filter(subject=OuterRef("pk"), verdict=Verdict.REVIEW)
    subjects = list(here.filter(Exists(in_review), stage__in=IN_QUESTION))
    reviews, evidence = _reviews(subjects, Q())
    entered = entered_by(user, subjects)
    return [
        subject
        for subject in subjects
        if any(
            (subject.pk, code) in evidence
            and not review.is_complete
            and all(said.resolved_by_id != user.pk for said in review.said)
            and not evidence[subject.pk, code] & entered
            for code, review in reviews[subject.pk].items()
        )
    ]


def _subjects(user: User, sites: Iterable[int], *permissions: Permission) -> QuerySet[Subject]:
    allowed = [site for site in sites if any(user.holds(permission, at=site) for permission in permissions)]
    subjects = Subject.objects.filter(site__in=set(allowed) & set(user.site_ids()))
    return subjects.select_related("site").order_by("site__code", "sequence")


def _passing(subjects: QuerySet[Subject], which: Q) -> list[Subject]:
    """Return those of whom these kept verdicts pass, by themselves or by a review that is resolved."""
    stopping = CriterionVerdict.objects.filter(which, subject=OuterRef("pk"))
    judged = subjects.filter(Exists(stopping)).exclude(
        Exists(stopping.filter(verdict__in=[Verdict.FAIL, Verdict.UNKNOWN]))
    )
    found = list(judged)
    reviews, _evidence = _reviews(found, which)
    return [subject for subject in found if all(each.is_resolved for each in reviews[subject.pk].values())]


def _reviews(
    subjects: Iterable[Subject], which: Q
) -> tuple[Mapping[UUID, Mapping[str, Review]], Mapping[tuple[UUID, str], set[str]]]:
    """Return the kept verdicts in review with what was decided, and the forms each rests on. Two queries at most."""
    rows = CriterionVerdict.objects.filter(which, subject__in=[each.pk for each in subjects], verdict=Verdict.REVIEW)
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
