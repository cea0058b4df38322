"""Queries of checks that look at other forms: closed where a change of another form mended what they ask about.

Such a query opens at a save of its own form, the only one that its check is performed for. It closes at a save of
either: the other forms that stand under such a query are looked at again when one of their subject changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from accounts.models import User
from casebook.actions.asking import Asked, closed_by_check, say_steps
from casebook.models import Form, Query
from casebook.selectors.beside import Beside
from casebook.selectors.checks import ACROSS
from casebook.selectors.queries import STANDING
from casebook.selectors.records import answers_of, form_record, in_order, reference_for, visit_name
from protocol.checking import check
from protocol.record import Record
from protocol.trial import TRIAL
from protocol.words import N_

MENDED_ELSEWHERE = N_("Another form was changed and the check finds nothing any more.")


def settle_across(asked: Asked, form: Form, around: Beside, *, on: date, by: User, at: datetime) -> Asked:
    """Close what this change of `form` mended in the forms around it. No query where nothing is asked there."""
    others = around.others
    waiting = [other for other in others if other.pk in around.asked_across]
    if not waiting:
        return asked
    queries = _standing(waiting)
    ranges = reference_for([form.site_id]).ranges
    mended: list[Query] = []
    for other in waiting:
        known = tuple(form_record(each) for each in in_order([form, *others]) if each.pk != other.pk)
        record = Record(subject=form.subject.number, forms=known, ranges=ranges)
        found = _found(other, record, on)
        settled = [
            query for query in queries if query.form_id == other.pk and (query.path, query.check_id) not in found
        ]
        mended += closed_by_check(settled, answers_of(other), by=by, at=at)
    say_steps(mended, dict.fromkeys((query.pk for query in mended), MENDED_ELSEWHERE), by=by, at=at)
    return replace(asked, mended=(*asked.mended, *(str(query.pk) for query in mended)))


def _standing(forms: Iterable[Form]) -> list[Query]:
    return list(Query.objects.filter(form__in=forms, check_id__in=ACROSS, state__in=STANDING).order_by("opened_at"))


def _found(form: Form, record: Record, on: date) -> set[tuple[str, str]]:
    is_whole = form.completed_at is not None
    crf, answers = TRIAL.crf(form.crf), answers_of(form)
    findings = check(crf, answers, record, on, visit=visit_name(form), complete=is_whole)
    return {(finding.path, finding.check_id) for finding in findings}
