"""Row locks, always taken in one order: subject, form, stratum, stream; many of a kind by their keys."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar, cast

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models

from audit.rows import rows_by

Row = TypeVar("Row", bound=models.Model)

NAME_LOCK_SQL = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 20220414))"


def locked(target: Row) -> Row:
    """Return the row read anew under a lock, after its subject. Raises DoesNotExist where it is gone."""
    subject = _locked_subject(target)
    row = _locked_row(target)
    if subject is not None:
        row.subject = subject  # type: ignore[attr-defined]
    return row


def locked_all(targets: Iterable[Row]) -> list[Row]:
    """Return many rows of one kind under locks, taken in the order of their keys."""
    return [locked(target) for target in sorted(targets, key=lambda row: str(row.pk))]


def _locked_subject(target: models.Model) -> models.Model | None:
    fields = target._meta.concrete_fields
    relation = next((each for each in fields if each.name == "subject" and each.many_to_one), None)
    if relation is None or (key := getattr(target, relation.attname)) is None:
        return None
    subject = cast(type[models.Model], relation.related_model)(pk=key)
    subject._state.db = target._state.db
    return _locked_row(subject)


@cache
def _lock_sql(model: type[models.Model]) -> str:
    # Asked by every action: the words stand as they are, for composing them anew costs more than asking.
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    key = model._meta.pk.column
    return f'SELECT {columns} FROM "{model._meta.db_table}" WHERE "{key}" = %s FOR NO KEY UPDATE'  # noqa: S608 -- names of the model


def _first(rows: Iterable[Row], target: Row) -> Row:
    for row in rows:
        return row
    gone: type[Exception] = cast(Any, type(target)).DoesNotExist
    raise gone(f"Expected {type(target).__name__} {target.pk}, got none.")


def _locked_row(target: Row) -> Row:
    using = target._state.db or DEFAULT_DB_ALIAS
    classes = getattr(apps.get_app_config(target._meta.app_label).models_module, "CLASSES", {})
    if classes.get(type(target).__name__) != "append-only":
        # NO KEY: rows that only refer to this one may be added meanwhile.
        return _first(rows_by(type(target), _lock_sql(type(target)), [target.pk], using=using), target)
    # A row lock asks for the right to update, which nobody has here: its name is locked instead.
    with connections[using].cursor() as cursor:
        cursor.execute(NAME_LOCK_SQL, [f"{target._meta.db_table}:{target.pk}"])
    return type(target)._base_manager.using(using).get(pk=target.pk)
