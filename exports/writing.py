"""Writes the file that was asked for, as its owner sees the trial at one moment, to a place outside the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO

from django.db import connection, transaction
from django.shortcuts import get_object_or_404

from accounts.models import User
from audit.decision import Refusal
from audit.door import as_actor
from audit.selectors import last_seal
from casebook.models import Subject
from casebook.selectors.sight import visible_subjects
from exports.actions import File
from exports.archive import write_trial
from exports.casebook import casebook_context
from exports.models import Download
from exports.past import in_name, standing
from exports.rules import may_export, may_print_casebook
from exports.selectors import exportable_sites
from exports.states import DownloadKind
from paper.pdf import pdf_of

SNAPSHOT_SQL = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@contextmanager
def at_one_moment(owner: User) -> Iterator[None]:
    """Read as the owner, everything as of one moment: what is saved meanwhile is in no table."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute(SNAPSHOT_SQL)
        with as_actor(owner):
            yield


def subject_of(download: Download, owner: User) -> Subject | None:
    """Return the subject of a casebook, within the owner's sight; None for the whole trial. Raises Http404."""
    if download.kind != DownloadKind.CASEBOOK:
        return None
    found = visible_subjects(owner).select_related("site", "rescreened_from")
    return get_object_or_404(found, pk=download.parameters["subject"])


@contextmanager
def written(download: Download, owner: User, *, at: datetime) -> Iterator[File]:
    """Give the file that was asked for; what it was written to vanishes afterwards. Raises Refusal."""
    with TemporaryFile() as place:
        with at_one_moment(owner):
            subject = subject_of(download, owner)
            file = _trial(place, download, owner, at=at) if subject is None else _casebook(subject, owner, at=at)
        file.content.seek(0)
        yield file


def _trial(place: IO[bytes], download: Download, owner: User, *, at: datetime) -> File:
    sites = [site for site in exportable_sites(owner) if site.code in download.parameters["sites"]]
    if not (decision := may_export(owner, sites or None)):
        raise Refusal.of(decision)
    moment = datetime.fromisoformat(asked) if (asked := download.parameters.get("as_of")) else None
    seal = last_seal()
    with standing(owner, moment):
        found = write_trial(place, owner, sites, at=moment or at, seal=seal)
    counts = {"sites": [site.code for site in sites], "files": len(found), "rows": sum(each.rows for each in found)}
    return File(f"NCT05349331-{at:%Y%m%d-%H%M%S}{in_name(moment)}.zip", "application/zip", place, counts)


def _casebook(subject: Subject, owner: User, *, at: datetime) -> File:
    if not (decision := may_print_casebook(owner, subject)):
        raise Refusal.of(decision)
    context = casebook_context(subject, owner, language=owner.language, at=at, seal=last_seal())
    content = pdf_of("exports/casebook.html", context, language=owner.language)
    counts = {"forms": len(context["forms"])}
    return File(f"casebook-{subject.number}.pdf", "application/pdf", BytesIO(content), counts)
