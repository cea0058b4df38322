"""Reads about queries: what is open on a form, and what checks have asked before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from casebook.models import Form, Query
from casebook.states import QueryState

STANDING = (QueryState.OPEN, QueryState.ANSWERED)


def standing_queries(form: Form) -> QuerySet[Query]:
    """Return the open and answered queries of a form with their messages, the latest first."""
    standing = Query.objects.filter(form=form, state__in=STANDING)
    return standing.prefetch_related("messages__said_by").order_by("-opened_at", "-id")


def queries_by_path(form: Form) -> dict[str, list[Query]]:
    """Return the open and answered queries of a form by path, the latest first. Two queries."""
    by_path: dict[str, list[Query]] = defaultdict(list)
    for query in standing_queries(form):
        by_path[query.path].append(query)
    return dict(by_path)


def asked_by_checks(form: Form) -> list[Query]:
    """Return every query a check ever opened on the form, the latest first. One query."""
    return list(Query.objects.filter(form=form).exclude(check_id="").order_by("-opened_at", "-id"))


def standing_counts(forms: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return how many queries are (open, answered) by form, for the forms that have any. One query."""
    rows = (
        Query.objects.filter(form__in=list(forms), state__in=STANDING)
        .values("form_id")
        .annotate(
            opened=Count("id", filter=Q(state=QueryState.OPEN)),
            answered=Count("id", filter=Q(state=QueryState.ANSWERED)),
        )
    )
    return {row["form_id"]: (row["opened"], row["answered"]) for row in rows}
