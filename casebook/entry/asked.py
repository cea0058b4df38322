"""The queries that stand beside the items of a page, with a place to answer them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from casebook.entry.page import Notes
from casebook.models import Query
from casebook.states import QueryState
from casebook.words import said
from protocol.words import Sentence


@dataclass(frozen=True)
class QueryNote:
    """A standing query as it is shown beside its item."""

    id: UUID
    shown_state: str
    said: str
    last_answer: str
    may_answer: bool
    typed: str = ""

    @property
    def address(self) -> str:
        """Where its whole conversation stands."""
        return reverse("query", args=[self.id])


def lay_queries(
    by_path: Mapping[str, list[Query]],
    note: Callable[[str], Notes],
    *,
    hides: Callable[[str], bool],
    may_answer: bool,
    explained: Mapping[str, str],
) -> None:
    """Put the standing queries of a form into the notes of their items; one that asks of a hidden item stands nowhere."""
    for path, queries in by_path.items():
        if shown := [query for query in queries if not any(map(hides, query.paths))]:
            _lay(note(path), [_query_note(query, path, may_answer, explained) for query in shown])


def _lay(note: Notes, queries: list[QueryNote]) -> None:
    note.queries = queries
    asked = {query.said for query in queries}
    note.findings = [finding for finding in note.findings if finding not in asked]


def _query_note(query: Query, path: str, may_answer: bool, explained: Mapping[str, str]) -> QueryNote:
    question = said(Sentence.from_json(query.sentence))
    said_since: list[str] = query.texts or []  # type: ignore[attr-defined]  # a column of the query
    answers = [text for text in said_since if text not in ("", question)]
    typed = explained.get(str(query.pk), "")
    return QueryNote(
        query.pk,
        f"query {query.state}",
        question,
        answers[-1] if answers else "",
        # Asked about several items, it is answered beside the first one; what was typed there meanwhile stays.
        may_answer and (query.state == QueryState.OPEN or bool(typed)) and path == query.path,
        typed,
    )
