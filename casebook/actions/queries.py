"""Queries of people: opened, assigned, answered, closed, reopened, cancelled. Each step is a message that stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import User
from audit.door import action, record, unchanged
from casebook.actions.receipts import keep_made, made_before, request_hash
from casebook.actions.subjects import expect_forms
from casebook.models import Comment, Form, Query, QueryMessage, Visit
from casebook.rules.queries import (
    may_answer_query,
    may_ask_for_form,
    may_assign_query,
    may_cancel_query,
    may_close_query,
    may_comment,
    may_explain_query,
    may_open_query,
    may_reopen_query,
)
from casebook.states import QueryOutcome, QueryState
from protocol.words import N_, sentence

NOBODY = N_("Nobody is named to answer any more.")


@action(may_open_query)
def open_query(
    form: Form,
    *,
    by: User,
    at: datetime,
    text: str,
    path: str = "",
    paths: Iterable[str] = (),
    assigned_to: User | None = None,
    key: str = "",
) -> Query:
    """Ask a question on one item, with `paths` on several, with neither on the whole form. A key asks once."""
    first, *others = dict.fromkeys(filter(None, (path, *paths))) or [""]
    named = str(assigned_to.pk) if assigned_to else ""
    asked = request_hash(form=str(form.pk), paths=[first, *others], text=text.strip(), assigned_to=named)
    if earlier := made_before(Query, by=by, key=key, asked=asked):
        return unchanged(earlier)
    query = Query.objects.create(
        subject=form.subject,
        site_id=form.site_id,
        form=form,
        path=first,
        sentence=sentence("%(text)s", text=text.strip()).to_json(),
        value=form.answers.get(first, {}),
        further={each: form.answers.get(each, {}) for each in others},
        assigned_to=assigned_to,
        opened_at=at,
        opened_by=by,
        changed_at=at,
        changed_by=by,
    )
    keep_made(query, by=by, key=key, verb="open_query", asked=asked, at=at)
    return _step(query, "casebook.query.opened", text=text, by=by, at=at, to=assigned_to)


@action(may_ask_for_form)
def ask_for_form(
    visit: Visit, *, by: User, at: datetime, crf: str, text: str, assigned_to: User | None = None, key: str = ""
) -> Query:
    """Ask for a form that is not there: it is expected from now on, and the query stands on it. A key asks once."""
    (expected,) = expect_forms(visit, by=by, at=at, codes=[crf])
    return open_query(expected, by=by, at=at, text=text, assigned_to=assigned_to, key=key)


@action(may_assign_query)
def assign_query(query: Query, *, by: User, at: datetime, to: User | None) -> Query:
    """Name who is to answer, or nobody; how long the question has stood does not change by it."""
    if query.assigned_to_id == (to.pk if to else None):
        return unchanged(query)
    query.assigned_to = to
    query.save(update_fields=["assigned_to"])
    return _step(query, "casebook.query.assigned", text="" if to else NOBODY, by=by, at=at, to=to)


@action(may_answer_query)
def answer_query(query: Query, *, by: User, at: datetime, text: str) -> Query:
    """Answer the question."""
    return _moved(query, "casebook.query.answered", to=QueryState.ANSWERED, text=text, by=by, at=at)


@action(may_explain_query)
def explain_query(query: Query, *, by: User, at: datetime, text: str) -> Query:
    """Answer the question; where somebody did meanwhile, add this to the answer given."""
    return _moved(query, "casebook.query.answered", to=QueryState.ANSWERED, text=text, by=by, at=at)


@action(may_close_query)
def close_query(query: Query, *, by: User, at: datetime, text: str = "") -> Query:
    """Close the query: it is settled. A check does not ask again about the very same answer."""
    value, further = _present(query)
    if query.path:
        is_kept = (value, further) == (query.value, query.further)
        query.outcome = QueryOutcome.KEPT if is_kept else QueryOutcome.CHANGED
    query.value, query.further = value, further
    return _moved(query, "casebook.query.closed", to=QueryState.CLOSED, text=text, by=by, at=at)


@action(may_reopen_query)
def reopen_query(query: Query, *, by: User, at: datetime, text: str) -> Query:
    """Ask again, about the answer as it stands now, saying why."""
    query.value, query.further = _present(query)
    return _moved(query, "casebook.query.reopened", to=QueryState.OPEN, text=text, by=by, at=at)


@action(may_cancel_query)
def cancel_query(query: Query, *, by: User, at: datetime, text: str) -> Query:
    """Take back a query that should not have been asked, saying why."""
    return _moved(query, "casebook.query.cancelled", to=QueryState.CANCELLED, text=text, by=by, at=at)


@action(may_comment)
def comment(form: Form, *, by: User, at: datetime, text: str, path: str = "", key: str = "") -> Comment:
    """Leave a remark on the form or on one item of it; it asks for nothing. The same key leaves one only."""
    asked = request_hash(form=str(form.pk), path=path, text=text.strip())
    if earlier := made_before(Comment, by=by, key=key, asked=asked):
        return unchanged(earlier)
    said = Comment.objects.create(
        subject=form.subject, site_id=form.site_id, form=form, path=path, text=text.strip(), said_at=at, said_by=by
    )
    keep_made(said, by=by, key=key, verb="comment", asked=asked, at=at)
    facts = {"comment": str(said.pk), "form": str(form.pk), "path": path}
    record("casebook.comment.said", subject=form.subject, by=by, at=at, facts=facts)
    return said


def _present(query: Query) -> tuple[Any, dict[str, Any]]:
    answers = query.form.answers
    return answers.get(query.path, {}), {path: answers.get(path, {}) for path in query.further}


def _moved(query: Query, kind: str, *, to: QueryState, text: str, by: User, at: datetime) -> Query:
    query.state, query.changed_at, query.changed_by = to, at, by
    if to != QueryState.CLOSED:
        query.outcome = ""
    query.save(update_fields=["state", "changed_at", "changed_by", "value", "further", "outcome"])
    return _step(query, kind, text=text, by=by, at=at)


def _step(query: Query, kind: str, *, text: str, by: User, at: datetime, to: User | None = None) -> Query:
    QueryMessage.objects.create(
        query=query,
        site_id=query.site_id,
        state=query.state,
        text=text.strip(),
        assigned_to=to,
        said_at=at,
        said_by=by,
    )
    facts = {"query": str(query.pk), "form": str(query.form_id), "path": query.path, "check": query.check_id}
    if query.further:
        facts |= {"further": ", ".join(sorted(query.further))}
    if to is not None:
        facts |= {"assigned_to": str(to.pk)}
    record(kind, subject=query.subject, by=by, at=at, facts=facts)
    return query
