"""What a slot hides and how it is proved: the key outside the database, the seal of a slot, its leaf, the root.

The formats are published in docs/randomization.md; an outsider makes leaf, path and root again from them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from protocol.blocks import ALGORITHM

KEY_BYTES = SALT_BYTES = 32
ARM_BYTES, BLOCK_BYTES = 16, 4  # every arm fills the same room: the length of what is sealed tells nothing
SEED_PLACE = 0


class NoAllocationKey(RuntimeError):
    """There is no key for the sealed lists; the message says how to make one."""


class SealBroken(RuntimeError):
    """What is stored of a slot or a seed is not what was sealed; the message names it."""


@dataclass(frozen=True)
class Opened:
    """What one slot hid."""

    salt: bytes
    block: int
    arm: str


def make_key(path: Path) -> None:
    """Write a new key, readable by its owner alone. Raises FileExistsError for an old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as file:
        file.write(os.urandom(KEY_BYTES).hex() + "\n")


def allocation_key() -> bytes:
    """Return the key of the sealed lists; outside production it is made when it is missing. Raises NoAllocationKey."""
    path = settings.ALLOCATION_KEY_FILE
    if not path.exists() and not settings.PRODUCTION:
        make_key(path)
    if not path.exists():
        raise NoAllocationKey(f"There is no key at {path}. Run `manage.py make_allocation_key`.")
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise NoAllocationKey(f"The key at {path} is not {KEY_BYTES} bytes in hexadecimal.")
    return key


def salt_of(seed: bytes, stratum: str, number: int) -> bytes:
    """Return the salt of a slot: HMAC-SHA256 of the seed, so that the whole list comes from it again."""
    return hmac.digest(seed, f"{ALGORITHM}|salt|{stratum}|{number}".encode(), hashlib.sha256)


def leaf_of(salt: bytes, *, allocation_list: UUID, stratum: str, number: int, arm: str) -> str:
    """Return the published leaf of a slot: SHA-256 of the salt and `list|stratum|number|arm`, in hexadecimal."""
    return hashlib.sha256(salt + f"{allocation_list}|{stratum}|{number}|{arm}".encode()).hexdigest()


def seal_slot(key: bytes, opened: Opened, *, allocation_list: UUID, slot: UUID, place: int) -> bytes:
    """Return what is stored of a slot, tied to its list and to its own row. `place` counts from 1 over the list."""
    told = opened.salt + opened.block.to_bytes(BLOCK_BYTES, "big") + opened.arm.encode().ljust(ARM_BYTES, b"\0")
    return _seal(key, told, allocation_list=allocation_list, about=slot.bytes, place=place)


def open_slot(key: bytes, sealed: bytes | memoryview, *, allocation_list: UUID, slot: UUID) -> Opened:
    """Return what a slot hides. Raises SealBroken."""
    told = _open(key, sealed, allocation_list=allocation_list, about=slot.bytes)
    block, arm = told[SALT_BYTES : SALT_BYTES + BLOCK_BYTES], told[SALT_BYTES + BLOCK_BYTES :]
    return Opened(told[:SALT_BYTES], int.from_bytes(block, "big"), arm.rstrip(b"\0").decode())


def seal_seed(key: bytes, seed: bytes, *, allocation_list: UUID) -> bytes:
    """Return what is stored of the seed."""
    return _seal(key, seed, allocation_list=allocation_list, about=b"seed", place=SEED_PLACE)


def open_seed(key: bytes, sealed: bytes | memoryview, *, allocation_list: UUID) -> bytes:
    """Return the seed of a list. Raises SealBroken."""
    return _open(key, sealed, allocation_list=allocation_list, about=b"seed")


def _cipher(key: bytes, allocation_list: UUID) -> AESGCM:
    # A key of its own for every list, so that a nonce that counts places is used once under it.
    return AESGCM(hmac.digest(key, b"edc-allocation-list|" + allocation_list.bytes, hashlib.sha256))


def _seal(key: bytes, told: bytes, *, allocation_list: UUID, about: bytes, place: int) -> bytes:
    nonce = place.to_bytes(12, "big")
    return nonce + _cipher(key, allocation_list).encrypt(nonce, told, allocation_list.bytes + about)


def _open(key: bytes, sealed: bytes | memoryview, *, allocation_list: UUID, about: bytes) -> bytes:
    sealed = bytes(sealed)
    try:
        return _cipher(key, allocation_list).decrypt(sealed[:12], sealed[12:], allocation_list.bytes + about)
    except (InvalidTag, ValueError) as broken:  # ValueError: too short to be anything sealed
        raise SealBroken(f"What is sealed in list {allocation_list} cannot be opened with this key.") from broken


def root_of(leaves: Sequence[str]) -> str:
    """Return the Merkle root over leaves in the order of strata and slots."""
    level = [bytes.fromhex(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _above(level)
    return level[0].hex()


def path_of(leaves: Sequence[str], index: int) -> list[tuple[str, str]]:
    """Return the neighbours from a leaf up to the root: on which side each stands, and its hash."""
    level, path = [bytes.fromhex(leaf) for leaf in leaves], []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(("left" if neighbour < index else "right", level[neighbour].hex()))
        level, index = _above(level), index // 2
    return path


def root_by(leaf: str, path: Sequence[tuple[str, str]]) -> str:
    """Return the root that a leaf and its path lead to."""
    here = bytes.fromhex(leaf)
    for side, neighbour in path:
        beside = bytes.fromhex(neighbour)
        here = _joined(beside, here) if side == "left" else _joined(here, beside)
    return here.hex()


def _above(level: list[bytes]) -> list[bytes]:
    pairs = [_joined(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
    return pairs + level[-1:] if len(level) % 2 else pairs  # the odd one out rises as it is


def _joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
