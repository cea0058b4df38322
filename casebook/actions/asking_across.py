"""Queries of checks that look at other forms: opened and closed by a change of whichever form they look at.

Such a check is performed at every save of its own form. Where another form changes, the checks that look at what
changed there are performed again on the forms beside it; the definitions tell which those are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from accounts.models import User
from casebook.actions.asking import Asked, AskedFor, ask
from casebook.models import Form, Query
from casebook.selectors.beside import Beside
from casebook.selectors.records import answers_of, form_record, in_order, reference_once, visit_name
from casebook.selectors.standing import held_over_each
from casebook.states import FormState, LockKind
from protocol.checking import Finding, check_again
from protocol.language import Severity
from protocol.reaching import computing_checks, readers_of
from protocol.record import Record
from protocol.trial import TRIAL
from protocol.words import N_

ELSEWHERE = AskedFor(
    opened=N_("Another form was changed, and the check asks since then."),
    mended=N_("Another form was changed and the check finds nothing any more."),
)


@dataclass(frozen=True)
class _Again:
    """A form beside, which of its checks are performed again, and what they find."""

    form: Form
    checks: frozenset[str]
    found: tuple[Finding, ...]


def settle_across(
    asked: Asked, form: Form, around: Beside, *, changed: Collection[str], on: date, by: User, at: datetime
) -> Asked:
    """Open and close what this change of `form` brings about in the forms around it. No query where that is nothing."""
    again = [each for each in _again(form, around, changed, on) if each.found or each.form.pk in around.asked_across]
    if not again:
        return asked
    earlier = _earlier(again)
    held = held_over_each(each.form for each in again)
    opened, mended = list(asked.elsewhere), list(asked.mended)
    for each in again:
        if any(over.kind == LockKind.LOCK for over in held[each.form.pk]):
            continue  # nothing is asked under a lock; the check asks when its form is saved after that
        queries = [query for query in earlier if query.form_id == each.form.pk and query.check_id in each.checks]
        each.form.subject = form.subject
        settled = ask(each.form, each.found, answers_of(each.form), queries, by=by, at=at, texts=ELSEWHERE)
        opened += settled.opened
        mended += settled.mended
    return replace(asked, mended=tuple(mended), elsewhere=tuple(opened))


def _again(form: Form, around: Beside, changed: Collection[str], on: date) -> Iterator[_Again]:
    readers = readers_of(form.crf, frozenset(path.rpartition("/")[2] for path in changed))
    entered = (FormState.IN_PROGRESS, FormState.COMPLETE)
    looking = [other for other in around.others if other.crf in readers and other.state in entered]
    if not looking:
        return
    known = tuple((each.pk, form_record(each)) for each in in_order([form, *around.others]))
    # Only a computed value is judged by the ranges of a laboratory.
    computes = any(computing_checks() & readers[other.crf] for other in looking)
    ranges = reference_once(form.subject).ranges if computes else ()
    for other in looking:
        beside = tuple(record for key, record in known if key != other.pk)
        record = Record(subject=form.subject.number, forms=beside, ranges=ranges)
        yield _Again(other, readers[other.crf], _found(other, record, on, readers[other.crf]))


def _found(form: Form, record: Record, on: date, checks: frozenset[str]) -> tuple[Finding, ...]:
    is_whole = form.completed_at is not None
    crf, answers = TRIAL.crf(form.crf), answers_of(form)
    found = check_again(crf, answers, record, on, only=checks, visit=visit_name(form), complete=is_whole)
    return tuple(each for each in found if each.severity is Severity.SOFT)


def _earlier(again: Iterable[_Again]) -> list[Query]:
    forms = [each.form.pk for each in again]
    checks = sorted({check for each in again for check in each.checks})
    return list(Query.objects.filter(form__in=forms, check_id__in=checks).order_by("-opened_at", "-id"))
