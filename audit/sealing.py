"""Seals: how far every chain has come, chained and signed, in the database and in files outside it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from audit.acting import Machine, as_actor
from audit.keys import key_id, private_key
from audit.walled import walls_digest

FORMAT = "edc-seal-1"
BEGINNING = "0" * 64
ONE_WRITER = 7_305_349_331  # the advisory lock of whoever seals

LAST_SQL = "SELECT number, digest FROM audit_seal ORDER BY number DESC LIMIT 1"
CLOCK_SQL = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
INSERT_SQL = """
INSERT INTO audit_seal (number, sealed_at, text, digest, previous, key_id, signature)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
INSERT_HEADS_SQL = """
INSERT INTO audit_sealed_head (stream, sequence, hash, number)
SELECT head.*, %s FROM unnest(%s::text[], %s::bigint[], %s::text[]) AS head
"""
SINCE_SQL = "SELECT number, text, key_id, signature FROM audit_seal WHERE number > %s ORDER BY number"

logger = logging.getLogger(__name__)


class SealsDisagree(RuntimeError):
    """The seals outside know more than the database, or something else: an old copy was restored."""


@dataclass(frozen=True)
class KeptSeal:
    """A seal as a file outside holds it: exactly the bytes that were signed."""

    number: int
    text: str
    key_id: str
    signature: str

    def to_json(self) -> str:
        """Return what the file holds."""
        return json.dumps({"text": self.text, "key_id": self.key_id, "signature": self.signature}, indent=1) + "\n"

    @classmethod
    def read(cls, path: Path) -> KeptSeal:
        """Return the seal of a file; its number is the one in its name."""
        kept = json.loads(path.read_text())
        return cls(number_of(path), kept["text"], kept["key_id"], kept["signature"])


def seal(*, folder: Path, key_file: Path, using: str = DEFAULT_DB_ALIAS) -> int | None:
    """Seal the chains that moved and return the seal's number; None when none moved or another seals now.

    The database commits first, then the files are written: a crash between leaves a file to catch up with,
    never a file that the database does not know. Raises SealsDisagree, NoSealKey.
    """
    key = private_key(key_file)
    folder.mkdir(parents=True, exist_ok=True)
    with as_actor(Machine("seal"), using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_WRITER])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(LAST_SQL)
        last, previous = cursor.fetchone() or (0, BEGINNING)
        _refuse_an_old_copy(folder, last=last)
        cursor.execute("SELECT stream, sequence, hash FROM audit_new_heads()")
        heads = cursor.fetchall()
        if heads:
            _insert(cursor, key, number=last + 1, previous=previous, heads=heads)
    write_missing(folder, using=using)
    return last + 1 if heads else None


def write_missing(folder: Path, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Write the seals that the folder does not hold yet; raises SealsDisagree for one that is another."""
    newest = max((number_of(path) for path in files(folder)), default=0)
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        # The newest is written again, which compares it.
        cursor.execute(SINCE_SQL, [newest - 1])
        for row in cursor.fetchall():
            _write(folder, KeptSeal(*row))


def files(folder: Path) -> list[Path]:
    """Return the seals of a folder in their order."""
    return sorted(folder.glob("seal-*.json"))


def number_of(path: Path) -> int:
    """Return the number of a seal from the name of its file."""
    return int(path.stem.removeprefix("seal-"))


def _insert(cursor: Any, key: Ed25519PrivateKey, *, number: int, previous: str, heads: list[Any]) -> None:
    cursor.execute(CLOCK_SQL)
    moment = cursor.fetchone()[0]
    facts = {
        "format": FORMAT,
        "number": number,
        "sealed_at": moment,
        "previous": previous,
        "walls": walls_digest(cursor),
        "heads": [list(head) for head in heads],
    }
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest, signature = hashlib.sha256(text.encode()).hexdigest(), key.sign(text.encode()).hex()
    cursor.execute(INSERT_SQL, [number, moment, text, digest, previous, key_id(key.public_key()), signature])
    cursor.execute(INSERT_HEADS_SQL, [number, *map(list, zip(*heads, strict=True))])


def _refuse_an_old_copy(folder: Path, *, last: int) -> None:
    newest = max((number_of(path) for path in files(folder)), default=0)
    if newest > last:
        raise SealsDisagree(
            f"{folder} holds seal {newest}, the database only seal {last}: an older copy was restored. "
            "Keep this folder as evidence, run `manage.py verify_audit`, and set SEAL_FOLDER to a new one."
        )


def _write(folder: Path, kept: KeptSeal) -> None:
    path = folder / f"seal-{kept.number:010d}.json"
    if path.exists():
        if path.read_text() != kept.to_json():
            raise SealsDisagree(
                f"{path} differs from seal {kept.number} of the database. Run `manage.py verify_audit`."
            )
        return
    beside = folder / f".{path.name}.{os.getpid()}"
    beside.unlink(missing_ok=True)  # left read-only by a writer of the same number that was killed before its rename
    with open(beside, "w") as file:
        file.write(kept.to_json())
        file.flush()
        os.fsync(file.fileno())
    beside.chmod(0o444)
    beside.rename(path)
    logger.info("seal written", extra={"seal": kept.number})
