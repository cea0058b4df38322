"""The status grid: for each subject its forms with their states, without an answer. Constant queries for any number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Signature, User
from casebook.models import Form, Lock, Query, Review, Subject
from casebook.selectors.records import VISIT_ORDER
from casebook.selectors.sight import visible_forms
from casebook.selectors.standing import locks_over
from casebook.selectors.verifying import with_marks
from casebook.states import FormState, LockKind, LockLevel, QueryState, Verified


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One form as the grid shows it: where it stands, and what is said about it."""

    form: UUID
    subject: UUID
    visit: str
    visit_repeat: int
    crf: str
    repeat: int
    state: FormState
    open_queries: int
    answered_queries: int
    is_signed: bool
    is_verified: bool
    is_reviewed: bool
    held: LockKind | None


def grid(subjects: Iterable[Subject], *, user: User) -> dict[UUID, list[Cell]]:
    """Return the cells of these subjects in the order of visits and forms, as far as the user may see. Two queries."""
    subjects = list(subjects)
    locks = list(locks_over(subjects))
    cells: dict[UUID, list[Cell]] = {subject.pk: [] for subject in subjects}
    for row in _rows(visible_forms(user).filter(subject__in=subjects)):
        cells[row["subject_id"]].append(_cell(row, locks))
    for of_subject in cells.values():
        of_subject.sort(key=_place)
    return cells


def _rows(forms: QuerySet[Form]) -> Iterable[Mapping[str, Any]]:
    signatures = Signature.objects.filter(about_kind="form", about_id=OuterRef("pk"), form_version=OuterRef("version"))
    reviews = Review.objects.filter(form=OuterRef("pk"), version=OuterRef("version"))
    return with_marks(forms).annotate(
        open_queries=_count(QueryState.OPEN),
        answered_queries=_count(QueryState.ANSWERED),
        is_signed=Exists(signatures),
        is_reviewed=Exists(reviews),
        visit_code=Coalesce(F("visit__code"), Value("")),
        visit_repeat=Coalesce(F("visit__repeat"), 0),
    ).values(
        "id", "subject_id", "site_id", "visit_id", "visit_code", "visit_repeat", "crf", "repeat", "state",
        "open_queries", "answered_queries", "is_signed", "verified", "is_reviewed",
    )  # fmt: skip


def _count(state: QueryState) -> Coalesce:
    queries = Query.objects.filter(form=OuterRef("pk"), state=state).order_by().values("form")
    return Coalesce(Subquery(queries.annotate(count=Count("pk")).values("count")), 0)


def _cell(row: Mapping[str, Any], locks: list[Lock]) -> Cell:
    return Cell(
        form=row["id"],
        subject=row["subject_id"],
        visit=row["visit_code"],
        visit_repeat=row["visit_repeat"],
        crf=row["crf"],
        repeat=row["repeat"],
        state=FormState(row["state"]),
        open_queries=row["open_queries"],
        answered_queries=row["answered_queries"],
        is_signed=row["is_signed"],
        is_verified=row["state"] == FormState.COMPLETE and row["verified"] == Verified.WHOLLY,
        is_reviewed=row["is_reviewed"],
        held=_held(row, locks),
    )


def _held(row: Mapping[str, Any], locks: list[Lock]) -> LockKind | None:
    kinds = {LockKind(lock.kind) for lock in locks if _covers(lock, row)}
    return next((kind for kind in (LockKind.LOCK, LockKind.FREEZE) if kind in kinds), None)


def _covers(lock: Lock, row: Mapping[str, Any]) -> bool:
    covered = {
        LockLevel.TRIAL: True,
        LockLevel.SITE: lock.site_id == row["site_id"],
        LockLevel.SUBJECT: lock.subject_id == row["subject_id"],
        LockLevel.VISIT: lock.visit_id is not None and lock.visit_id == row["visit_id"],
        LockLevel.FORM: lock.form_id == row["id"],
    }
    return covered[LockLevel(lock.level)]


def _place(cell: Cell) -> tuple[int, int, str, int]:
    return VISIT_ORDER.get(cell.visit, 0), cell.visit_repeat, cell.crf, cell.repeat
