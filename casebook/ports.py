"""What apps above may answer to: a saved change, what answers would mean, whether they may still be given.

Settings name who answers.

Each answer is called in the order of the settings, inside the transaction of the action, as the acting person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from audit.decision import YES, Decision
from casebook.models import Form, Subject, Visit
from protocol.record import Answer
from protocol.words import Sentence


class AfterChange(Protocol):
    """Reacts to a change of a subject's casebook; `form` is None where no single form changed."""

    def __call__(self, subject: Subject, *, form: Form | None, by: Any, at: datetime) -> object: ...


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Something that follows from the answers: what it is and what stands, by which it is compared.

    Why it stands is asked only of what stands otherwise than before: of hundreds that are looked at, few are told.
    """

    what: Sentence
    stands: Sentence
    why: Callable[[], Sentence | None] = lambda: None
    counted_as: str = ""  # what subjects are counted under for whom it is new, where a change touches many


class Look(Protocol):
    """Says what follows from a subject's answers now, as far as this person may know it; writes nothing."""

    def __call__(self, subject: Subject, *, by: Any, at: datetime) -> Mapping[str, Seen]: ...


class MayEnter(Protocol):
    """Says whether a form may be added to the subject (`form` is None, `visit` is its visit) or be given these answers."""

    def __call__(
        self,
        subject: Subject,
        *,
        form: Form | None,
        crf: str,
        visit: Visit | None,
        answers: Mapping[str, Answer] | None,
        complete: bool,
    ) -> Decision: ...


@dataclass(frozen=True)
class Hindrance:
    """What an app above has against a lock of subjects: `message` says it with `%(count)s`, counts by subject."""

    name: str
    message: str
    counts: Mapping[UUID, int]


class MayLock(Protocol):
    """Says what stands against a lock of each of these subjects; a constant number of queries, nothing written."""

    def __call__(self, subjects: Collection[UUID]) -> Sequence[Hindrance]: ...


class MayTryAgain(Protocol):
    """Says whether a new subject may be the next attempt of a screen failure, whom no other attempt in the casebook followed."""

    def __call__(self, before: Subject) -> Decision: ...


class Paper(Protocol):
    """Writes the casebook of a subject as a PDF, as this reader sees it."""

    def __call__(self, subject: Subject, *, reader: Any, at: datetime) -> bytes: ...


def paper_of(subject: Subject, *, reader: Any, at: datetime) -> bytes:
    """Return the casebook on paper, as the reader sees it now."""
    return cast(Paper, import_string(settings.CASEBOOK_PAPER))(subject, reader=reader, at=at)


def hindrances_of(subjects: Collection[UUID]) -> tuple[Hindrance, ...]:
    """Return what apps above have against a lock of these subjects."""
    found: list[Hindrance] = []
    for ask in _named("CASEBOOK_MAY_LOCK"):
        found.extend(cast(MayLock, ask)(subjects))
    return tuple(found)


def after_change(subject: Subject, *, form: Form | None, by: Any, at: datetime) -> None:
    """Let every app above react to the change, within its transaction: what one of them refuses is undone for all."""
    for react in _named("CASEBOOK_AFTER_CHANGE"):
        cast(AfterChange, react)(subject, form=form, by=by, at=at)


def seen_above(subject: Subject, *, by: Any, at: datetime) -> dict[str, Seen]:
    """Return what follows from the answers in the apps above, by key: asked before and after a save that is foreseen."""
    seen: dict[str, Seen] = {}
    for look in _named("CASEBOOK_IMPACT_OF"):
        seen |= cast(Look, look)(subject, by=by, at=at)
    return seen


def may_enter(form: Form, *, answers: Mapping[str, Answer] | None, complete: bool) -> Decision:
    """Return the first no of the apps above to answers of this form."""
    for ask in _named("CASEBOOK_MAY_ENTER"):
        # The form's visit is not read yet: whoever needs it asks for it.
        decision = cast(MayEnter, ask)(
            form.subject, form=form, crf=form.crf, visit=None, answers=answers, complete=complete
        )
        if not decision:
            return decision
    return YES


def may_add(subject: Subject, *, crf: str, visit: Visit | None) -> Decision:
    """Return the first no of the apps above to one more form of this CRF."""
    for ask in _named("CASEBOOK_MAY_ENTER"):
        decision = cast(MayEnter, ask)(subject, form=None, crf=crf, visit=visit, answers=None, complete=False)
        if not decision:
            return decision
    return YES


def may_try_again(before: Subject) -> Decision:
    """Return the first no of the apps above to a new subject as the attempt after this one."""
    for ask in _named("CASEBOOK_MAY_TRY_AGAIN"):
        if not (decision := cast(MayTryAgain, ask)(before)):
            return decision
    return YES


def _named(setting: str) -> Iterator[Callable[..., Any]]:
    for name in getattr(settings, setting, ()):
        yield import_string(name)
