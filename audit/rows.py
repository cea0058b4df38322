"""Rows of a model by fixed words of SQL, as `raw` reads them: but how columns become fields is found out once, not each time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

Row = TypeVar("Row", bound=models.Model)
Converter = Callable[[Any], Any]


@dataclass(frozen=True)
class _Reading:
    """Where the columns of a model stand in the answer, which are converted, and what stands there besides."""

    model: type[models.Model]
    names: tuple[str, ...]
    places: tuple[int, ...]
    key: int
    converted: tuple[tuple[int, Converter], ...]
    related: tuple[tuple[str, _Reading], ...]
    besides: tuple[tuple[str, int], ...]

    def made(self, said: list[Any], using: str) -> Any:
        """Return the row; None where the columns are those of a relation that is not there."""
        if said[self.key] is None:
            return None
        for place, convert in self.converted:
            said[place] = convert(said[place])
        row = self.model.from_db(using, self.names, [said[place] for place in self.places])
        for name, reading in self.related:
            row._state.fields_cache[name] = reading.made(said, using)
        for name, place in self.besides:
            setattr(row, name, said[place])
        return row


def rows_by(
    model: type[Row],
    sql: str,
    asked: Sequence[Any] | Mapping[str, Any],
    *,
    related: tuple[str, ...] = (),
    using: str = DEFAULT_DB_ALIAS,
) -> list[Row]:
    """Return the rows that this SQL answers with; it gives every column of the model, others become attributes.

    Of each relation in `related` it gives every column as well, as `columns_of` names them.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(sql, asked)
        reading = _reading(model, tuple(column.name for column in cursor.description), related, using)
        return [reading.made(list(said), using) for said in cursor.fetchall()]


def columns_of(model: type[models.Model], table: str, *, related: str) -> str:
    """Return the columns of a relation, for a SELECT that `rows_by` reads; `table` is its name there."""
    columns = [field.column for field in model._meta.concrete_fields]
    return ", ".join(f'{table}."{column}" AS "{related}__{column}"' for column in columns)


@lru_cache(maxsize=256)  # the statements of the product, in every shape; they never change while it runs
def _reading(model: type[models.Model], columns: tuple[str, ...], related: tuple[str, ...], using: str) -> _Reading:
    beside = {name: _placed(model._meta.get_field(name).related_model, columns, using, f"{name}__") for name in related}
    own = _placed(model, columns, using)
    taken = {*own.places, *(place for reading in beside.values() for place in reading.places)}
    besides = tuple((name, place) for place, name in enumerate(columns) if place not in taken)
    return replace(own, related=tuple(beside.items()), besides=besides)


def _placed(model: Any, columns: tuple[str, ...], using: str, under: str = "") -> _Reading:
    places = {field.attname: columns.index(f"{under}{field.column}") for field in model._meta.concrete_fields}
    return _Reading(
        model=model,
        names=tuple(places),
        places=tuple(places.values()),
        key=places[model._meta.pk.attname],
        converted=tuple(
            (places[field.attname], convert)
            for field in model._meta.concrete_fields
            for convert in _converters(model, field, using)
        ),
        related=(),
        besides=(),
    )


def _converters(model: type[models.Model], field: Any, using: str) -> list[Converter]:
    column = field.get_col(model._meta.db_table)
    found = connections[using].ops.get_db_converters(column) + column.get_db_converters(connections[using])
    return [partial(_converted, convert, column, using) for convert in found]


def _converted(convert: Callable[[Any, Any, Any], Any], column: Any, using: str, value: Any) -> Any:
    return convert(value, column, connections[using])
