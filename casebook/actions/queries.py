"""Queries of people: opened, answered, closed, reopened, cancelled. Each step is a message that stays."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from audit.door import action, record
from casebook.models import Form, Query, QueryMessage
from casebook.rules.queries import (
    may_answer_query,
    may_cancel_query,
    may_close_query,
    may_open_query,
    may_reopen_query,
)
from casebook.states import QueryState
from protocol.words import sentence


@action(may_open_query)
def open_query(form: Form, *, by: User, at: datetime, text: str, path: str = "") -> Query:
    """Ask a question on one item, or with an empty path on the whole form."""
    query = Query.objects.create(
        subject=form.subject,
        site_id=form.site_id,
        form=form,
        path=path,
        sentence=sentence("%(text)s", text=text.strip()).to_json(),
        value=form.answers.get(path, {}),
        opened_at=at,
        opened_by=by,
        changed_at=at,
        changed_by=by,
    )
    return _step(query, "casebook.query.opened", text=text, by=by, at=at)


@action(may_answer_query)
def answer_query(query: Query, *, by: User, at: datetime, text: str) -> Query:
    """Answer the question."""
    return _moved(query, "casebook.query.answered", to=QueryState.ANSWERED, text=text, by=by, at=at)


@action(may_close_query)
def close_query(query: Query, *, by: User, at: datetime, text: str = "") -> Query:
    """Close the query: it is settled. A check does not ask again about the very same answer."""
    query.value = query.form.answers.get(query.path, {})
    return _moved(query, "casebook.query.closed", to=QueryState.CLOSED, text=text, by=by, at=at)


@action(may_reopen_query)
def reopen_query(query: Query, *, by: User, at: datetime, text: str) -> Query:
    """Ask again, saying why."""
    return _moved(query, "casebook.query.reopened", to=QueryState.OPEN, text=text, by=by, at=at)


@action(may_cancel_query)
def cancel_query(query: Query, *, by: User, at: datetime, text: str) -> Query:
    """Take back a query that should not have been asked, saying why."""
    return _moved(query, "casebook.query.cancelled", to=QueryState.CANCELLED, text=text, by=by, at=at)


def _moved(query: Query, kind: str, *, to: QueryState, text: str, by: User, at: datetime) -> Query:
    query.state, query.changed_at, query.changed_by = to, at, by
    query.save(update_fields=["state", "changed_at", "changed_by", "value"])
    return _step(query, kind, text=text, by=by, at=at)


def _step(query: Query, kind: str, *, text: str, by: User, at: datetime) -> Query:
    QueryMessage.objects.create(
        query=query, site_id=query.site_id, state=query.state, text=text.strip(), said_at=at, said_by=by
    )
    facts = {"query": str(query.pk), "form": str(query.form_id), "path": query.path, "check": query.check_id}
    record(kind, subject=query.subject, by=by, at=at, facts=facts)
    return query
