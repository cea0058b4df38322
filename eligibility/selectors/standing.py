"""What stands of the signatures on the way to randomization: confirmation, determination, passage."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from casebook.models import Subject
from eligibility.models import Determination, GatePassage, ResponseConfirmation
from eligibility.selectors.judged import judged_of


def latest_confirmation(subject: Subject) -> ResponseConfirmation | None:
    """Return the latest confirmation of the response. It stands only while its evidence is that of the subject."""
    found = ResponseConfirmation.objects.filter(subject=subject).select_related("confirmed_by")
    return found.order_by("-confirmed_at", "-pk").first()


def standing_determination(subject: Subject) -> Determination | None:
    """Return the latest determination where nothing revoked it; whether its last day has passed is not asked here."""
    latest = (
        Determination.objects.filter(subject=subject)
        .select_related("determined_by", "revocation", "confirmation")
        .order_by("-determined_at", "-pk")
        .first()
    )
    return latest if latest is not None and not hasattr(latest, "revocation") else None


def latest_determination(subject: Subject) -> Determination | None:
    """Return the latest determination, revoked or not, with its revocation."""
    found = Determination.objects.filter(subject=subject).select_related("determined_by", "revocation")
    return found.order_by("-determined_at", "-pk").first()


def passage_of(subject: Subject) -> GatePassage | None:
    """Return the passage of the subject through the gate."""
    return GatePassage.objects.filter(subject=subject).first()


def altered_since_passage(subject: Subject) -> tuple[str, ...]:
    """Return the criteria that no longer pass on the day of the passage, as the screening forms read now."""
    passage = passage_of(subject)
    return judged_of(subject, at=passage.passed_at).not_passed if passage is not None else ()


# Asked by every page of the board: composing these words anew costs far more than their answer.
STATES_SQL = """
SELECT DISTINCT ON (d.subject_id) d.subject_id, u.name, d.valid_until, r.id IS NOT NULL, p.id IS NOT NULL
  FROM eligibility_determination d
  JOIN accounts_user u ON u.id = d.determined_by_id
  LEFT JOIN eligibility_revocation r ON r.determination_id = d.id
  LEFT JOIN eligibility_gatepassage p ON p.determination_id = d.id
 WHERE d.subject_id = ANY(%s) ORDER BY d.subject_id, d.determined_at DESC, d.id DESC
"""


class State(NamedTuple):
    """How the latest determination of a subject stands, as a list says it."""

    signed_by: str
    valid_until: date
    is_revoked: bool
    is_passed: bool


def states_of(subjects: Iterable[Subject]) -> dict[UUID, State]:
    """Return how the latest determination of each of these subjects stands. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATES_SQL, [[subject.pk for subject in subjects]])
        return {subject: State(*said) for subject, *said in cursor.fetchall()}
