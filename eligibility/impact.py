"""What answers would change on the board, said before they are saved: never a surprise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from casebook.models import Form
from eligibility.selectors.judged import judged_of
from protocol.criteria import judge_all
from protocol.record import Answer, FormRecord, Record
from protocol.trial import TRIAL
from protocol.words import N_, Sentence, sentence

CHANGES = N_("%(code)s, %(short)s: %(before)s becomes %(after)s. %(reason)s")


def impact_of(form: Form, *, answers: Mapping[str, Answer], at: datetime) -> tuple[Sentence, ...]:
    """Return a sentence for each criterion whose verdict these answers would change. Writes nothing; two queries."""
    judged = judged_of(form.subject, at=at)
    before, after = judged.judgements, judge_all(_with(judged.record, str(form.pk), answers), judged.on)
    return tuple(
        sentence(
            CHANGES,
            code=criterion.code,
            short=Sentence(criterion.short),
            before=Sentence(before[criterion.code].verdict.value),
            after=Sentence(after[criterion.code].verdict.value),
            reason=after[criterion.code].reason,
        )
        for criterion in TRIAL.criteria
        if before[criterion.code].verdict is not after[criterion.code].verdict
    )


def _with(record: Record, form: str, answers: Mapping[str, Answer]) -> Record:
    return replace(record, forms=tuple(_changed(each, answers) if each.id == form else each for each in record.forms))


def _changed(form: FormRecord, answers: Mapping[str, Answer]) -> FormRecord:
    together = {path: answer for path, answer in {**form.answers, **answers}.items() if not answer.is_blank}
    if together == form.answers:
        return form
    # A signature binds what it signed: the changed form has none.
    return replace(form, answers=together, signed_by=())
