"""What the database itself says of its walls: which tables are recorded, and how the walls stand just now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

RECORDED_SQL = r"""
SELECT c.relname, t.tgenabled::text, string_to_array(encode(t.tgargs, 'escape'), '\000')
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE p.proname = 'audit_record_change' AND NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
 ORDER BY c.relname
"""
WALLS_SQL = """
SELECT 'table', c.relname, c.relowner::regrole::text, c.relrowsecurity::text, c.relforcerowsecurity::text,
       coalesce(c.relacl::text, '')
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'p', 'S')
UNION ALL
SELECT 'trigger', c.relname, t.tgname, t.tgenabled::text, pg_get_triggerdef(t.oid), ''
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'policy', tablename, policyname, roles::text, coalesce(qual, ''), coalesce(with_check, '')
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT 'function', proname, proowner::regrole::text, coalesce(proconfig::text, ''), prosrc,
       coalesce(proacl::text, '')
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
 ORDER BY 1, 2, 3, 4, 5, 6
"""

ADDED_SQL = """
SELECT attname, format_type(atttypid, atttypmod), (attmissingval::text::text[])[1]
  FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND atthasmissing
"""


@dataclass(frozen=True)
class RecordedTable:
    """A table whose changes are recorded: its key column, and the columns left out."""

    name: str
    key: str
    left_out: tuple[str, ...]
    is_on: bool


def recorded_tables(cursor: Any) -> dict[str, RecordedTable]:
    """Return the tables that carry the recording trigger, by name."""
    cursor.execute(RECORDED_SQL)
    found = (
        RecordedTable(name, words[0], tuple(filter(None, words[2].split(","))), is_on=enabled in ("O", "A"))
        for name, enabled, words in cursor.fetchall()
    )
    return {table.name: table for table in found}


def walls_digest(cursor: Any) -> str:
    """Return the SHA-256 of tables, rights, triggers, policies and functions, as they stand now."""
    cursor.execute(WALLS_SQL)
    text = "\n".join("\t".join(row) for row in cursor.fetchall())
    return hashlib.sha256(text.encode()).hexdigest()


def present_sql(tables: Iterable[RecordedTable]) -> tuple[str, list[Any]]:
    """Return the query for the rows of tables as their triggers would record them: table, key and text."""
    selects, parameters = [], []
    for table in tables:
        key, name = (word.replace('"', '""') for word in (table.key, table.name))
        # The key by itself: taken from the row it would have the row written twice.
        said = f"%s::text, to_jsonb(t.\"{key}\") #>> '{{}}', (to_jsonb(t) - %s::text[])::text"
        selects.append(f'SELECT {said} FROM public."{name}" t')  # noqa: S608 -- names from the catalogue
        parameters += [table.name, list(table.left_out)]
    return " UNION ALL ".join(selects) or "SELECT '', '', '' WHERE false", parameters


def added_columns(cursor: Any, name: str) -> dict[str, Any]:
    """Return what columns that were added later hold in the rows of before."""
    cursor.execute(ADDED_SQL, [f'public."{name}"'])
    values = {}
    for column, kind, text in cursor.fetchall():
        cursor.execute(f"SELECT to_jsonb(%s::{kind})::text", [text])
        values[column] = json.loads(cursor.fetchone()[0])
    return values
