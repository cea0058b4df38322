"""What a signature is made of: the name as printed, the meaning, and the hash of what was signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def content_hash(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is signed, as canonical JSON: sorted keys, no spaces, other kinds as text."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
