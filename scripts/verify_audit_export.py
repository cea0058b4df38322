#!/usr/bin/env python3
"""Proves an export of the audit trail without the system that wrote it.

    verify_audit_export.py EXPORT --key seal.key.pub [--key OLDER.pub] [--seals FOLDER]

EXPORT is the folder that `manage.py export_audit` wrote. The keys are the public halves of the seal keys, received
from somebody you trust; --seals is the folder of seals kept outside the database. Needs Python 3.11 and the package
`cryptography`; imports nothing of the system. Ends with status 0 when everything agrees, 1 with one sentence per
fault, 2 when the export cannot be read. The format is described in docs/audit.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

FORMAT = "edc-audit-export-1"
BEGINNING = "0" * 64
NO_CHANGES = hashlib.sha256(b"").hexdigest()
SHOWN = 200

CHANGE = ["id", "txid", "actor_id", "table_name", "row_id", "operation", "site_id", "old", "new", "recorded_at"]
EVENT = [
    "stream", "sequence", "txid", "recorded_at", "at", "actor_id", "actor_name", "actor_role", "kind", "subject_id",
    "site_id", "reason", "facts", "message", "english", "protocol", "request_id", "first_change", "last_change",
    "changes_digest", "previous_hash",
]  # fmt: skip
EVENT_FILE = [*EVENT, "hash", "hash_version", "id"]
SEAL = ["number", "text", "digest", "previous", "key_id", "signature"]

Event = dict[str, Any]
# stream -> sequence -> (number of the seal, hash of the event)
Sealed = dict[str, dict[int, tuple[int, str]]]


class Unreadable(Exception):
    """The export is not one; the message says what is wrong with it."""


class Faults:
    """Sentences on what is wrong; the first ones are kept, all are counted."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.count = 0

    def add(self, sentence: str) -> None:
        """Count a fault."""
        self.count += 1
        if self.count <= SHOWN:
            self.shown.append(sentence)


def hashed(version: str, fields: Sequence[str | None]) -> bytes:
    """Return the SHA-256 of a JSON array of the version and the fields, all texts or null, ", " between them."""
    return hashlib.sha256(json.dumps([version, *fields], ensure_ascii=False).encode()).digest()


# ---- reading


def lines(path: Path) -> Iterator[list[Any]]:
    """Yield the JSON arrays of a file, one per line."""
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise Unreadable(f"{path.name}, line {number}, is not JSON.") from error
    except OSError as error:
        raise Unreadable(f"{path} cannot be read.") from error


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest of an export; raises Unreadable where it is another format."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"{folder} is no export: its manifest.json cannot be read.") from error
    expected = (FORMAT, EVENT_FILE, CHANGE, SEAL)
    if (manifest.get("format"), *(manifest.get(name) for name in ("events", "changes", "seals"))) != expected:
        raise Unreadable(f"{folder} is not of the format {FORMAT}.")
    return manifest


def keys_of(paths: Sequence[Path]) -> dict[str, Ed25519PublicKey]:
    """Return the trusted keys by their names."""
    keys = {}
    for path in paths:
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError) as error:
            raise Unreadable(f"{path} is no public key.") from error
        if not isinstance(key, Ed25519PublicKey):
            raise Unreadable(f"{path} is no Ed25519 key.")
        keys[hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]] = key
    return keys


# ---- seals


class Seals:
    """The seals: numbered, chained, signed; and what they say of the chains."""

    def __init__(self, faults: Faults, keys: dict[str, Ed25519PublicKey]) -> None:
        self.faults, self.keys = faults, keys
        self.texts: dict[int, str] = {}
        self.heads: Sealed = defaultdict(dict)

    def follow(self, seals: Iterator[list[Any]]) -> None:
        """Check the seals of the export in the order of their numbers."""
        expected, before = 1, BEGINNING
        for number_text, text, digest, previous, key_id, signature in seals:
            number = int(number_text)
            if number != expected:
                self.faults.add(f"Seal {number} follows seal {expected - 1}: seals are missing between.")
            elif previous != before:
                self.faults.add(f"Seal {number} does not follow the seal before it.")
            if digest != hashlib.sha256(text.encode()).hexdigest():
                self.faults.add(f"The text of seal {number} is not what was digested.")
            self.check(number, text, key_id, signature)
            self.texts[number] = text
            self.learn(number, text, previous)
            expected, before = number + 1, digest

    def compare(self, folder: Path) -> None:
        """Compare with the seals kept outside, which win where they differ."""
        outside = {}
        for path in sorted(folder.glob("seal-*.json")):
            try:
                kept = json.loads(path.read_text(encoding="utf-8"))
                number = int(path.stem.removeprefix("seal-"))
                outside[number] = kept["text"]
                self.check(number, kept["text"], kept["key_id"], kept["signature"])
            except (OSError, ValueError, KeyError):
                self.faults.add(f"{path.name} is not a seal.")
        for number, text in outside.items():
            inside = self.texts.get(number)
            if inside is None:
                self.faults.add(f"Seal {number} stands outside but not in the export: its end was cut.")
            elif inside != text:
                self.faults.add(f"Seal {number} of the export is another than the one outside.")
            if inside != text:
                self.learn(number, text, None)
        for number in sorted(self.texts.keys() - outside.keys() - {max(self.texts, default=0)}):
            self.faults.add(f"Seal {number} of the export is missing outside.")

    def check(self, number: int, text: str, key_id: str, signature: str) -> None:
        """Check the signature of one seal."""
        if key_id not in self.keys:
            self.faults.add(f"Seal {number} is signed with the key {key_id}, which you did not name.")
            return
        try:
            self.keys[key_id].verify(bytes.fromhex(signature), text.encode())
        except (InvalidSignature, ValueError):
            self.faults.add(f"Seal {number} is not what was signed.")

    def learn(self, number: int, text: str, previous: str | None) -> None:
        """Keep what a seal says of the chains."""
        try:
            said = json.loads(text)
            if said["number"] != number or previous not in (None, said["previous"]):
                self.faults.add(f"Seal {number} says of itself that it is seal {said['number']}.")
            for stream, sequence, digest in said["heads"]:
                self.heads[stream][int(sequence)] = (number, digest)
        except (ValueError, KeyError, TypeError):
            self.faults.add(f"Seal {number} cannot be read.")


# ---- chains


class Chains:
    """Every event follows the one before it in its stream and agrees with the seals."""

    def __init__(self, faults: Faults, sealed: Sealed) -> None:
        self.faults, self.sealed = faults, sealed
        self.ends: dict[str, tuple[int, str]] = {}
        self.count = 0
        self.last_id = 0

    def check(self, event: Event) -> None:
        """Check one event; they come in the order of their ids."""
        self.count += 1
        stream, number, digest = event["stream"], int(event["sequence"]), event["hash"]
        name = f"Event {event['id']}, number {number} of {stream},"
        before, previous = self.ends.get(stream, (0, BEGINNING))
        if int(event["id"]) <= self.last_id:
            self.faults.add(f"{name} stands after event {self.last_id}.")
        if event["hash_version"] != "1" or hashed("edc-event-1", [event[key] for key in EVENT]).hex() != digest:
            self.faults.add(f"{name} is not what was hashed.")
        if number != before + 1:
            self.faults.add(f"{name} was expected to have number {before + 1}.")
        elif event["previous_hash"] != previous:
            self.faults.add(f"{name} does not follow the one before.")
        if (seal := self.sealed.get(stream, {}).pop(number, None)) and seal[1] != digest:
            self.faults.add(f"{name} is not the one of seal {seal[0]}.")
        self.ends[stream], self.last_id = (number, digest), int(event["id"])

    def finish(self) -> None:
        """Name the events that a seal knows and the export does not have."""
        for stream, heads in sorted(self.sealed.items()):
            for number, (seal, _) in sorted(heads.items()):
                end = self.ends.get(stream, (0, ""))[0]
                self.faults.add(f"Seal {seal} knows event {number} of {stream}, which now ends at {end}.")


# ---- changes and rows


class History:
    """The changes, covered by events; replayed, they give the rows."""

    def __init__(self, faults: Faults, changes: Iterator[list[Any]]) -> None:
        self.faults, self.changes = faults, changes
        self.waiting: dict[str, deque[tuple[int, bytes]]] = defaultdict(deque)
        self.rows: dict[tuple[str, str], tuple[int, str | None]] = {}
        self.read_to = self.count = 0

    def cover(self, event: Event) -> None:
        """Compare an event's digest with the changes of its transaction since the event before."""
        if event["last_change"] is None:
            if event["changes_digest"] != NO_CHANGES or event["first_change"] is not None:
                self.faults.add(f"Event {event['id']} covers no change but has a digest of some.")
            return
        first, last = int(event["first_change"] or 0), int(event["last_change"])
        self.read(last)
        waiting, covered = self.waiting[event["txid"]], []
        while waiting and waiting[0][0] <= last:
            covered.append(waiting.popleft())
        digest = hashlib.sha256(b"".join(digest for _, digest in covered)).hexdigest()
        span = (covered[0][0], covered[-1][0]) if covered else None
        if digest != event["changes_digest"] or span != (first, last):
            which = f"change {first}" if first == last else f"changes {first} to {last}"
            self.faults.add(f"Event {event['id']} covers {which} of its transaction, which are not what was hashed.")

    def read(self, last: int) -> None:
        """Read changes up to this id."""
        while self.read_to < last:
            if (change := next(self.changes, None)) is None:
                return
            number = int(change[0])
            if number <= self.read_to:
                self.faults.add(f"Change {number} stands after change {self.read_to}.")
            self.count, self.read_to = self.count + 1, max(number, self.read_to)
            self.waiting[change[1]].append((number, hashed("edc-change-1", change)))
            self.replay(dict(zip(CHANGE, change, strict=True)))

    def replay(self, change: dict[str, Any]) -> None:
        """Take one change over into the rows; what it calls old must be what was there."""
        row = (change["table_name"], change["row_id"])
        number, before = self.rows.get(row, (0, None))
        old = change["old"]
        name = f"Change {change['id']} of {row[0]} {row[1]}"
        if (before is None) != (old is None):
            self.faults.add(f"{name} is an {change['operation']}, which the row's history does not allow.")
        elif before != old and (columns := differing(json.loads(before or "{}"), json.loads(old))):
            self.faults.add(f"{name} does not begin where change {number} ended: {', '.join(columns)} differ.")
        self.rows[row] = (int(change["id"]), change["new"])

    def finish(self) -> None:
        """Name the changes that no event covers."""
        self.read(2**63)
        for changes in self.waiting.values():
            for number, _ in changes:
                self.faults.add(f"Change {number} is covered by no event.")

    def compare(self, present: Iterator[list[Any]], tables: dict[str, Any]) -> int:
        """Compare the rows as replayed with those of the export; return how many those are."""
        count = 0
        for table, key, text in present:
            count += 1
            number, recorded = self.rows.pop((table, key), (0, None))
            if recorded is None:
                self.faults.add(f"{table} {key} stands in the table but was never recorded.")
            elif recorded != text:
                self.explain(table, key, number, json.loads(recorded), json.loads(text), tables)
        for (table, key), (number, recorded) in self.rows.items():
            if recorded is not None:
                self.faults.add(f"{table} {key} was recorded by change {number} but is missing from the table.")
        for table, facts in tables.items():
            if not facts["is_on"]:
                self.faults.add(f"The recording of changes of {table} is switched off.")
        return count

    def explain(self, table: str, key: str, number: int, recorded: Any, text: Any, tables: Any) -> None:
        """Say in which columns a row differs; a column added later holds its first default, or nothing."""
        added = tables.get(table, {}).get("added", {})
        columns = differing(recorded, text)
        columns += [name for name in sorted(text.keys() - recorded.keys()) if text[name] != added.get(name)]
        if columns:
            self.faults.add(
                f"{table} {key} differs from its history, which ends with change {number}, in {', '.join(columns)}."
            )


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return the columns that both have and that differ."""
    return [name for name in sorted(one.keys() & other.keys()) if json.dumps(one[name]) != json.dumps(other[name])]


# ---- all of it


def verify(folder: Path, keys: dict[str, Ed25519PublicKey], outside: Path | None) -> tuple[Faults, str]:
    """Return the faults of an export, and a line on what was read."""
    manifest, faults = manifest_of(folder), Faults()
    seals = Seals(faults, keys)
    seals.follow(lines(folder / "seals.jsonl"))
    if outside is not None:
        seals.compare(outside)
    chains, history = Chains(faults, seals.heads), History(faults, lines(folder / "changes.jsonl"))
    for values in lines(folder / "events.jsonl"):
        event = dict(zip(EVENT_FILE, values, strict=True))
        chains.check(event)
        history.cover(event)
    history.finish()
    chains.finish()
    rows = history.compare(lines(folder / "rows.jsonl"), manifest["tables"])
    read = {"events": chains.count, "changes": history.count, "seals": len(seals.texts), "rows": rows}
    for name, count in read.items():
        if manifest["counts"].get(name) != count:
            faults.add(f"The export says it holds {manifest['counts'].get(name)} {name}, it holds {count}.")
    return faults, ", ".join(f"{count} {name}" for name, count in read.items())


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", type=Path, action="append", default=[])
    parser.add_argument("--seals", type=Path, default=None)
    chosen = parser.parse_args()
    try:
        faults, read = verify(chosen.export, keys_of(chosen.key), chosen.seals)
    except (Unreadable, ValueError, TypeError, KeyError, AttributeError) as error:
        print(error if isinstance(error, Unreadable) else f"{chosen.export} is damaged and cannot be read: {error}.")
        return 2
    print(f"Read {read}.")
    for sentence in faults.shown:
        print(sentence)
    if faults.count > len(faults.shown):
        print(f"... and {faults.count - len(faults.shown)} more.")
    print(f"The trail is broken in {faults.count} places." if faults.count else "The trail is whole.")
    return 1 if faults.count else 0


if __name__ == "__main__":
    sys.exit(main())
