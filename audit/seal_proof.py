"""Checks the seals: numbered without a gap, chained, signed, and the same inside and outside the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.findings import Fault, Findings
from audit.keys import key_id, signed_by
from audit.sealing import KeptSeal, files
from audit.trail import BEGINNING

# stream -> sequence -> (number of the seal, hash of the event)
SealedHeads = dict[str, dict[int, tuple[int, str]]]


@dataclass
class SealProof:
    """What the seals say, and what is wrong with them."""

    findings: Findings
    keys: dict[str, Ed25519PublicKey]
    heads: SealedHeads = field(default_factory=dict)
    walls: list[tuple[int, str]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)

    @classmethod
    def with_keys(cls, findings: Findings, keys: Iterable[Ed25519PublicKey]) -> SealProof:
        """Return a proof that trusts these keys, the present one and those of before."""
        return cls(findings, {key_id(key): key for key in keys})

    def follow(self, seals: Iterable[tuple[Any, ...]]) -> None:
        """Check the seals of the database, in the order of their numbers."""
        expected, previous = 1, BEGINNING
        for written_number, text, digest, kept_previous, key, signature in seals:
            number = int(written_number)
            self._check_words(number, text, key, signature)
            if number != expected:
                self.findings.add(Fault.SEAL, f"Seal {number} follows seal {expected - 1}: seals are missing between.")
            elif kept_previous != previous:
                self.findings.add(Fault.SEAL, f"Seal {number} does not follow the seal before it.")
            if digest != hashlib.sha256(text.encode()).hexdigest():
                self.findings.add(Fault.SEAL, f"The text of seal {number} is not what was digested.")
            expected, previous = number + 1, digest
            self.texts[number] = text
            self._learn(number, text, previous=kept_previous)

    def compare(self, folder: Path) -> int:
        """Compare with the files outside, which win where they differ; return how many there were."""
        outside = [KeptSeal.read(path) for path in files(folder)]
        for kept in outside:
            inside = self.texts.get(kept.number)
            self._check_words(kept.number, kept.text, kept.key_id, kept.signature)
            if inside is None:
                self.findings.add(
                    Fault.SEAL,
                    f"Seal {kept.number} stands outside but not in the database: an older copy was restored, "
                    "or its end was cut.",
                )
            elif inside != kept.text:
                self.findings.add(Fault.SEAL, f"Seal {kept.number} of the database is another than the one outside.")
            if inside != kept.text:
                self._learn(kept.number, kept.text, previous=None)
        self._miss_files({kept.number for kept in outside})
        return len(outside)

    def _miss_files(self, outside: set[int]) -> None:
        # The newest may not be written yet: the database commits first.
        for number in sorted(self.texts.keys() - outside - {max(self.texts, default=0)}):
            self.findings.add(Fault.SEAL, f"Seal {number} of the database is missing outside.")

    def _check_words(self, number: int, text: str, key: str, signature: str) -> None:
        if key not in self.keys:
            self.findings.add(Fault.SEAL, f"Seal {number} is signed with the key {key}, which is not trusted here.")
        elif not signed_by(self.keys[key], text=text, signature=signature):
            self.findings.add(Fault.SEAL, f"Seal {number} is not what was signed.")

    def _learn(self, number: int, text: str, *, previous: str | None) -> None:
        said = json.loads(text)
        if said["number"] != number or previous not in (None, said["previous"]):
            self.findings.add(Fault.SEAL, f"Seal {number} says of itself that it is seal {said['number']}.")
        self.walls.append((number, said["walls"]))
        for stream, sequence, digest in said["heads"]:
            self.heads.setdefault(stream, {})[int(sequence)] = (number, digest)
