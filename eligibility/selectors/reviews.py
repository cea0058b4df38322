"""What a reader may know of a review that two persons decide, each alone: nothing of the first, while they may decide."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Signature, User
from accounts.roles import Permission
from eligibility.models import ReviewResolution
from eligibility.selectors.judged import Review

DECIDES = (Permission.ELIGIBILITY_JUDGE, Permission.ELIGIBILITY_REVIEW)


def is_kept(review: Review, user: User, *, at: int) -> bool:
    """Whether what was decided is kept from this reader, who may still decide on it. No query."""
    if not review.said or review.is_complete or any(each.resolved_by_id == user.pk for each in review.said):
        return False
    return any(user.holds(permission, at=at) for permission in DECIDES)


def hidden_rows(user: User) -> set[tuple[str, str]]:
    """Return table and key of what the audit page keeps from who may still decide: decisions and their signatures."""
    sites = [site for site in user.site_ids() if any(user.holds(permission, at=site) for permission in DECIDES)]
    kept = _undecided(user).filter(site__in=sites).values_list("pk", "signature_id") if sites else ()
    decision, signature = ReviewResolution._meta.db_table, Signature._meta.db_table
    return {row for pk, signed in kept for row in ((decision, str(pk)), (signature, str(signed)))}


def _undecided(user: User) -> QuerySet[ReviewResolution]:
    """Return the decisions of others on verdicts on which this person did not decide, nor two others as they should."""
    alike = ReviewResolution.objects.filter(subject=OuterRef("subject"), judgement_hash=OuterRef("judgement_hash"))
    another = alike.filter(~Q(resolved_by=OuterRef("resolved_by")), as_reviewer=True)
    both = alike.filter(Exists(another), as_investigator=True)
    return ReviewResolution.objects.exclude(Exists(alike.filter(resolved_by=user))).exclude(Exists(both))
