"""Reads for the casebook page of one subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from accounts.models import Signature, User
from casebook.entry.following import in_page_order
from casebook.models import Form, Lock, Query, Subject, Visit
from casebook.selectors.queries import STANDING, standing_counts
from casebook.selectors.records import forms_with_signers
from casebook.selectors.sight import hidden_forms, visible_queries, visible_subjects, visible_visits
from casebook.selectors.standing import locks_over
from casebook.states import FormState, LockLevel, Stage

STEPS = (
    Stage.LISTED,
    Stage.CONSENTED,
    Stage.SCREENING,
    Stage.RESPONSE_CONFIRMED,
    Stage.ELIGIBLE,
    Stage.RANDOMIZED,
    Stage.FOLLOW_UP,
    Stage.COMPLETED,
)


@dataclass(frozen=True)
class FormLine:
    """One form on the casebook page, with what stands over it."""

    form: Form
    opened: int
    answered: int
    is_signed: bool
    lock: str

    @property
    def is_complete(self) -> bool:
        """Whether the form is complete now."""
        return self.form.state == FormState.COMPLETE


@dataclass(frozen=True)
class VisitPart:
    """One visit with its forms; the log forms stand together without a visit."""

    visit: Visit | None
    lines: tuple[FormLine, ...]


@dataclass(frozen=True)
class Step:
    """One stage on the way."""

    stage: Stage
    is_done: bool
    is_here: bool


def parts_of(subject: Subject, user: User) -> list[VisitPart]:
    """Return the log and then each visit, every form with its queries, signature and lock. Five queries."""
    hidden = hidden_forms(user).filter(subject=subject).values("pk")
    forms = in_page_order(
        list(forms_with_signers([subject]).exclude(pk__in=hidden).select_related("visit", "completed_by"))
    )
    counts = standing_counts(form.pk for form in forms)
    locks = _locks(subject)
    by_visit: dict[UUID | None, list[FormLine]] = defaultdict(list)
    for form in forms:
        by_visit[form.visit_id].append(
            FormLine(form, *counts.get(form.pk, (0, 0)), bool(form.signers), _lock_over(form, locks))  # type: ignore[attr-defined]
        )
    visits = visible_visits(user).filter(subject=subject).order_by("opens_on", "code", "repeat", "id")
    return [VisitPart(None, tuple(by_visit[None])), *(VisitPart(visit, tuple(by_visit[visit.pk])) for visit in visits)]


def _locks(subject: Subject) -> list[Lock]:
    return list(locks_over([subject]))


def _lock_over(form: Form, locks: list[Lock]) -> str:
    kinds = {lock.kind for lock in locks if _covers(lock, form)}
    return "locked" if "lock" in kinds else "frozen" if kinds else ""


def _covers(lock: Lock, form: Form) -> bool:
    match lock.level:
        case LockLevel.FORM:
            return lock.form_id == form.pk
        case LockLevel.VISIT:
            return lock.visit_id == form.visit_id
        case _:
            return True


def steps_of(subject: Subject) -> list[Step]:
    """Return the stages on the way, which are behind and which is here; a stage off the way is none of them."""
    stage = Stage(subject.stage)
    here = STEPS.index(stage) if stage in STEPS else -1
    return [Step(step, number < here, number == here) for number, step in enumerate(STEPS)]


def neighbours(subject: Subject, user: User) -> Mapping[str, Subject | None]:
    """Return the subjects before and after this one at its site."""
    there = visible_subjects(user).filter(site=subject.site_id)
    return {
        "before": there.filter(sequence__lt=subject.sequence).order_by("-sequence").first(),
        "after": there.filter(sequence__gt=subject.sequence).order_by("sequence").first(),
    }


def queries_of(subject: Subject, user: User) -> list[Query]:
    """Return the open and answered queries of the subject, the oldest first."""
    standing = visible_queries(user).filter(subject=subject, state__in=STANDING)
    return list(standing.select_related("form__visit").order_by("opened_at", "id")[:20])


def signatures_of(subject: Subject, forms: Mapping[UUID, Form]) -> list[tuple[Signature, Form, bool]]:
    """Return the signatures on the forms of the subject, the latest first, and whether each still stands."""
    signatures = Signature.objects.filter(subject_id=subject.pk, about_kind="form", about_id__in=list(forms))
    return [
        (signature, forms[signature.about_id], signature.form_version == forms[signature.about_id].version)
        for signature in signatures.order_by("-signed_at", "id")[:20]
    ]
