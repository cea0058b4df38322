"""Verifies the whole trail: chains, seals, and the present as the sum of its history."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.chains import Chains, Covering
from audit.findings import Fault, Findings
from audit.history import History
from audit.ports import further_faults
from audit.seal_proof import SealProof
from audit.trail import CHANGES_SQL, EVENTS_SQL, SEALS_SQL, streamed, whole_trail
from audit.walled import present_sql, recorded_tables, walls_digest


@dataclass
class Report:
    """What was read, what is wrong, and what a person should look at."""

    findings: Findings = field(default_factory=Findings)
    notes: list[str] = field(default_factory=list)
    events: int = 0
    changes: int = 0
    rows: int = 0
    seals: int = 0
    last_seal: int = 0
    seconds: float = 0.0


def verify(*, using: str, folder: Path | None, keys: Sequence[Ed25519PublicKey]) -> Report:
    """Return what a verification of the database, and of the seals in this folder, finds."""
    report, started = Report(), time.monotonic()
    with whole_trail(using) as connection:
        proof = _seals(connection, report, folder, keys)
        history = History(connection, report.findings)
        changes = streamed(connection, CHANGES_SQL, name="changes")
        covering = Covering(history.replayed(changes), report.findings)
        chains = Chains(report.findings, proof.heads)
        chains.follow(streamed(connection, EVENTS_SQL, name="events"), covering)
        with connection.cursor() as cursor:
            tables = recorded_tables(cursor)
        history.compare(tables, streamed(connection, *present_sql(tables.values()), name="present"))
        for text in further_faults(connection):
            report.findings.add(Fault.SIGNATURE, text)
    report.events, report.changes, report.rows = chains.events, covering.count, history.rows
    report.seconds = time.monotonic() - started
    return report


def _seals(connection: Any, report: Report, folder: Path | None, keys: Sequence[Ed25519PublicKey]) -> SealProof:
    proof = SealProof.with_keys(report.findings, keys)
    proof.follow(streamed(connection, SEALS_SQL, name="seals"))
    report.seals, report.last_seal = len(proof.texts), max(proof.texts, default=0)
    if folder is not None and folder.is_dir():
        proof.compare(folder)
    else:
        report.notes.append("No seals outside the database were compared: SEAL_FOLDER is not there.")
    with connection.cursor() as cursor:
        _note_walls(report, proof, now=walls_digest(cursor))
    return proof


def _note_walls(report: Report, proof: SealProof, *, now: str) -> None:
    """Note where the walls changed: right after a migration, and only then, this is as it should be."""
    steps = [*sorted(proof.walls), (0, now)]
    for (number, before), (after, walls) in pairwise(steps):
        if before != walls:
            until = f"seal {after}" if after else "now"
            report.notes.append(f"The walls of the database changed between seal {number} and {until}.")
