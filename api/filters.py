"""What a list may be narrowed by. Whatever else stands in the address is refused: a filter that is silently not applied gives too much."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from api.answers import Wrong
from api.pages import PAGING
from protocol.words import N_

LONGEST = 60


@dataclass(frozen=True)
class Filter:
    """One parameter: its name, the column it asks, what it means, and the values it may have (empty: any)."""

    name: str
    column: str
    says: str
    choices: tuple[str, ...] = ()
    read: Callable[[str], object] = str
    kind: str = "string"
    format: str = ""

    def value_of(self, text: str) -> object:
        """Return what to compare the column with. Raises Wrong."""
        if self.choices and text not in self.choices:
            raise Wrong(
                N_("The filter %(name)s knows no value %(value)s. It has one of: %(choices)s."),
                name=self.name,
                value=text[:LONGEST],
                choices=self.choices,
            )
        try:
            return self.read(text)
        except ValueError:
            raise Wrong(
                N_("The filter %(name)s cannot read %(value)s."), name=self.name, value=text[:LONGEST]
            ) from None


def key(name: str, column: str, says: str) -> Filter:
    """Return a filter for the key of a row."""
    return Filter(name, column, says, read=UUID, format="uuid")


def one_of(name: str, column: str, says: str, choices: Iterable[str]) -> Filter:
    """Return a filter with a list of values."""
    return Filter(name, column, says, choices=tuple(str(choice) for choice in choices))


def yes_or_no(name: str, column: str, says: str) -> Filter:
    """Return a filter for true and false."""
    return Filter(name, column, says, choices=("true", "false"), read=lambda text: text == "true")


class NamedFilters(BaseFilterBackend):
    """Applies the filters that a view names, and refuses every other parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        """Return the rows that fit all filters. Raises Wrong."""
        filters: tuple[Filter, ...] = getattr(view, "filters", ())
        paging = PAGING if getattr(view, "orders", ()) else ()
        refuse_strangers(request, (*paging, *(each.name for each in filters)))
        for each in filters:
            if each.name in request.query_params:
                queryset = queryset.filter(**{each.column: each.value_of(request.query_params[each.name])})
        return queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Return the filters as OpenAPI describes them."""
        return [_described(each) for each in getattr(view, "filters", ())]


def refuse_strangers(request: Request, known: Iterable[str]) -> None:
    """Refuse a parameter that is not known, or that came twice. Raises Wrong."""
    names = tuple(known)
    for name in request.query_params:
        if name not in names:
            raise _stranger(name, names)
        if len(request.query_params.getlist(name)) > 1:
            raise Wrong(N_("The parameter %(name)s came twice; send it once."), name=name)


def _stranger(name: str, names: tuple[str, ...]) -> Wrong:
    if not names:
        return Wrong(N_("This address takes no parameters, and got %(name)s."), name=name[:LONGEST])
    return Wrong(
        N_("There is no parameter %(name)s here. There are: %(names)s."), name=name[:LONGEST], names=tuple(names)
    )


def _described(each: Filter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if each.choices == ("true", "false"):
        schema = {"type": "boolean"}
    elif each.choices:
        schema["enum"] = list(each.choices)
    if each.format:
        schema["format"] = each.format
    return {"name": each.name, "in": "query", "required": False, "description": each.says, "schema": schema}
