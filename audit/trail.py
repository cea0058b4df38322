"""The trail as bytes: what is hashed of a change and of an event, and how to read all of it in order.

The format is published with a test vector in docs/audit.md; the stand-alone verifier has its own copy of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from json.encoder import encode_basestring
from typing import Any

from django.db import connections

BEGINNING = "0" * 64
AT_ONCE = 1000
Row = tuple[Any, ...]

MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
# The columns stand in the order in which they are hashed; everything is text.
CHANGE_FIELDS = (
    "id", "txid", "actor_id", "table_name", "row_id", "operation", "site_id", "old", "new", "recorded_at",
)  # fmt: skip
EVENT_FIELDS = (
    "stream", "sequence", "txid", "recorded_at", "at", "actor_id", "actor_name", "actor_role", "kind",
    "subject_id", "site_id", "reason", "facts", "message", "english", "protocol", "request_id",
    "first_change", "last_change", "changes_digest", "previous_hash",
)  # fmt: skip
SEAL_FIELDS = ("number", "text", "digest", "previous", "key_id", "signature")


def _column(name: str) -> str:
    return MOMENT.format(f'"{name}"') if name in ("recorded_at", "at") else f'"{name}"::text'


def _select(table: str, fields: Sequence[str], *, key: str = "id") -> str:
    columns = ", ".join(map(_column, fields))
    return f"SELECT {columns} FROM {table} ORDER BY {table}.{key}"  # noqa: S608 -- our own names only


CHANGES_SQL = _select("audit_change", CHANGE_FIELDS)
EVENTS_SQL = _select("audit_event", (*EVENT_FIELDS, "hash", "hash_version", "id"))
SEALS_SQL = _select("audit_seal", SEAL_FIELDS, key="number")


def payload(version: str, fields: Sequence[str | None]) -> bytes:
    """Return what is hashed: a JSON array of the version and the fields, all texts or null, ", " between them."""
    # As json.dumps([version, *fields], ensure_ascii=False) would, in a quarter of its time.
    texts = ["null" if field is None else encode_basestring(field) for field in fields]
    return f"[{encode_basestring(version)}, {', '.join(texts)}]".encode()


def change_digest(fields: Sequence[str | None]) -> bytes:
    """Return the SHA-256 of one change, its fields in the order of CHANGE_FIELDS."""
    return hashlib.sha256(payload("edc-change-1", fields)).digest()


def event_hash(fields: Sequence[str | None]) -> str:
    """Return the SHA-256 of one event in hexadecimal, its fields in the order of EVENT_FIELDS."""
    return hashlib.sha256(payload("edc-event-1", fields)).hexdigest()


@contextmanager
def whole_trail(using: str) -> Iterator[Any]:
    """Open a connection that sees one moment of the whole database, all sites, and writes nothing."""
    wrapper = connections[using]
    connection = wrapper.get_new_connection(wrapper.get_connection_params())
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            # As the triggers had them when they wrote the texts that are compared here.
            cursor.execute("SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'")
            cursor.execute("SET bytea_output = 'hex'; SET extra_float_digits = 1; SET row_security = off")
        yield connection
    finally:
        connection.close()


def streamed(connection: Any, sql: str, parameters: Sequence[Any] = (), *, name: str) -> Iterator[Row]:
    """Yield rows from a cursor that stays in the server, so that a long trail needs no memory here.

    While rows are looked at, the next are read in a thread of their own.
    """
    with connection.cursor(name=name) as cursor, ThreadPoolExecutor(1) as reader:
        cursor.execute(sql, parameters or None)
        rows = cursor.fetchmany(AT_ONCE)
        while len(rows) == AT_ONCE:
            coming = reader.submit(cursor.fetchmany, AT_ONCE)
            yield from rows
            rows = coming.result()
        yield from rows
