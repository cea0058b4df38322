"""Bringing a file and taking it back. What was brought never changes; its head says what became of it."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from accounts.models import User
from audit.door import action, record, unchanged
from casebook.files.cleaning import Cleaned
from casebook.models import File, FilePart, Form, Subject
from casebook.rules.files import may_bring, may_withdraw_file
from casebook.selectors.files import standing_at

PART_BYTES = 256 * 1024


@action(may_bring)
def bring_file(
    target: Form | Subject, *, by: User, at: datetime, brought: Cleaned, title: str, looked: bool = False
) -> File:
    """Keep a cleaned file under its title. The same person bringing the same again, as by a second click, brings it once."""
    form = target if isinstance(target, Form) else None
    subject = target.subject if isinstance(target, Form) else target
    if earlier := standing_at(subject.pk, form.pk if form else None, brought.original_sha256):
        return unchanged(earlier)
    file = File.objects.create(
        subject=subject,
        site_id=target.site_id,
        form=form,
        title=title.strip(),
        kind=brought.kind,
        size=len(brought.content),
        sha256=brought.sha256,
        brought_sha256=brought.original_sha256,
        brought_at=at,
        brought_by=by,
    )
    for number, begins in enumerate(range(0, len(brought.content), PART_BYTES)):
        _keep(file, number, brought.content[begins : begins + PART_BYTES])
    record("casebook.file.brought", subject=subject, by=by, at=at, facts={**_named(file), "looked": looked})
    return file


@action(may_withdraw_file)
def withdraw_file(file: File, *, by: User, at: datetime, reason: str, erase: bool = False) -> File:
    """Give the file to nobody any more; with `erase`, because it shows who the person is, its bytes go as well."""
    file.withdrawn_at, file.withdrawn_by, file.withdrawn_because, file.erased = at, by, reason.strip(), erase
    file.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because", "erased"])
    if erase:
        FilePart.objects.filter(file=file).update(content=b"")
    facts = {**_named(file), "erased": erase}
    record("casebook.file.withdrawn", subject=file.subject, by=by, at=at, reason=reason.strip(), facts=facts)
    return file


def _keep(file: File, number: int, content: bytes) -> None:
    digest = sha256(content).hexdigest()
    FilePart.objects.create(file=file, site_id=file.site_id, number=number, sha256=digest, content=content)


def _named(file: File) -> dict[str, object]:
    # No title: what a file is can tell the arm to whoever reads the events.
    return {
        "file": str(file.pk),
        "form": str(file.form_id or ""),
        "kind": file.kind,
        "bytes": file.size,
        "sha256": file.sha256,
    }
