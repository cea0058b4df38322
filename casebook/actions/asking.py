"""Queries of the checks: opened where something is implausible, closed by themselves where it was mended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from accounts.models import User
from casebook.models import Form, Query, QueryMessage
from casebook.selectors.queries import LEFT_OPEN_CHECK, STANDING
from casebook.states import QueryOutcome, QueryState
from protocol.checking import Finding, missing_items
from protocol.language import Severity
from protocol.record import BLANK, Answer
from protocol.trial import TRIAL
from protocol.words import N_

MENDED = N_("The answer was changed and the check finds nothing any more.")
# What differs from query to query is one value: a statement that says the rest once costs a third of one for any change.
CLOSE_SQL = """
UPDATE casebook_query AS q
   SET state = %s, outcome = %s, changed_at = %s, changed_by_id = %s, value = settled.value
  FROM jsonb_to_recordset(%s) AS settled(id uuid, value jsonb) WHERE q.id = settled.id
"""
CHANGED = N_("The answer was changed. The check asks about the new one in a new query.")


@dataclass(frozen=True)
class Asked:
    """The queries a save opened and closed, by key; those closed for a new question about a new answer as well.

    `elsewhere` are those it opened on other forms.
    """

    opened: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class AskedFor:
    """What the conversation of a query says where it opens and where it was mended."""

    opened: str = ""
    mended: str = MENDED


def ask(
    form: Form,
    findings: Iterable[Finding],
    answers: Mapping[str, Answer],
    earlier: Iterable[Query],
    *,
    by: User,
    at: datetime,
    texts: AskedFor | None = None,
) -> Asked:
    """Open a query for each implausible answer that has none, and close those that were mended.

    What was asked stays as it was asked: where another answer is implausible too, it gets a query of its own.
    `earlier` are the queries that checks opened on the form, the latest first: of each check at each place at least
    that one. `texts` say what brought it about.
    """
    soft = {(found.path, found.check_id): found for found in findings if found.severity is Severity.SOFT}
    latest: dict[tuple[str, str], Query] = {}
    for query in earlier:
        latest.setdefault((query.path, query.check_id), query)
    mended = [
        query
        for place, query in latest.items()
        if query.state in STANDING and place not in soft and not _is_left_open(query, form, answers)
    ]
    fresh = [found for place, found in soft.items() if _is_new(latest.get(place), answers.get(found.path, BLANK))]
    places = ((found.path, found.check_id) for found in fresh)
    outdated = [latest[place] for place in places if place in latest and latest[place].state in STANDING]
    # Closed first: of one check at one place only one query may stand.
    closed = closed_by_check([*mended, *outdated], answers, by=by, at=at)
    opened = _opened(form, fresh, answers, by=by, at=at)
    said = texts or AskedFor()
    words = dict.fromkeys((query.pk for query in mended), said.mended) | dict.fromkeys(
        (query.pk for query in outdated), CHANGED
    )
    words |= dict.fromkeys((query.pk for query in opened), said.opened)
    say_steps([*opened, *closed], words, by=by, at=at)
    return Asked(tuple(str(query.pk) for query in opened), tuple(str(query.pk) for query in closed))


def _is_new(query: Query | None, answer: Answer) -> bool:
    if query is None:
        return True
    if query.state == QueryState.CLOSED and query.outcome == QueryOutcome.CHANGED:
        return True  # it was mended, by another answer or another form, and is found again
    # It stands for this very answer, or a person who closed it has accepted it: another one is asked about anew.
    return query.value != answer.to_json()


def _is_left_open(query: Query, form: Form, answers: Mapping[str, Answer]) -> bool:
    # What an import left open stays asked until it is answered, whoever saves the form meanwhile.
    return query.check_id == LEFT_OPEN_CHECK and bool(missing_items(TRIAL.crf(form.crf), answers))


def _opened(
    form: Form, found: Iterable[Finding], answers: Mapping[str, Answer], *, by: User, at: datetime
) -> list[Query]:
    queries = [
        Query(
            subject=form.subject,
            site_id=form.site_id,
            form=form,
            path=each.path,
            check_id=each.check_id,
            sentence=each.sentence.to_json(),
            value=answers.get(each.path, BLANK).to_json(),
            opened_at=at,
            opened_by=by,
            changed_at=at,
            changed_by=by,
        )
        for each in found
    ]
    return Query.objects.bulk_create(queries) if queries else []


def closed_by_check(queries: list[Query], answers: Mapping[str, Answer], *, by: User, at: datetime) -> list[Query]:
    """Close queries because what they asked about was changed; `answers` are those of their form by now."""
    for query in queries:
        query.state, query.changed_at, query.changed_by = QueryState.CLOSED, at, by
        query.outcome = QueryOutcome.CHANGED
        # The answer that settled it: if the old one comes back, it is asked about again.
        query.value = answers.get(query.path, BLANK).to_json()
    if queries:
        values = json.dumps([{"id": str(query.pk), "value": query.value} for query in queries])
        with connection.cursor() as cursor:
            cursor.execute(CLOSE_SQL, [QueryState.CLOSED, QueryOutcome.CHANGED, at, by.pk, values])
    return queries


def say_steps(queries: list[Query], texts: Mapping[UUID, str], *, by: User, at: datetime) -> None:
    """Keep what happened to each query as a message of its conversation."""
    messages = [
        QueryMessage(
            query=query,
            site_id=query.site_id,
            state=query.state,
            text=texts.get(query.pk, ""),
            said_at=at,
            said_by=by,
        )
        for query in queries
    ]
    if messages:
        QueryMessage.objects.bulk_create(messages)
