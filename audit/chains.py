"""Recomputes the chains: every event follows the one before and covers exactly the changes it says."""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from audit.findings import Fault, Findings
from audit.trail import BEGINNING, EVENT_FIELDS, Row, change_digest, event_hash

STREAM, SEQUENCE, TXID = (EVENT_FIELDS.index(name) for name in ("stream", "sequence", "txid"))
FIRST, LAST, DIGEST, PREVIOUS = (
    EVENT_FIELDS.index(name) for name in ("first_change", "last_change", "changes_digest", "previous_hash")
)
HASH, VERSION, EVENT_ID = len(EVENT_FIELDS), len(EVENT_FIELDS) + 1, len(EVENT_FIELDS) + 2
NO_CHANGES = hashlib.sha256(b"").hexdigest()


@dataclass
class Chains:
    """Where each stream stands after the events read so far, and which sealed heads have been met."""

    findings: Findings
    sealed: dict[str, dict[int, tuple[int, str]]]
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    events: int = 0

    def follow(self, events: Iterable[Row], covering: Covering) -> None:
        """Check every event, in the order of their ids."""
        for event in events:
            self.events += 1
            self._check_link(event)
            covering.check(event)
        covering.finish()
        self._check_cut_streams()

    def _check_link(self, event: Row) -> None:
        stream, sequence, kept = event[STREAM], int(event[SEQUENCE]), event[HASH]
        before, previous = self.heads.get(stream, (0, BEGINNING))
        if event[VERSION] != "1" or event_hash(event[: len(EVENT_FIELDS)]) != kept:
            self.findings.add(
                Fault.EVENT,
                f"Event {event[EVENT_ID]}, number {sequence} of {stream}, is not what was hashed.",
            )
        if sequence != before + 1:
            self.findings.add(
                Fault.CHAIN,
                f"Event {event[EVENT_ID]} of {stream} has number {sequence}, expected {before + 1}.",
            )
        elif event[PREVIOUS] != previous:
            self.findings.add(
                Fault.CHAIN,
                f"Event {event[EVENT_ID]}, number {sequence} of {stream}, does not follow the one before.",
            )
        self.heads[stream] = (sequence, kept)
        if (heads := self.sealed.get(stream)) and (seal := heads.pop(sequence, None)) and seal[1] != kept:
            self.findings.add(
                Fault.SEAL,
                f"Event {event[EVENT_ID]}, number {sequence} of {stream}, is not the one of seal {seal[0]}.",
            )

    def _check_cut_streams(self) -> None:
        for stream, heads in self.sealed.items():
            for sequence, (number, _) in sorted(heads.items()):
                last = self.heads.get(stream, (0, ""))[0]
                self.findings.add(
                    Fault.SEAL, f"Seal {number} knows event {sequence} of {stream}, which now ends at {last}."
                )


class Covering:
    """Hands every event the changes of its transaction; both are read once, in the order of their ids."""

    def __init__(self, changes: Iterator[Row], findings: Findings) -> None:
        self.changes, self.findings = changes, findings
        self.waiting: dict[str, deque[tuple[int, bytes]]] = defaultdict(deque)
        self.read_to = 0
        self.count = 0

    def check(self, event: Row) -> None:
        """Compare the digest of an event with the changes it covers."""
        if event[LAST] is None:
            if event[DIGEST] != NO_CHANGES or event[FIRST] is not None:
                self.findings.add(Fault.EVENT, f"Event {event[EVENT_ID]} covers no change but has a digest of some.")
            return
        first, last = int(event[FIRST] or 0), int(event[LAST])
        self._read_to(last)
        waiting = self.waiting[event[TXID]]
        covered = []
        while waiting and waiting[0][0] <= last:
            covered.append(waiting.popleft())
        if not waiting:
            del self.waiting[event[TXID]]
        self._compare(event, first, last, covered)

    def _compare(self, event: Row, first: int, last: int, covered: list[tuple[int, bytes]]) -> None:
        digest = hashlib.sha256(b"".join(digest for _, digest in covered)).hexdigest()
        if digest == event[DIGEST] and covered and (covered[0][0], covered[-1][0]) == (first, last):
            return
        span = f"change {first}" if first == last else f"changes {first} to {last}"
        self.findings.add(
            Fault.CHANGE,
            f"Event {event[EVENT_ID]} covers {span} of its transaction, which are not what was hashed.",
        )

    def _read_to(self, last: int) -> None:
        while self.read_to < last:
            if (change := next(self.changes, None)) is None:
                return
            self.count += 1
            self.read_to = int(change[0])
            self.waiting[change[1]].append((self.read_to, change_digest(change)))

    def finish(self) -> None:
        """Read what is left; a change that still waits was never covered."""
        self._read_to(2**63)
        for changes in self.waiting.values():
            for number, _ in changes:
                self.findings.add(Fault.CHANGE, f"Change {number} is covered by no event.")
