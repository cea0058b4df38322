"""What happened, provably: the door, the recorded changes, the chained events, the seals."""

from audit.door import as_actor, record, unchanged

__all__ = ["as_actor", "record", "unchanged"]
