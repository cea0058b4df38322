"""Reads for the API: one's own tokens, and the verdicts one may read. All else is read through lower apps' selectors."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from api.models import Token
from eligibility.models import CriterionVerdict
from eligibility.selectors import readable_sites, visible_candidates


def own_tokens(user: User) -> QuerySet[Token]:
    """Return every token the person ever made, the newest first."""
    return Token.objects.filter(owner=user).order_by("-created_at", "pk")


def standing_tokens(user: User, *, at: datetime) -> QuerySet[Token]:
    """Return the person's tokens that are neither revoked nor expired."""
    return own_tokens(user).filter(revoked_at__isnull=True, expires_at__gt=at)


def visible_verdicts(user: User) -> QuerySet[CriterionVerdict]:
    """Return the kept verdicts on subjects whose eligibility the user may read."""
    subjects = visible_candidates(user, readable_sites(user))
    return CriterionVerdict.objects.filter(subject__in=subjects.values("pk"))
