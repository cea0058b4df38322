"""What apps above may answer to: a saved change, what answers would mean, whether they may still be given.

Settings name who answers.

Each answer is called in the order of the settings, inside the transaction of the action, as the acting person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from audit.decision import YES, Decision
from casebook.models import Form, Subject, Visit
from protocol.record import Answer
from protocol.words import Sentence


class AfterChange(Protocol):
    """Reacts to a change of a subject's casebook; `form` is None where no single form changed."""

    def __call__(self, subject: Subject, *, form: Form | None, by: Any, at: datetime) -> object: ...


class ImpactOf(Protocol):
    """Says what answers would change elsewhere, before they are saved; writes nothing."""

    def __call__(self, form: Form, *, answers: Mapping[str, Answer], at: datetime) -> Sequence[Sentence]: ...


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


def after_change(subject: Subject, *, form: Form | None, by: Any, at: datetime) -> None:
    """Let every app above react to the change, within its transaction: what one of them refuses is undone for all."""
    for react in _named("CASEBOOK_AFTER_CHANGE"):
        cast(AfterChange, react)(subject, form=form, by=by, at=at)


def impact_of(form: Form, *, answers: Mapping[str, Answer], at: datetime) -> tuple[Sentence, ...]:
    """Return what the answers would change elsewhere, in sentences."""
    said: list[Sentence] = []
    for foresee in _named("CASEBOOK_IMPACT_OF"):
        said.extend(cast(ImpactOf, foresee)(form, answers=answers, at=at))
    return tuple(said)


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


def _named(setting: str) -> Iterator[Callable[..., Any]]:
    for name in getattr(settings, setting, ()):
        yield import_string(name)
