"""Who is woken when, and how the queue that wakes them is kept: it only wakes up, PostgreSQL keeps what is due."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

ON_FILES = "filesystem://"


def beat_schedule(*, demonstration: bool) -> dict[str, Mapping[str, object]]:
    """Return every sweep with its pause in seconds; no task has a time of its own."""
    return {
        "seal the audit trail": {"task": "audit.tasks.seal", "schedule": 60.0},
        "send what the outbox holds": {"task": "outbox.tasks.sweep", "schedule": 30.0},
        "see what is due at the sites": {
            "task": "followup.tasks.remind",
            "schedule": 60.0 if demonstration else 300.0,
        },
        "gather the digests of the day": {"task": "outbox.tasks.gather", "schedule": 60.0},
        "warn of drafts and forget them": {"task": "casebook.tasks.sweep_drafts", "schedule": 3600.0},
        "write what was asked for": {"task": "exports.tasks.write_waiting", "schedule": 15.0},
        "judge again whom reference data touch": {"task": "eligibility.tasks.rejudge_touched", "schedule": 3600.0},
        "judge again what has lapsed": {"task": "eligibility.tasks.rejudge_lapsed", "schedule": 3600.0},
    }


def transport_options(broker_url: str, folder: Path) -> dict[str, object]:
    """Return how messages are kept; a demonstration without Redis keeps them in files."""
    if broker_url != ON_FILES:
        return {"visibility_timeout": 3600}
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "processed_folder": str(folder / "processed"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
