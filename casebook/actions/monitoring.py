"""Monitoring visits: begun, written in, closed; and where a site keeps its sources."""

from __future__ import annotations

from datetime import date, datetime

from accounts.models import Site, User
from audit.door import action, record, unchanged
from casebook.actions.receipts import keep_made, made_before, request_hash
from casebook.models import MonitoringNote, MonitoringVisit, SourceNote
from casebook.rules.monitoring import may_close_visit, may_note, may_note_source, may_open_visit
from casebook.states import MonitoringState


@action(may_open_visit)
def open_visit(site: Site, *, by: User, at: datetime, kind: str, began_on: date) -> MonitoringVisit:
    """Begin a monitoring visit; what its monitor verifies at the site until it is closed carries it."""
    latest = MonitoringVisit.objects.filter(site=site).order_by("-number").values_list("number", flat=True).first()
    visit = MonitoringVisit.objects.create(
        site=site, number=(latest or 0) + 1, kind=kind, began_on=began_on, monitor=by, opened_at=at, opened_by=by
    )
    _record(visit, "casebook.monitoring.opened", by=by, at=at)
    return visit


@action(may_note)
def write_note(
    visit: MonitoringVisit, *, by: User, at: datetime, kind: str, text: str, key: str = ""
) -> MonitoringNote:
    """Write down a finding, or an action agreed on. The same key writes it once."""
    asked = request_hash(visit=str(visit.pk), kind=kind, text=text.strip())
    if earlier := made_before(MonitoringNote, by=by, key=key, asked=asked):
        return unchanged(earlier)
    note = MonitoringNote.objects.create(
        site_id=visit.site_id, monitoring_visit=visit, kind=kind, text=text.strip(), written_at=at, written_by=by
    )
    keep_made(note, by=by, key=key, verb="write_note", asked=asked, at=at)
    _record(visit, "casebook.monitoring.noted", by=by, at=at, note=str(note.pk))
    return note


@action(may_close_visit)
def close_visit(visit: MonitoringVisit, *, by: User, at: datetime, ended_on: date) -> MonitoringVisit:
    """Close the visit with its last day."""
    visit.state, visit.ended_on, visit.closed_at, visit.closed_by = MonitoringState.CLOSED, ended_on, at, by
    visit.save(update_fields=["state", "ended_on", "closed_at", "closed_by"])
    _record(visit, "casebook.monitoring.closed", by=by, at=at)
    return visit


def _record(visit: MonitoringVisit, kind: str, *, by: User, at: datetime, **facts: str) -> None:
    whole = {"monitoring_visit": str(visit.pk), "number": visit.number, **facts}
    record(kind, site=visit.site_id, by=by, at=at, facts=whole)


@action(may_note_source)
def note_source(site: Site, *, by: User, at: datetime, crf: str, place: str, since: date) -> SourceNote:
    """Say where the site keeps the source of a CRF from a day on; what was said before stays to be read."""
    note = SourceNote.objects.create(site=site, crf=crf, place=place.strip(), since=since, noted_at=at, noted_by=by)
    facts = {"crf": crf, "since": since, "note": str(note.pk)}
    record("casebook.source.noted", site=site, by=by, at=at, facts=facts)
    return note
