"""Whether a subject withdrew consent, from when on, and what the consent form still allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from casebook.models import Form, Subject
from casebook.selectors.records import answers_of
from casebook.states import FormState
from protocol.happenings import happened
from protocol.record import FormRecord, Record


@dataclass(frozen=True)
class Withdrawal:
    """The day consent was withdrawn, and whether public death records may still be looked up."""

    on: date
    records: bool


_known: ContextVar[dict[UUID, Withdrawal | None] | None] = ContextVar("withdrawals read", default=None)


def withdrawal_of(subject: Subject) -> Withdrawal | None:
    """Return the withdrawal of consent on record; None where there is none. One query."""
    known = _known.get()
    if known is None:
        return _read(subject)
    if subject.pk not in known:
        known[subject.pk] = _read(subject)
    return known[subject.pk]


@contextmanager
def withdrawals_read_once() -> Iterator[None]:
    """Read the withdrawal of a subject once inside, for a page that asks of many forms and saves none."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def _read(subject: Subject) -> Withdrawal | None:
    forms = Form.objects.filter(subject=subject, crf="WD", state=FormState.COMPLETE).order_by("repeat")
    known = tuple(FormRecord(id=str(form.pk), crf="WD", complete=True, answers=answers_of(form)) for form in forms)
    found = happened(Record(subject=subject.number, forms=known), randomized_on=None)
    if found.withdrawn_consent_on is None:
        return None
    return Withdrawal(found.withdrawn_consent_on, bool(found.public_records_allowed))
