"""The keys of a query as words of SQL, put together once: that takes Django longer than PostgreSQL the answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

Keys = RawSQL | tuple[()]
KEPT = 512  # people and what they see; each a few kilobytes


@dataclass(frozen=True)
class _Asked:
    of: Hashable
    rows: Callable[[], QuerySet[Any]] = field(compare=False)


def keys_in_words(rows: Callable[[], QuerySet[Any]], *, of: Hashable) -> Keys:
    """Return the keys of these rows, to stand after IN; whatever the query depends on is told apart by `of`."""
    words = _words(_Asked(of, rows))
    return RawSQL(*words) if words else ()  # noqa: S611 -- Django's own words and parameters


@lru_cache(maxsize=KEPT)
def _words(asked: _Asked) -> tuple[str, tuple[Any, ...]] | None:
    try:
        return asked.rows().order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return None
