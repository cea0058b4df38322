"""Preparing, releasing and rejecting an import. A dry run is the real run, taken back at its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import Site, User
from accounts.system import system_actor
from audit.door import action, as_actor, record
from casebook.actions.import_rows import import_rows
from casebook.imports.order import Order, kept_order
from casebook.imports.report import Kind, Report, refusal_of, refused
from casebook.models import ImportBatch
from casebook.rules.imports import may_prepare_import, may_reject_import, may_release_import
from casebook.states import ImportState
from protocol.words import N_


class _TakenBack(Exception):
    """Ends a dry run."""


@action(may_prepare_import)
def prepare_import(site: Site, *, by: User, at: datetime, order: Order) -> ImportBatch:
    """Keep a file with its mapping and the report of its dry run. Raises ImportRefused; then nothing is kept."""
    batch = keep_import(site, by=by, at=at, order=order)
    batch.report = _rehearsed(order, batch, at=at).to_json()
    batch.save(update_fields=["report"])
    record("casebook.import.dry_run", site=site, by=by, at=at, facts=_facts(batch))
    return batch


@action(may_prepare_import)
def keep_import(site: Site, *, by: User, at: datetime, order: Order) -> ImportBatch:
    """Keep a file with its mapping without a dry run, where its release follows in the same transaction."""
    batch = _batch(site, order, by=by, at=at)
    batch.save(force_insert=True)
    record("casebook.import.prepared", site=site, by=by, at=at, facts=_facts(batch))
    return batch


@action(may_prepare_import)
def rehearse_import(site: Site, *, by: User, at: datetime, order: Order) -> Report:
    """Return the report of a dry run and keep nothing but the fact of it. Raises ImportRefused."""
    batch = _batch(site, order, by=by, at=at)
    report = _rehearsed(order, batch, at=at)
    record("casebook.import.dry_run", site=site, by=by, at=at, facts={**_facts(batch), "counts": dict(report.counts)})
    return report


@action(may_release_import)
def release_import(batch: ImportBatch, *, by: User, at: datetime) -> ImportBatch:
    """Import the file: every row, or nothing. Raises ImportRefused where the dry run's answer no longer holds."""
    order = kept_order(
        batch.content,
        batch.mapping,
        file_name=batch.file_name,
        content_hash=batch.content_hash,
        declared=batch.declared,
    )
    report = import_rows(order, batch, by=by, at=at)
    batch.report = report.to_json()
    batch.state, batch.released_at, batch.released_by = ImportState.RELEASED, at, by
    batch.save()
    record("casebook.import.released", site=batch.site, by=by, at=at, facts=_facts(batch))
    return batch


@action(may_reject_import)
def reject_import(batch: ImportBatch, *, by: User, at: datetime, reason: str) -> ImportBatch:
    """Say that this import is not wanted, and why."""
    batch.state = ImportState.REJECTED
    batch.save(update_fields=["state"])
    record("casebook.import.rejected", site=batch.site, by=by, at=at, reason=reason.strip(), facts=_facts(batch))
    return batch


def _batch(site: Site, order: Order, *, by: User, at: datetime) -> ImportBatch:
    if order.mapping.site != site.code:
        message = N_("The mapping is for site %(named)s, not for %(site)s.")
        raise refusal_of(refused(message, named=order.mapping.site, site=site.code))
    return ImportBatch(
        site=site,
        source=order.mapping.source,
        file_name=order.file_name,
        content=order.source.text,
        content_hash=order.content_hash,
        mapping=order.mapping_text,
        declared=dict(order.declared),
        prepared_at=at,
        prepared_by=by,
    )


def _rehearsed(order: Order, batch: ImportBatch, *, at: datetime) -> Report:
    """Return the report of the real run, by the system and taken back: who prepares an import enters no data."""
    importer = system_actor("import")
    report = Report()
    with as_actor(importer):
        try:
            with transaction.atomic():
                if batch._state.adding:
                    batch.save(force_insert=True)
                report = import_rows(order, batch, by=importer, at=at)
                record("casebook.import.released", site=batch.site, by=importer, at=at, facts={})
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit would refuse is refused now
                raise _TakenBack
        except _TakenBack:
            pass
    return report


def _facts(batch: ImportBatch) -> dict[str, Any]:
    report = Report.from_json(batch.report)
    return {
        "batch": str(batch.pk),
        "source": batch.source,
        "file": batch.file_name,
        "sha256": batch.content_hash,
        "declared_at_run": sorted(batch.declared),
        "declared_by_mapping": [entry.sentence.english() for entry in report.of(Kind.DECLARED)],
        "counts": dict(report.counts),
    }
