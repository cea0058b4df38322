"""The key that signs seals: an Ed25519 key in a file outside the database, and its public half beside it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class NoSealKey(RuntimeError):
    """There is no key to seal with; the message says how to make one."""


def make_key(path: Path) -> Path:
    """Write a new key for its owner alone and its public half; raises FileExistsError for an old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
        file.write(secret)
    public_path(path).write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return public_path(path)


def public_path(path: Path) -> Path:
    """Return where the public half of a key stands."""
    return path.with_name(path.name + ".pub")


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the key that signs; raises NoSealKey."""
    if not path.exists():
        raise NoSealKey(f"There is no seal key at {path}. Run `manage.py make_seal_key`, or set SEAL_KEY_FILE.")
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise NoSealKey(f"The key at {path} is not an Ed25519 key. Run `manage.py make_seal_key`.")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the key that verifies; raises NoSealKey."""
    if not path.exists():
        raise NoSealKey(f"There is no public seal key at {path}. Run `manage.py make_seal_key`.")
    key = serialization.load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise NoSealKey(f"The key at {path} is not an Ed25519 key.")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name of a key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def signed_by(key: Ed25519PublicKey, *, text: str, signature: str) -> bool:
    """Return whether this signature, in hexadecimal, is the key's for exactly these bytes."""
    try:
        key.verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
