"""Reads the casebook of a subject as of a moment, and what lies between two moments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from casebook.models import Form, Subject, Visit
from casebook.selectors.as_of import casebook_as_of
from casebook.selectors.sight import visible_subjects
from casebook.selectors.subject_history import Line, Narrowed, history_of
from exports.casebook import casebook_context
from followup.selectors import visits_of
from randomization.models import Allocation


@dataclass(frozen=True)
class Then:
    """A casebook as it stood: what the paper shows, and the visits."""

    book: dict[str, Any]
    visits: list[Visit]


def book_as_of(key: UUID, user: User, moment: datetime, *, language: str) -> Then | None:
    """Return the casebook as it stood, as far as the user could and may see it; None before the subject was added."""
    with casebook_as_of(user, moment, Allocation):
        subject = visible_subjects(user).select_related("site", "rescreened_from").filter(pk=key).first()
        if subject is None:
            return None
        book = casebook_context(subject, user, language=language, at=moment, seal=None)
        return Then(book, visits_of(user, subject))


@dataclass(frozen=True)
class Between:
    """What lies between two moments: answers that differ, and marks that came and went, in their order."""

    answers: list[Line]
    marks: list[Line]


def between(subject: Subject, user: User, first: datetime, last: datetime) -> Between:
    """Return what differs between two moments: each answer once, from what it was to what it became, with who did it last."""
    lines, _count = history_of(subject, user, Narrowed(after=first, upto=last, order="oldest"))
    return Between(_net(line for line in lines if not line.what), [line for line in lines if line.what])


def _net(lines: Iterable[Line]) -> list[Line]:
    """Return the changes of one answer as one: what was changed and changed back is none."""
    found: dict[tuple[Form | None, str], Line] = {}
    for line in lines:
        key = (line.form, line.path)
        found[key] = replace(line, old=found[key].old) if key in found else line
    # What is not shown may have changed all the same: both sides say the same then.
    return [line for line in found.values() if line.old != line.new]
