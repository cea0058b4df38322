"""Asking for a file and keeping it once it is whole; both stand in the trail, for data leave the house with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, Any

from accounts.models import Site, User
from audit.door import action, record, unchanged
from casebook.models import Subject
from exports.models import Download, DownloadPart
from exports.rules import may_ask, may_export, may_keep
from exports.states import DownloadKind, DownloadState

STREAM = "exports"
PART_BYTES = 1024 * 1024


@dataclass(frozen=True)
class File:
    """A file that was written, not yet kept: its bytes stand at the beginning of `content`."""

    name: str
    content_type: str
    content: IO[bytes]
    counts: Mapping[str, Any]


@action(may_ask, creates=True)
def ask_download(
    subject: Subject | None,
    *,
    by: User,
    at: datetime,
    key: str,
    sites: Sequence[Site] = (),
    as_of: datetime | None = None,
) -> Download:
    """Ask for the casebook of a subject, or for the whole trial at these sites, also as of a moment. A key asks once."""
    if earlier := Download.objects.filter(owner=by, key=key).first():
        return unchanged(earlier)
    kind = DownloadKind.TRIAL if subject is None else DownloadKind.CASEBOOK
    codes = sorted(site.code for site in sites)
    parameters: dict[str, Any] = {"sites": codes} if subject is None else {"subject": str(subject.pk)}
    parameters |= {"as_of": as_of.isoformat()} if as_of else {}
    title = ", ".join(codes)[:90] if subject is None else subject.number
    title += f", {as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if as_of else ""
    download = Download.objects.create(owner=by, key=key, kind=kind, parameters=parameters, title=title, asked_at=at)
    facts = {"download": str(download.pk), "of": str(kind), **parameters}
    record("exports.download.asked", by=by, at=at, subject=subject, stream=STREAM, facts=facts)
    return download


@action(may_keep)
def keep_file(download: Download, *, by: User, at: datetime, file: File, subject: Subject | None) -> Download:
    """Keep what was written, in one transaction: a file is offered whole or not at all."""
    download.size, download.digest = _keep_parts(download, file.content)
    download.file_name, download.content_type = file.name, file.content_type
    download.state, download.done_at, download.leased_until = DownloadState.READY, at, None
    download.save()
    facts = {
        "download": str(download.pk),
        "of": download.kind,
        "sha256": download.digest,
        "bytes": download.size,
        **file.counts,
    }
    record("exports.download.made", by=by, at=at, subject=subject, stream=STREAM, facts=facts)
    return download


@action(may_export, creates=True)
def record_table(
    sites: list[Site], *, by: User, at: datetime, kind: str, name: str, counts: Mapping[str, Any] | None = None
) -> None:
    """Record that a table was asked for or given, of which sites."""
    facts = {"table": name, "sites": sorted(site.code for site in sites), **(counts or {})}
    record(f"exports.table.{kind}", by=by, at=at, stream=STREAM, facts=facts)


def _keep_parts(download: Download, content: IO[bytes]) -> tuple[int, str]:
    """Store the bytes piece by piece and return how many they are and their SHA-256."""
    digest, size = sha256(), 0
    DownloadPart.objects.filter(download=download).delete()
    for number, part in enumerate(iter(lambda: content.read(PART_BYTES), b"")):
        digest.update(part)
        size += len(part)
        DownloadPart.objects.create(download=download, owner_id=download.owner_id, number=number, content=part)
    return size, digest.hexdigest()
