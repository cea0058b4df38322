"""Reads recorded tables as they stood at a moment: the queries of the present, answered from the trail.

Inside `as_of` every SELECT that names a recorded table is given that table as a common table expression: of each row
the last change recorded until then. What was not a row yet, or no more, is none. Rights stay those of today: both the
table and its trail are read under the row-level security of who asks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from audit.walled import RecordedTable, recorded_tables

# A transaction counts with its last event: of one that was under way at the moment, nothing had happened yet.
LONGEST_TRANSACTION = timedelta(hours=6)
UNDER_WAY_SQL = """
SELECT DISTINCT e.txid::text FROM audit_event e
 WHERE e.recorded_at > %s AND e.recorded_at < %s
   AND EXISTS (SELECT FROM audit_change c WHERE c.txid = e.txid AND c.recorded_at <= %s)
"""
ADDED_SQL = """
SELECT attname, format_type(atttypid, atttypmod), (attmissingval::text::text[])[1], attrelid::regclass::text
  FROM pg_attribute
 WHERE attrelid = ANY(%s::regclass[]) AND attnum > 0 AND NOT attisdropped AND atthasmissing
"""
# The key is taken as text in a step of its own: row-level security lets an index be used only by what leaks nothing.
# NOT MATERIALIZED: what a query asks of the columns that never change is asked of the table's own indexes.
STOOD_SQL = """
"{table}" AS NOT MATERIALIZED (
  SELECT {columns}
    FROM "{table}" AS standing
   CROSS JOIN LATERAL (SELECT standing."{key}"::text AS said OFFSET 0) AS key
   CROSS JOIN LATERAL (
     SELECT change.new FROM audit_change AS change
      WHERE change.row_id = key.said AND change.table_name = '{table}'
        AND change.recorded_at <= '{moment}'::timestamptz{under_way}
      ORDER BY change.id DESC LIMIT 1) AS last
   CROSS JOIN LATERAL jsonb_populate_record(NULL::"{table}", {added}last.new::jsonb) AS stood
   WHERE last.new IS NOT NULL)"""
A_READ = re.compile(r"[\s(]*SELECT\b", re.IGNORECASE)
A_WITH = re.compile(r"\s*WITH\s+(?!RECURSIVE\b)", re.IGNORECASE)


class NothingIsWritten(RuntimeError):
    """A statement inside `as_of` would not have read the past."""


@contextmanager
def as_of(
    moment: datetime,
    tables: Collection[type[models.Model]],
    *,
    unchanging: Collection[str] = (),
    using: str = DEFAULT_DB_ALIAS,
) -> Iterator[None]:
    """Read these tables as they stood when the moment had passed. Inside it nothing is written. Two or three queries.

    `unchanging` names columns besides the key that no change ever touches, so that their indexes serve.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        stood = _stood(cursor, moment, tables, unchanging)
    with connection.execute_wrapper(_Past(stood)):
        yield


def _stood(
    cursor: Any, moment: datetime, tables: Collection[type[models.Model]], unchanging: Collection[str]
) -> dict[str, str]:
    recorded = recorded_tables(cursor)
    added = _added(cursor, [model._meta.db_table for model in tables])
    cursor.execute(UNDER_WAY_SQL, [moment, moment + LONGEST_TRANSACTION, moment])
    under_way = ", ".join(f"'{int(txid)}'" for (txid,) in cursor.fetchall())
    return {
        model._meta.db_table: _expression(
            model, recorded[model._meta.db_table], moment, under_way, added.get(model._meta.db_table, {}), unchanging
        )
        for model in tables
        if model._meta.db_table in recorded
    }


def _expression(
    model: type[models.Model],
    table: RecordedTable,
    moment: datetime,
    under_way: str,
    added: dict[str, Any],
    unchanging: Collection[str],
) -> str:
    # What the trail leaves out is known from the row alone.
    fixed = {table.key, *unchanging, *table.left_out}
    columns = (field.column for field in model._meta.concrete_fields)
    defaults = json.dumps(added).replace("'", "''").replace("%", "%%")
    return STOOD_SQL.format(
        table=table.name,
        key=table.key,
        columns=", ".join(f'{"standing" if column in fixed else "stood"}."{column}"' for column in columns),
        moment=moment.astimezone(UTC).isoformat(),
        under_way=f" AND change.txid NOT IN ({under_way})" if under_way else "",
        added=f"'{defaults}'::jsonb || " if added else "",
    )


def _added(cursor: Any, tables: list[str]) -> dict[str, dict[str, Any]]:
    """Return what columns that were added after the first changes hold in the rows of before, by table."""
    cursor.execute(ADDED_SQL, [tables])
    found: dict[str, dict[str, Any]] = {}
    for column, kind, text, table in cursor.fetchall():
        cursor.execute(f"SELECT to_jsonb(%s::{kind})::text", [text])  # a type from the catalogue
        found.setdefault(table.strip('"'), {})[column] = json.loads(cursor.fetchone()[0])
    return found


class _Past:
    """Gives every SELECT the past of the tables it names."""

    def __init__(self, stood: dict[str, str]) -> None:
        self.stood = stood
        self.named = re.compile(
            r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:ONLY\s+)?\"?(" + "|".join(map(re.escape, stood)) + r")\b\"?",
            re.IGNORECASE,
        )

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        return execute(self.of_then(str(sql)), params, many, context)

    def of_then(self, sql: str) -> str:
        """Return the statement with the past of every table it names. Raises NothingIsWritten."""
        named = dict.fromkeys(name.lower() for name in self.named.findall(sql))
        if not named:
            return sql
        past = ",".join(self.stood[name] for name in named)
        if A_READ.match(sql):
            return f"WITH {past}\n{sql}"
        if with_its_own := A_WITH.match(sql):
            return f"WITH {past},\n{sql[with_its_own.end() :]}"
        # Better no answer than one of the present.
        raise NothingIsWritten(f"Expected a SELECT inside as_of, got {sql.split(maxsplit=1)[0]}.")
