"""The published test vector: what docs/audit.md prints is what this system and the stand-alone verifier hash."""

from __future__ import annotations

import hashlib
import json
import re
import runpy

from audit.trail import change_digest, event_hash, payload
from scripts.embedded_postgres import ROOT

VECTOR = dict(
    zip(
        ("change", "change hash", "digest", "event", "event hash"),
        re.findall(r"^(?:change|hash|digest|event) +(.+)$", (ROOT / "docs" / "audit.md").read_text(), re.MULTILINE),
        strict=True,
    )
)
CHANGE, EVENT = (json.loads(VECTOR[name]) for name in ("change", "event"))


def test_the_bytes_that_are_hashed_are_those_of_the_document():
    assert payload("edc-change-1", CHANGE[1:]).decode() == VECTOR["change"]
    assert payload("edc-event-1", EVENT[1:]).decode() == VECTOR["event"]


def test_a_change_has_the_published_hash():
    assert change_digest(CHANGE[1:]).hex() == VECTOR["change hash"]


def test_the_digest_of_changes_is_over_their_hashes():
    assert hashlib.sha256(bytes.fromhex(VECTOR["change hash"])).hexdigest() == VECTOR["digest"]
    assert EVENT[-2] == VECTOR["digest"]


def test_an_event_has_the_published_hash():
    assert event_hash(EVENT[1:]) == VECTOR["event hash"]


def test_the_standalone_verifier_hashes_the_same():
    hashed = runpy.run_path(str(ROOT / "scripts" / "verify_audit_export.py"))["hashed"]

    assert hashed("edc-change-1", CHANGE[1:]).hex() == VECTOR["change hash"]
    assert hashed("edc-event-1", EVENT[1:]).hex() == VECTOR["event hash"]


def test_none_is_not_the_empty_text():
    assert payload("v", [None]) != payload("v", [""])


def test_no_two_rows_of_fields_share_their_bytes():
    assert payload("v", ['a", "b']) != payload("v", ["a", "b"])
