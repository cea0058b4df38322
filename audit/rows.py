"""Rows of a model by fixed words of SQL, as `raw` reads them: but how columns become fields is found out once, not each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

Row = TypeVar("Row", bound=models.Model)
Converter = Callable[[Any], Any]


@dataclass(frozen=True)
class _Reading:
    """Where the columns of a model stand in the answer, which of them are converted, and what stands there besides."""

    names: tuple[str, ...]
    places: tuple[int, ...]
    converted: tuple[tuple[int, Converter], ...]
    besides: tuple[tuple[str, int], ...]


def rows_by(
    model: type[Row], sql: str, asked: Sequence[Any] | Mapping[str, Any], *, using: str = DEFAULT_DB_ALIAS
) -> list[Row]:
    """Return the rows that this SQL answers with; it gives every column of the model, others become attributes."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, asked)
        reading = _reading(model, tuple(column.name for column in cursor.description), using)
        return [_made(model, reading, list(said), using) for said in cursor.fetchall()]


def _made(model: type[Row], reading: _Reading, said: list[Any], using: str) -> Row:
    for place, convert in reading.converted:
        said[place] = convert(said[place])
    row = model.from_db(using, reading.names, [said[place] for place in reading.places])
    for name, place in reading.besides:
        setattr(row, name, said[place])
    return row


@lru_cache(maxsize=256)  # the statements of the product, in every shape; they never change while it runs
def _reading(model: type[models.Model], columns: tuple[str, ...], using: str) -> _Reading:
    fields = model._meta.concrete_fields
    places = {field.attname: columns.index(field.column) for field in fields}
    ours = {field.column for field in fields}
    return _Reading(
        names=tuple(places),
        places=tuple(places.values()),
        converted=tuple(
            (places[field.attname], convert) for field in fields for convert in _converters(model, field, using)
        ),
        besides=tuple((name, place) for place, name in enumerate(columns) if name not in ours),
    )


def _converters(model: type[models.Model], field: Any, using: str) -> list[Converter]:
    column = field.get_col(model._meta.db_table)
    found = connections[using].ops.get_db_converters(column) + column.get_db_converters(connections[using])
    return [partial(_converted, convert, column, using) for convert in found]


def _converted(convert: Callable[[Any, Any, Any], Any], column: Any, using: str, value: Any) -> Any:
    return convert(value, column, connections[using])
