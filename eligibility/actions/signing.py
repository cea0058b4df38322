"""Puts a person's name to something of eligibility."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from accounts.models import Signature, User
from casebook.models import Subject


def signed(
    subject: Subject, *, kind: str, about: UUID, meaning: str, content_hash: str, by: User, at: datetime
) -> Signature:
    """Return the signature, kept, of this content about a row that is added after it."""
    return Signature.objects.create(
        signer=by,
        printed_name=by.name,
        meaning=meaning,
        signed_at=at,
        about_kind=kind,
        about_id=about,
        content_hash=content_hash,
        site_id=subject.site_id,
        subject_id=subject.pk,
    )
