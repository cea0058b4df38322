"""Reads for the API: one's own tokens, and the verdicts one may read. All else is read through lower apps' selectors."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, F, QuerySet, TextField, Value, When

from accounts.models import User
from api.models import Token
from casebook.selectors.sight import evaluates_at
from eligibility.models import CriterionVerdict
from eligibility.selectors import readable_sites, visible_candidates
from eligibility.selectors.veiled import HIDDEN, is_veiled


def own_tokens(user: User) -> QuerySet[Token]:
    """Return every token the person ever made, the newest first."""
    return Token.objects.filter(owner=user).order_by("-created_at", "pk")


def standing_tokens(user: User, *, at: datetime) -> QuerySet[Token]:
    """Return the person's tokens that are neither revoked nor expired."""
    return own_tokens(user).filter(revoked_at__isnull=True, expires_at__gt=at)


def visible_verdicts(user: User) -> QuerySet[CriterionVerdict]:
    """Return the kept verdicts on subjects whose eligibility the user may read, each as the reader may see it."""
    subjects = visible_candidates(user, readable_sites(user))
    hidden = When(is_veiled(user), then=Value(HIDDEN)) if evaluates_at(user) else None
    shown = Case(*filter(None, [hidden]), default=F("verdict"), output_field=TextField())
    return CriterionVerdict.objects.filter(subject__in=subjects.values("pk")).annotate(shown=shown)
