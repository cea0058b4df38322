"""Writes the log: one JSON object on one line, a constant message and its keys."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

# What every record carries; anything beyond was given as `extra=` by the caller.
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
# Extras that hold whole objects; printing them could put an answer or a name into the log.
_NEVER = frozenset({"request", "exc_info", "response", "data"})


class JsonFormatter(logging.Formatter):
    """Formats a record as one line; a line break inside a value cannot start a second entry."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, extras as text."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {key: str(value) for key, value in record.__dict__.items() if key not in _OWN and key not in _NEVER}
        if record.exc_info:
            entry["trace"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=True)
