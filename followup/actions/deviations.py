"""Deviations that follow from the record: detected, changed and mended with it; a person adds cause and action."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from accounts.models import User
from audit.door import action as at_door
from audit.door import record, unchanged
from casebook.models import Subject
from followup.deviations import Found
from followup.models import Deviation
from followup.rules.safety import may_explain_deviation, may_follow_record

SAID = ("severity", "occurred_on", "sentence", "reveals_arm")


@at_door(may_follow_record)
def follow_deviations(
    subject: Subject, *, by: User, at: datetime, found: Sequence[Found], kinds: Collection[str]
) -> Subject:
    """Make the deviations of these kinds those that the record shows now; others are left as they are."""
    rows = Deviation.objects.filter(subject=subject, kind__in=kinds)
    standing = {(row.kind, row.about): row for row in rows}
    moved = [_followed(subject, standing.pop(each.key, None), each, by=by, at=at) for each in found]
    moved += [_mended(subject, row, by=by, at=at) for row in standing.values()]
    return subject if any(moved) else unchanged(subject)


def _followed(subject: Subject, row: Deviation | None, found: Found, *, by: User, at: datetime) -> bool:
    said = {
        "severity": found.severity,
        "occurred_on": found.occurred_on,
        "sentence": found.sentence.to_json(),
        "reveals_arm": found.reveals_arm,
    }
    if row is None:
        row = Deviation.objects.create(
            subject=subject,
            site_id=subject.site_id,
            kind=found.kind,
            about=found.about,
            detected_at=at,
            detected_by=by,
            **said,
        )
        return _record("followup.deviation.detected", subject, row, by=by, at=at)
    if row.closed_at is None and all(getattr(row, name) == said[name] for name in SAID):
        return False
    kind = "followup.deviation.changed" if row.closed_at is None else "followup.deviation.returned"
    for name in SAID:
        setattr(row, name, said[name])
    row.closed_at, row.closed_by = None, None
    row.save(update_fields=[*SAID, "closed_at", "closed_by"])
    return _record(kind, subject, row, by=by, at=at)


def _mended(subject: Subject, row: Deviation, *, by: User, at: datetime) -> bool:
    if row.closed_at is not None:
        return False
    row.closed_at, row.closed_by = at, by
    row.save(update_fields=["closed_at", "closed_by"])
    return _record("followup.deviation.mended", subject, row, by=by, at=at)


@at_door(may_explain_deviation)
def explain_deviation(deviation: Deviation, *, by: User, at: datetime, cause: str, action: str = "") -> Deviation:
    """Say what caused the deviation and what was done about it; a later explanation replaces the earlier one."""
    deviation.cause, deviation.action = cause.strip(), action.strip()
    deviation.explained_at, deviation.explained_by = at, by
    deviation.save(update_fields=["cause", "action", "explained_at", "explained_by"])
    _record("followup.deviation.explained", deviation.subject, deviation, by=by, at=at)
    return deviation


def _record(kind: str, subject: Subject, row: Deviation, *, by: User, at: datetime) -> bool:
    # Not which deviation: some of them tell the arm.
    record(kind, subject=subject, by=by, at=at, facts={"deviation": str(row.pk), "severity": str(row.severity)})
    return True
